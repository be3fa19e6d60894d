import { createServer } from 'node:net'

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'

import type { Delivery } from '../../src/domain/notice.ts'
import { createPost, type PostOptions } from '../../src/notify/post.ts'
import type { Lookup } from '../../src/notify/public-address.ts'
import { type Receiver, startReceiver } from './receiver.ts'

const MESSAGE = {
  key: 'k3y',
  contentType: 'application/json; charset=utf-8',
  body: '{"routing_key":"R0UT1NGKEY","word":"in_the_body"}',
}
const loopback: Lookup = (_name, _options, callback) => {
  callback(null, [{ address: '127.0.0.1', family: 4 }])
}
const mixed: Lookup = (_name, _options, callback) => {
  callback(null, [
    { address: '8.8.8.8', family: 4 },
    { address: '127.0.0.1', family: 4 },
  ])
}
const unknown: Lookup = (_name, _options, callback) => {
  callback(Object.assign(new Error('getaddrinfo'), { code: 'ENOTFOUND' }), [])
}
const neverLookUp: Lookup = () => {
  throw new Error('An address needs no lookup')
}
const patient = () => new AbortController().signal

let receiver: Receiver

beforeAll(async () => {
  receiver = await startReceiver()
})
afterAll(async () => {
  await receiver[Symbol.asyncDispose]()
})
beforeEach(() => {
  receiver.received.length = 0
})

/** Posts to the receiver, which replies so. */
async function post(
  reply: Receiver['reply'],
  { url = receiver.url, ...options }: Partial<PostOptions> & { url?: string } = {},
): Promise<Delivery> {
  receiver.reply = reply
  const delivery = await createPost({
    version: '1.2.3',
    ca: receiver.ca,
    privateHosts: ['127.0.0.1'],
    ...options,
  })(url, MESSAGE, patient())
  // Words hold no secret, whatever came of it.
  expect(JSON.stringify(delivery)).not.toMatch(/s3cret|R0UT1NGKEY|hooks|in_the_body/i)
  return delivery
}

const failed = (why: string, retryAfterMs: number | null = null) => ({
  outcome: 'failed',
  why,
  retryAfterMs,
  unreachable: false,
})
const unreachable = (why: string) => ({
  outcome: 'failed',
  why,
  retryAfterMs: null,
  unreachable: true,
})

describe('createPost', () => {
  it('posts the message with its key and who sends it', async () => {
    await expect(post((response) => response.writeHead(202).end('ok'))).resolves.toEqual({
      outcome: 'delivered',
    })
    expect(receiver.received).toEqual([
      expect.objectContaining({
        method: 'POST',
        path: '/hooks/S3CRETPATH?sig=S3CRETQUERY',
        body: MESSAGE.body,
      }),
    ])
    expect(receiver.received[0]?.headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'content-length': String(MESSAGE.body.length),
      'idempotency-key': 'k3y',
      'user-agent': 'bastion-ledger/1.2.3',
    })
  })

  it.each<[number, Record<string, string>, object]>([
    [429, {}, failed('it answered 429 Too Many Requests')],
    [429, { 'Retry-After': '17' }, failed('it answered 429 Too Many Requests', 17_000)],
    [
      503,
      { 'Retry-After': 'Mon, 23 Nov 2026 09:01:30 GMT', Date: 'Mon, 23 Nov 2026 09:00:00 GMT' },
      failed('it answered 503 Service Unavailable', 90_000),
    ],
    [
      503,
      { 'Retry-After': 'Mon, 23 Nov 2026 08:59:00 GMT', Date: 'Mon, 23 Nov 2026 09:00:00 GMT' },
      failed('it answered 503 Service Unavailable', 0),
    ],
    [503, { 'Retry-After': 'soon' }, failed('it answered 503 Service Unavailable')],
    [408, {}, failed('it answered 408 Request Timeout')],
    [500, {}, failed('it answered 500 Internal Server Error')],
    [599, {}, failed('it answered 599')],
    [400, { 'Retry-After': '5' }, { outcome: 'rejected', why: 'it answered 400 Bad Request' }],
    [404, {}, { outcome: 'rejected', why: 'it answered 404 Not Found' }],
    [410, {}, { outcome: 'rejected', why: 'it answered 410 Gone' }],
    [204, {}, { outcome: 'delivered' }],
  ])('takes a %i with %j for what it is', async (status, headers, delivery) => {
    await expect(post((response) => response.writeHead(status, headers).end())).resolves.toEqual(
      delivery,
    )
  })

  it.each([
    ['invalid_blocks', 'it answered 400 Bad Request: invalid_blocks'],
    ['Cannot POST /hooks/S3CRETPATH', 'it answered 400 Bad Request'],
    ['in_the_body', 'it answered 400 Bad Request'],
    ['{"error":"no"}', 'it answered 400 Bad Request'],
  ])('repeats of the answer %j no more than an error word', async (text, why) => {
    await expect(post((response) => response.writeHead(400).end(text))).resolves.toEqual({
      outcome: 'rejected',
      why,
    })
  })

  it.each([301, 302, 303, 307, 308])('never follows a %i', async (status) => {
    await expect(
      post((response) => response.writeHead(status, { Location: '/elsewhere' }).end()),
    ).resolves.toEqual({
      outcome: 'rejected',
      why: 'it answered with a redirect to another place, which is not followed',
    })
    expect(receiver.received).toHaveLength(1)
  })

  it('gives up on a receiver that never answers', async () => {
    await expect(post(() => undefined, { timeoutMs: 120 })).resolves.toEqual(
      unreachable('it did not answer within 0.12 s'),
    )
  })

  it('gives up on a lookup that never ends', async () => {
    const url = `https://receiver.example:${receiver.port}/`
    await expect(
      post(() => undefined, { url, lookup: () => undefined, timeoutMs: 50 }),
    ).resolves.toEqual(unreachable('it did not answer within 0.05 s'))
  })

  it('fails where the connection is cut before the answer', async () => {
    await expect(post((_response, request) => request.socket.destroy())).resolves.toEqual(
      unreachable('the connection was cut before it answered'),
    )
  })

  it.each<[number, object]>([
    [200, { outcome: 'delivered' }],
    [500, failed('it answered 500 Internal Server Error', 7000)],
  ])('goes by the status of a %i that is cut in the middle', async (status, delivery) => {
    await expect(
      post((response, request) => {
        response.writeHead(status, { 'Content-Length': '1000', 'Retry-After': '7' })
        response.write('begun', () => request.socket.destroy())
      }),
    ).resolves.toEqual(delivery)
  })

  it.each<[number, object]>([
    [200, { outcome: 'delivered' }],
    [503, failed('it answered 503 Service Unavailable')],
  ])('reads no more than it needs of a %i without an end', async (status, delivery) => {
    const gone = Promise.withResolvers<number>()
    let sent = 0
    await expect(
      post((response) => {
        response.writeHead(status)
        const more = () => {
          sent += 16_384
          response.write('x'.repeat(16_384), (error) => (error ? undefined : setImmediate(more)))
        }
        response.on('close', () => gone.resolve(sent))
        more()
      }),
    ).resolves.toEqual(delivery)
    // What is beyond it was on its way.
    await expect(gone.promise).resolves.toBeLessThan(16 * 1024 ** 2)
  })

  it('goes by the status of an answer whose rest never comes', async () => {
    await expect(
      post((response) => response.writeHead(200).write('begun'), { timeoutMs: 120 }),
    ).resolves.toEqual({ outcome: 'delivered' })
  })

  it('fails where nobody listens, and where the certificate is not trusted', async () => {
    const closed = createServer()
    await new Promise<void>((resolve) => {
      closed.listen(0, '127.0.0.1', resolve)
    })
    const address = closed.address()
    await new Promise((resolve) => {
      closed.close(resolve)
    })
    const port = typeof address === 'object' ? address?.port : 0
    await expect(
      post(() => undefined, { url: `https://127.0.0.1:${port}/hooks/S3CRETPATH` }),
    ).resolves.toEqual(unreachable('it refuses connections'))

    const stranger = createPost({ version: '1', privateHosts: ['127.0.0.1'] })
    await expect(stranger(receiver.url, MESSAGE, patient())).resolves.toEqual(
      unreachable('its certificate is not trusted (DEPTH_ZERO_SELF_SIGNED_CERT)'),
    )
    const url = `https://other.example:${receiver.port}/`
    await expect(
      post(() => undefined, { url, lookup: loopback, privateHosts: ['other.example'] }),
    ).resolves.toEqual(unreachable('its certificate is not trusted (ERR_TLS_CERT_ALTNAME_INVALID)'))
    expect(receiver.received).toEqual([])
  })

  it('fails where the name is not known', async () => {
    await expect(
      post(() => undefined, { url: 'https://gone.example/hooks/S3CRETPATH', lookup: unknown }),
    ).resolves.toEqual(unreachable('its name is not known'))
  })

  it('rejects at once with the reason when aborted, before and under way', async () => {
    const send = createPost({ version: '1', ca: receiver.ca, privateHosts: ['127.0.0.1'] })
    const reason = new Error('enough')
    await expect(send(receiver.url, MESSAGE, AbortSignal.abort(reason))).rejects.toBe(reason)
    expect(receiver.received).toEqual([])
    const aborting = new AbortController()
    receiver.reply = () => aborting.abort(reason)
    await expect(send(receiver.url, MESSAGE, aborting.signal)).rejects.toBe(reason)
  })

  it('speaks only https', async () => {
    await expect(
      post(() => undefined, { url: `http://127.0.0.1:${receiver.port}/` }),
    ).resolves.toEqual({ outcome: 'rejected', why: 'its URL is not https' })
  })
})

describe('createPost, to private addresses', () => {
  const refused = {
    outcome: 'rejected',
    why: 'its address is not public, and its name is not among LEDGER_NOTIFY_PRIVATE_HOSTS',
  }

  it.each(['127.0.0.1', '127.1', '0x7f000001', '[::1]', '[::ffff:127.0.0.1]', '169.254.169.254'])(
    'refuses %s without a lookup or a connection',
    async (host) => {
      await expect(
        post(() => undefined, {
          url: `https://${host}:${receiver.port}/`,
          privateHosts: ['localhost'],
          lookup: neverLookUp,
        }),
      ).resolves.toEqual(refused)
      expect(receiver.received).toEqual([])
    },
  )

  it('refuses a name that leads to one, by the real lookup too', async () => {
    const url = `https://localhost:${receiver.port}/`
    await expect(post(() => undefined, { url, privateHosts: [] })).resolves.toEqual(refused)
    const named = { url: `https://rebound.example:${receiver.port}/`, privateHosts: ['localhost'] }
    await expect(post(() => undefined, { ...named, lookup: mixed })).resolves.toEqual(refused)
    expect(receiver.received).toEqual([])
  })

  it('looks a name up once, and connects to what was checked', async () => {
    let lookups = 0
    const lookup: Lookup = (...args) => {
      lookups += 1
      loopback(...args)
    }
    const url = `https://LocalHost:${receiver.port}/`
    await expect(
      post((response) => response.writeHead(200).end(), {
        url,
        lookup,
        privateHosts: ['LOCALHOST'],
      }),
    ).resolves.toEqual({ outcome: 'delivered' })
    expect(lookups).toBe(1)
  })
})
