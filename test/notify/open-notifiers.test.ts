import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'

import { describe, expect, it } from 'vitest'

import { DESTINATIONS } from '../../src/domain/notice.ts'
import { fileLine } from '../../src/notify/file.ts'
import { type NotifySettings, openNotifiers } from '../../src/notify/open-notifiers.ts'
import { webhookHeaders } from '../../src/notify/webhook.ts'
import { alertRecord, manyAlerts, noticeOf } from './notices.ts'
import { type Received, startReceiver } from './receiver.ts'

const patient = () => new AbortController().signal

function settings(changes: Partial<NotifySettings> = {}): NotifySettings {
  return {
    notifyWebhook: null,
    notifyWebhookKey: null,
    notifyCloudevents: null,
    notifyTeams: null,
    notifySlack: null,
    notifyPagerduty: null,
    notifyPagerdutyUrl: 'https://events.pagerduty.com/v2/enqueue',
    notifyFile: null,
    notifyPrivateHosts: ['127.0.0.1'],
    ...changes,
  }
}

/** Sends a notice by the only notifier of these settings. */
function send(
  changes: Partial<NotifySettings>,
  options: { ca?: string; stdout?: Writable } = {},
  notice = noticeOf(),
) {
  const [notifier, ...others] = openNotifiers(settings(changes), { version: '1.2.3', ...options })
  if (notifier === undefined || others.length > 0) throw new Error('Not one notifier')
  return notifier.send(notice, patient())
}

/** Checks a message as a receiver does that knows Standard Webhooks. */
function isAuthentic({ headers, body }: Received, key: string): boolean {
  const [id, at, signatures] = ['id', 'timestamp', 'signature'].map((name) =>
    String(headers[`webhook-${name}`]),
  )
  if (Math.abs(Date.now() / 1000 - Number(at)) > 300) return false
  const expected = createHmac('sha256', Buffer.from(key, 'base64')).update(`${id}.${at}.${body}`)
  const digest = expected.digest()
  return (signatures ?? '').split(' ').some((signature) => {
    const [version, base64 = ''] = signature.split(',')
    const given = Buffer.from(base64, 'base64')
    return version === 'v1' && given.length === digest.length && timingSafeEqual(given, digest)
  })
}

async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'notices-'))
  try {
    await test(folder)
  } finally {
    await rm(folder, { recursive: true })
  }
}

describe('openNotifiers', () => {
  it('makes none without a setting, and all in the order of destinations', () => {
    const url = 'https://receiver.example/'
    const all = settings({
      notifyFile: '-',
      notifyPagerduty: 'R0UT1NGKEY0000000000000000000000',
      notifySlack: url,
      notifyTeams: url,
      notifyCloudevents: url,
      notifyWebhook: url,
    })
    expect(openNotifiers(settings(), { version: '1' })).toEqual([])
    const notifiers = openNotifiers(all, { version: '1' })
    expect(notifiers.map(({ name }) => name)).toEqual([...DESTINATIONS])
  })

  it('sends each destination its form, over real HTTPS', async () => {
    await using receiver = await startReceiver()
    const { url, ca } = receiver
    for (const name of ['notifyTeams', 'notifySlack', 'notifyCloudevents'] as const) {
      await expect(send({ [name]: url }, { ca })).resolves.toEqual({ outcome: 'delivered' })
    }
    const page = { notifyPagerduty: 'R0UT1NGKEY0000000000000000000000', notifyPagerdutyUrl: url }
    await expect(send(page, { ca })).resolves.toEqual({ outcome: 'delivered' })
    expect(receiver.received.map(({ headers }) => headers['content-type'])).toEqual([
      'application/json; charset=utf-8',
      'application/json; charset=utf-8',
      'application/cloudevents+json; charset=utf-8',
      'application/json; charset=utf-8',
    ])
    expect(receiver.received.map(({ body }) => Object.keys(JSON.parse(body))[0])).toEqual([
      'type',
      'text',
      'specversion',
      'routing_key',
    ])
  })
})

describe('webhook', () => {
  it('signs what it sends, so that its receiver knows whom it is from', async () => {
    await using receiver = await startReceiver()
    const key = randomBytes(32).toString('base64')
    await send({ notifyWebhook: receiver.url, notifyWebhookKey: key }, receiver)
    const [received] = receiver.received
    if (received === undefined) throw new Error('Nothing was received')
    expect(received.headers['webhook-id']).toBe(noticeOf().key)
    expect(isAuthentic(received, key)).toBe(true)
    expect(isAuthentic({ ...received, body: `${received.body} ` }, key)).toBe(false)
    expect(isAuthentic(received, randomBytes(32).toString('base64'))).toBe(false)
  })

  it('sends its id without a key, too', async () => {
    await using receiver = await startReceiver()
    await send({ notifyWebhook: receiver.url }, receiver)
    const headers = receiver.received[0]?.headers
    expect(headers).toMatchObject({ 'webhook-id': noticeOf().key })
    expect(headers).not.toHaveProperty('webhook-signature')
  })

  // https://github.com/standard-webhooks/standard-webhooks, the vector of its libraries' tests
  it('signs the reference message as the reference does', () => {
    const headers = webhookHeaders(
      'msg_p5jXN8AQM9LWM0D4loKWxJek',
      '{"test": 2432232314}',
      'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
      new Date(1_614_265_330_900),
    )
    expect(headers).toMatchObject({
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    })
  })
})

describe('cloudevents', () => {
  it('sends several events each by its own id, and stops at one that is not taken', async () => {
    await using receiver = await startReceiver()
    const notice = noticeOf(manyAlerts())
    await send({ notifyCloudevents: receiver.url }, receiver, notice)
    const ids = receiver.received.map(({ body }) => JSON.parse(body).id)
    expect(ids.slice(0, 2)).toEqual([notice.key, `${notice.key}.2`])
    expect(receiver.received.map(({ headers }) => headers['idempotency-key'])).toEqual(ids)

    receiver.received.length = 0
    receiver.reply = (response) => response.writeHead(503).end()
    await expect(
      send({ notifyCloudevents: receiver.url }, receiver, notice),
    ).resolves.toMatchObject({ outcome: 'failed' })
    expect(receiver.received).toHaveLength(1)
  })
})

describe('file', () => {
  it('appends a line a notice, and begins a new one after half a line', () =>
    inFolder(async (folder) => {
      const path = join(folder, 'notices.jsonl')
      const other = noticeOf([alertRecord({ summary: 'two\nlines' })])
      await send({ notifyFile: path })
      await send({ notifyFile: path }, {}, other)
      const lines = fileLine(noticeOf()) + fileLine(other)
      await expect(readFile(path, 'utf8')).resolves.toBe(lines)
      expect(lines.split('\n')).toHaveLength(3)

      await writeFile(path, '{"version":"4","gro')
      await send({ notifyFile: path })
      await expect(readFile(path, 'utf8')).resolves.toBe(
        `{"version":"4","gro\n${fileLine(noticeOf())}`,
      )
    }))

  it('says why a file cannot be written', () =>
    inFolder(async (folder) => {
      const path = join(folder, 'missing', 'notices.jsonl')
      await expect(send({ notifyFile: path })).resolves.toEqual({
        outcome: 'failed',
        why: `Cannot write "${path}": no such file or folder (ENOENT)`,
        retryAfterMs: null,
        unreachable: true,
      })
    }))

  it('writes to stdout, and fails where that is closed', async () => {
    const written: string[] = []
    const stdout = new Writable({
      write(chunk: Buffer, _encoding, done) {
        written.push(chunk.toString())
        done(written.length > 1 ? new Error('write EPIPE') : null)
      },
    })
    await expect(send({ notifyFile: '-' }, { stdout })).resolves.toEqual({ outcome: 'delivered' })
    expect(written).toEqual([fileLine(noticeOf())])
    await expect(send({ notifyFile: '-' }, { stdout })).resolves.toMatchObject({
      outcome: 'failed',
      why: 'write EPIPE',
    })
  })

  it('rejects at once when aborted, though stdout takes nothing', async () => {
    const aborting = new AbortController()
    const reason = new Error('enough')
    const stdout = new Writable({ write: () => aborting.abort(reason) })
    const [notifier] = openNotifiers(settings({ notifyFile: '-' }), { version: '1', stdout })
    await expect(notifier?.send(noticeOf(), aborting.signal)).rejects.toBe(reason)
    await expect(notifier?.send(noticeOf(), aborting.signal)).rejects.toBe(reason)
  })
})
