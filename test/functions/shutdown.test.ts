import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { slotOf } from '../../src/domain/run.ts'
import { createEstate } from '../../src/simulator/seeded-estate.ts'
import { deploy, type Deployed } from '../functions-host/deployed.ts'
import { timerTick } from '../functions-host/host.ts'
import { startInstance } from './instances.ts'

let app: Deployed
beforeAll(async () => {
  app = await deploy()
})
afterAll(() => app[Symbol.asyncDispose]())

const tick = { name: 'collect', trigger: timerTick(slotOf(new Date(), 86_400_000)) }

describe('an instance that is taken away', () => {
  it.each([
    ['SIGTERM', { signal: 'SIGTERM' }],
    ['terminate', { code: 0 }],
  ] as const)('stores what was answered, on %s', async (how, end) => {
    await using settled = await app.settle({
      estate: createEstate({ hosts: 30, states: 'enabled', steadySessions: 1 }),
      settings: { LEDGER_CONCURRENCY: '2' },
    })
    for (const { armId } of settled.simulator.estate.hosts.slice(10)) {
      settled.simulator.faults.add({ host: armId, delivery: { breaks: 'hang-before-headers' } })
    }
    const instance = await startInstance(app.host, settled, tick)
    await instance.answered(3)
    expect(await instance.end(how)).toMatchObject(end)

    const [run] = await settled.ask('SELECT outcome, hosts_expected, hosts_ok, sessions FROM runs')
    expect(run).toMatchObject({ outcome: 'partial', hosts_expected: 30 })
    expect(run?.['hosts_ok']).toBeGreaterThanOrEqual(3)
    expect(run?.['sessions']).toBe(run?.['hosts_ok'])
    expect(
      await settled.ask(`SELECT DISTINCT error_code FROM polls WHERE outcome = 'skipped_deadline'`),
    ).toEqual([{ error_code: 'interrupted' }])
  })
})
