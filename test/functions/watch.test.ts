import { mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'

import { deployWithStorage, type Settled } from '../functions-host/deployed.ts'
import { timerTick } from '../functions-host/host.ts'
import { type Receiver, startReceiver } from '../notify/receiver.ts'
import { failedPoll, host, okPoll, recordRun, session } from '../warehouse/temp-warehouse.ts'

// 24 bytes.
const KEY = 'c2VjcmV0IG9mIHRoZSB3ZWJob29rIG5v'

const HOUR_MS = 3_600_000
const hoursAgo = (hours: number) => new Date(Math.floor(Date.now() / 1000) * 1000 - hours * HOUR_MS)

/** A host with a session that is on for two hours, and one that could not be read. */
async function recordLongSession({ connection }: Settled): Promise<void> {
  const at = hoursAgo(0).toISOString()
  const startedAt = hoursAgo(2)
  const long = session('s-long', { startedAt, userName: 'ada@contoso.example' })
  await recordRun(connection, at, [okPoll(host('hub'), at, [long]), failedPoll(host('spoke'), at)])
}

let app: Awaited<ReturnType<typeof deployWithStorage>>
let receiver: Receiver
beforeAll(async () => {
  app = await deployWithStorage()
})
afterAll(() => app[Symbol.asyncDispose]())
beforeEach(async () => {
  receiver = await startReceiver()
})
afterEach(() => receiver[Symbol.asyncDispose]())

const tick = () => app.host.invoke('watch', timerTick(new Date()))

/** An app that tells the receiver, with these settings besides. */
const settle = (settings: Record<string, string> = {}) =>
  app.settle({
    ca: receiver.ca,
    settings: {
      LEDGER_LONG_SESSION: '1h',
      LEDGER_NOTIFY_WEBHOOK: receiver.url,
      LEDGER_NOTIFY_PRIVATE_HOSTS: '127.0.0.1',
      ...settings,
    },
  })

/** Writes a file into the app's folder, which is not the one that this process was started in. */
async function appFile(path: string, text: string) {
  const file = join(app.host.folder, path)
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, text)
  return { file, [Symbol.asyncDispose]: () => rm(file) }
}

describe('watch', () => {
  it(
    'tells a receiver once of what two ticks find in a container, and counts in one line',
    { timeout: 20_000 },
    async () => {
      await using settled = await settle()
      await recordLongSession(settled)
      await tick()
      await tick()
      expect(receiver.received).toHaveLength(1)
      expect(JSON.parse(receiver.received[0]?.body ?? '')).toMatchObject({
        status: 'firing',
        groupLabels: { alertname: 'long-session' },
      })
      expect(await settled.ask('SELECT rule, state FROM alerts')).toEqual([
        { rule: 'long-session', state: 'firing' },
      ])
      const line = {
        level: 'information',
        event: 'watched',
        function: 'watch',
        alerts: { firing: 1, pending: 0, stale: 0, held_back: 0, resolved: 0 },
        undelivered: [],
        failed: 0,
        unread_hosts: 1,
        warnings: 0,
        another_was_quicker: false,
        interrupted: false,
      }
      const notices = { delivered: 0, waiting: 0, rejected: 0, given_up: 0 }
      expect(settled.lines()).toEqual([
        expect.objectContaining({ ...line, notices: { ...notices, delivered: 1 } }),
        expect.objectContaining({ ...line, notices }),
      ])
      expect(JSON.stringify(settled.lines())).not.toMatch(/ada@|vm-1|s-long/)
    },
  )

  it.each([
    ['error', 403, {}, { rejected: 1, waiting: 0 }],
    ['warning', 503, { 'retry-after': '3600' }, { rejected: 0, waiting: 1 }],
  ])(
    'succeeds with a line of level %s where it answers %i',
    async (level, status, more, counts) => {
      await using settled = await settle()
      await recordLongSession(settled)
      receiver.reply = (response) => response.writeHead(status, more).end(receiver.url)
      const from = app.host.logs.length
      await tick()
      expect(settled.lines()).toMatchObject([
        {
          level,
          notices: { delivered: 0, ...counts },
          undelivered: [
            {
              destination: 'webhook',
              rule: 'long-session',
              why: expect.stringContaining(`answered ${status}`),
            },
          ],
        },
      ])
      expect(JSON.stringify(app.host.logs.slice(from))).not.toContain('S3CRET')
    },
  )

  it('asks the rules of a file in its package, and fails where one of them fails', async () => {
    await using written = await appFile(
      'alerts/rules.yaml',
      `rules:
  - { name: long-session, enabled: false }
  - name: hosts-there
    title: Hosts
    severity: low
    description: They are there.
    sql: SELECT host_id, 'It is there' AS summary FROM latest_polls WHERE outcome = 'ok'
    labels: [host_id]
  - name: wrong
    title: Wrong
    severity: low
    description: It asks for what is not there.
    sql: SELECT "${receiver.url} ${KEY}" FROM hosts
    labels: []
`,
    )
    await using settled = await settle({
      LEDGER_RULES: relative(app.host.folder, written.file),
      LEDGER_NOTIFY_WEBHOOK_KEY: `whsec_${KEY}`,
    })
    const from = app.host.logs.length
    await recordLongSession(settled)
    await expect(tick()).rejects.toThrow(/^Cannot ask the rule "wrong": .*"\[hidden\] \[hidden\]"/)
    expect(settled.lines()).toMatchObject([
      {
        level: 'error',
        event: 'watched',
        alerts: { firing: 1 },
        notices: { delivered: 1 },
        failed: 1,
        failed_rules: [{ rule: 'wrong', why: expect.stringContaining('hidden') }],
      },
    ])
    expect(receiver.received[0]?.body).toContain('hosts-there')
    expect(JSON.stringify(app.host.logs.slice(from))).not.toMatch(/S3CRET|c2VjcmV0/)
  })

  it.each([
    ['LEDGER_RULES', 'rules.yaml', 'rules:\n  - name: long-session\n    enabld: false\n'],
    ['LEDGER_SILENCES', 'silences.yaml', 'silences:\n  - rule: "*"\n    untill: never\n'],
  ])('fails where the file of %s is wrong, naming file and line', async (setting, file, text) => {
    await using written = await appFile(`alerts/${file}`, text)
    await using settled = await settle({ [setting]: `alerts/${file}` })
    await recordLongSession(settled)
    const place = `Cannot use "${written.file}:`
    await expect(tick()).rejects.toThrow(place)
    expect(settled.lines()).toEqual([
      expect.objectContaining({
        level: 'error',
        event: 'error',
        code: 'usage',
        message: expect.stringMatching(/:\d+:\d+": /),
      }),
    ])
    expect(receiver.received).toEqual([])
  })

  it('fails where the warehouse cannot be read', async () => {
    await using settled = await settle({ LEDGER_WAREHOUSE: app.azurite.blobUrl('is-not-there') })
    await expect(tick()).rejects.toThrow(/^Cannot /)
    expect(settled.lines()).toMatchObject([{ level: 'error', event: 'error', code: 'storage' }])
  })

  it('has nothing to watch in a new app, which is no failure', async () => {
    await using settled = await settle()
    await tick()
    expect(settled.lines()).toMatchObject([
      {
        level: 'information',
        event: 'watched',
        message: expect.stringMatching(/^Nothing to watch: .* has no run yet$/),
      },
    ])
  })

  it('fails where a secret is not there, and nothing else does', async () => {
    await using settled = await app.settle()
    process.env['LEDGER_NOTIFY_TEAMS'] =
      '@Microsoft.KeyVault(SecretUri=https://v.vault.azure.net/secrets/s/)'
    await expect(tick()).rejects.toThrow(
      'Cannot use LEDGER_NOTIFY_TEAMS: its Key Vault reference is not resolved',
    )
    await app.host.invoke('collect', timerTick(new Date(Date.now() + 24 * HOUR_MS)))
    delete process.env['LEDGER_NOTIFY_TEAMS']
    expect(settled.lines()).toMatchObject([{ event: 'error', code: 'usage' }, { event: 'run' }])
  })
})
