import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { slotOf } from '../../src/domain/run.ts'
import { deploy, type Deployed } from '../functions-host/deployed.ts'
import { httpRequest, timerTick } from '../functions-host/host.ts'
import { valueOf } from '../functions-host/rpc.ts'

let app: Deployed
beforeAll(async () => {
  app = await deploy()
})
afterAll(() => app[Symbol.asyncDispose]())

/** What anybody is told. */
async function ask() {
  const { http } = await app.host.invoke('health', httpRequest('api/health'))
  return { status: Number(http?.statusCode), text: String(valueOf(http?.body)) }
}

// What was found is kept for some seconds, so each is told by an app of its own file.
describe('health', () => {
  it('is open to anybody, and only to be read', () => {
    const [trigger] = Object.values(app.host.functions.get('health')?.bindings ?? {})
    expect(trigger).toMatchObject({ authLevel: 'anonymous', methods: ['GET'], route: 'health' })
  })

  it('tells the versions and the age of the last run, and names nothing else', async () => {
    await using settled = await app.settle()
    await app.host.invoke('collect', timerTick(slotOf(new Date(), 86_400_000)))
    const { status, text } = await ask()
    expect(status).toBe(200)
    expect(JSON.parse(text)).toEqual({
      status: 'ok',
      versions: {
        ledger: expect.stringMatching(/^\d+\.\d+\.\d+/),
        node: process.versions.node,
        duckdb: expect.stringMatching(/^\d+\.\d+\.\d+/),
      },
      last_run: {
        run_id: expect.stringMatching(/^\d{8}T000000Z$/),
        outcome: expect.stringMatching(/^(ok|partial)$/),
        finished_at: expect.any(String),
        age_secs: expect.any(Number),
      },
    })
    for (const { subscriptionId, name } of settled.simulator.estate.subscriptions) {
      expect(text).not.toContain(subscriptionId)
      expect(text).not.toContain(name)
    }
    expect(text).not.toContain(settled.warehouse)

    // However often it is asked, the warehouse is not.
    process.env['LEDGER_WAREHOUSE'] = '/nowhere'
    expect(await ask()).toEqual({ status, text })
  })
})
