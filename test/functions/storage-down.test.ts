import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { slotOf } from '../../src/domain/run.ts'
import { createEstate } from '../../src/simulator/seeded-estate.ts'
import { startFaultProxy, type FaultProxy, type ProxiedRequest } from '../fault-proxy.ts'
import { deployWithStorage } from '../functions-host/deployed.ts'
import { timerTick } from '../functions-host/host.ts'

let app: Awaited<ReturnType<typeof deployWithStorage>>
let proxy: FaultProxy
beforeAll(async () => {
  app = await deployWithStorage()
  proxy = await startFaultProxy(app.azurite.blobOrigin)
})
afterAll(async () => {
  await proxy[Symbol.asyncDispose]()
  await app[Symbol.asyncDispose]()
})

const tick = () => app.host.invoke('collect', timerTick(slotOf(new Date(), 86_400_000)))

const isPut = (kind: string) => (request: ProxiedRequest) =>
  request.method === 'PUT' && request.path.includes(`/raw/${kind}/`)

const STEPS: [string, (request: ProxiedRequest) => boolean][] = [
  ['its runs are listed', ({ query }) => query.get('comp') === 'list'],
  ['the sessions are written', isPut('snapshots')],
  ['the polls are written', isPut('polls')],
  ['the record is written', isPut('runs')],
]

/** A warehouse that is reached through the proxy. */
async function settle() {
  const container = await app.azurite.createContainer()
  return app.settle({
    estate: createEstate({ hosts: 6, states: 'enabled', steadySessions: 1 }),
    settings: { LEDGER_WAREHOUSE: container.replace(app.azurite.blobOrigin, proxy.origin) },
  })
}

describe('storage that is down', () => {
  it.each(STEPS)('when %s loses nothing: the next tick goes on', async (_, isStep) => {
    await using settled = await settle()
    proxy.fault = (request) =>
      isStep(request) ? { kind: 'status', status: 403, code: 'AuthorizationFailure' } : undefined
    await expect(tick()).rejects.toThrow(/^Cannot .*: /)
    expect(settled.lines()).toMatchObject([{ event: 'error', code: 'storage' }])

    proxy.fault = () => undefined
    await tick()
    expect(await settled.ask('SELECT outcome, hosts_ok, sessions FROM runs')).toEqual([
      { outcome: 'ok', hosts_ok: 6, sessions: 6 },
    ])
  })

  it('is up again before anybody notices, and the record is there once', async () => {
    await using settled = await settle()
    let lost = 0
    proxy.fault = (request) =>
      isPut('runs')(request) && lost++ === 0 ? { kind: 'lost-answer' } : undefined
    await tick()
    proxy.fault = () => undefined
    expect(lost).toBeGreaterThan(1)
    expect(await settled.ask('SELECT outcome, hosts_ok FROM runs')).toEqual([
      { outcome: 'ok', hosts_ok: 6 },
    ])
  })
})
