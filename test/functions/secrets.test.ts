import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { slotOf } from '../../src/domain/run.ts'
import { createEstate } from '../../src/simulator/seeded-estate.ts'
import { deploy, type Deployed, type Settled } from '../functions-host/deployed.ts'
import { httpRequest, timerTick, type Trigger } from '../functions-host/host.ts'

let app: Deployed
beforeAll(async () => {
  app = await deploy()
})
afterAll(() => app[Symbol.asyncDispose]())

const CANARIES = {
  accountKey: 'Q0FOQVJZLWFjY291bnQta2V5LWluLXRoZS1zZXR0aW5ncw==',
  instrumentation: 'canary00-1111-2222-3333-444444444444',
  webhook: 'canary-webhook-path',
  sas: 'canary%2Bsignature%3D',
  echoed: 'canary-token-that-azure-echoes',
}

// Every place a secret can be in: settings of the platform, and whatever Azure says.
const ENV = {
  AzureWebJobsStorage: `DefaultEndpointsProtocol=https;AccountName=a;AccountKey=${CANARIES.accountKey}`,
  APPLICATIONINSIGHTS_CONNECTION_STRING: `InstrumentationKey=${CANARIES.instrumentation}`,
  NOTICE_WEBHOOK_URL: `https://hooks.example.com/services/${CANARIES.webhook}`,
}
const WORDS = [
  `Authorization: Bearer ${CANARIES.echoed}`,
  `see https://acct.blob.core.windows.net/c/b?sv=2024-11-04&sig=${CANARIES.sas}`,
  `posted to https://hooks.example.com/services/${CANARIES.webhook}`,
  ENV.AzureWebJobsStorage,
].join(', ')

/** The secrets that were told, in the log or by the error that ended it. */
async function told({ simulator }: Settled, act: () => Promise<unknown>): Promise<string[]> {
  const from = app.host.logs.length
  const thrown = await act().then(
    () => '',
    (error: unknown) =>
      error instanceof Error ? `${error.stack} ${error.message}` : String(error),
  )
  const words = [thrown, ...app.host.logs.slice(from).map(({ message }) => message)].join('\n')
  if (words.trim() === '') throw new Error('Nothing was told at all')
  const secrets = [...Object.values(CANARIES), simulator.identity.header, 'eyJ']
  return secrets.filter((secret) => words.includes(secret))
}

const collect = () => app.host.invoke('collect', timerTick(slotOf(new Date(), 86_400_000)))
const estate = () => createEstate({ hosts: 4, states: 'enabled' })

describe('the log', () => {
  it('has no secret of a run in which all goes well', async () => {
    await using settled = await app.settle({ estate: estate(), settings: ENV })
    expect(await told(settled, collect)).toEqual([])
  })

  it.each(['subscriptions', 'hosts', 'sessions'] as const)(
    'has no secret where Azure puts some into the error of its list of %s',
    async (request) => {
      await using settled = await app.settle({ estate: estate(), settings: ENV })
      settled.simulator.faults.add({
        request,
        answer: { kind: 'error', status: 403, code: `Denied ${CANARIES.webhook}`, message: WORDS },
      })
      expect(await told(settled, collect)).toEqual([])
    },
  )

  it('has no secret where the identity endpoint refuses, or the warehouse cannot be written', async () => {
    await using settled = await app.settle({ estate: estate(), settings: ENV })
    settled.simulator.identity.mode = { status: 400, body: WORDS }
    expect(await told(settled, collect)).toEqual([])
    settled.simulator.identity.mode = 'ok'
    process.env['LEDGER_WAREHOUSE'] = '/dev/null/warehouse'
    expect(await told(settled, collect)).toEqual([])
    expect(await told(settled, () => app.host.invoke('health', httpRequest('api/health')))).toEqual(
      [],
    )
  })

  it.each([WORDS, JSON.stringify({ slot: WORDS, [CANARIES.echoed]: WORDS })])(
    'has no secret of a message that is none: %s',
    async (text) => {
      await using settled = await app.settle({ settings: ENV })
      const trigger: Trigger = { data: { string: text } }
      expect(await told(settled, () => app.host.invoke('collect-shard', trigger))).toEqual([])
      expect(await told(settled, () => app.host.invoke('collect-shard-poison', trigger))).toEqual(
        [],
      )
    },
  )

  it('has no secret that is a setting with a wrong value', async () => {
    await using settled = await app.settle({ settings: ENV })
    process.env['LEDGER_STORAGE_CONNECTION_STRING'] = ENV.AzureWebJobsStorage
    expect(await told(settled, collect)).toEqual([])
    delete process.env['LEDGER_STORAGE_CONNECTION_STRING']
  })
})
