import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'

import type { Host } from '../../src/domain/host.ts'
import type { PollOutcome } from '../../src/domain/poll.ts'
import type { Answer, Delivery } from '../../src/simulator/answer.ts'
import { createEstateByHand } from '../../src/simulator/estate-by-hand.ts'
import type { Fault } from '../../src/simulator/faults.ts'
import { startSimulator, type Simulator } from '../../src/simulator/simulator.ts'
import { hostOf, openSimulated } from '../simulated.ts'

const startAt = new Date('2026-11-23T08:00:00Z')
const estate = createEstateByHand([
  {
    hosts: [
      {
        name: 'bas-busy',
        sessions: ['ada', 'bob', 'cy', 'dee', 'eve'].map((name) => ({
          startAt,
          sessionId: `session-${name}`,
          userName: `${name}@contoso.com`,
        })),
      },
      { name: 'bas-idle' },
    ],
  },
  // Of its own, since what Azure forbids for a minute is forbidden for its whole subscription.
  { hosts: [{ name: 'bas-throttled' }] },
])
const [busy, idle, slow] = estate.hosts.map((host) => ({ ...hostOf(host), armId: host.armId }))
if (!busy || !idle || !slow) throw new Error('The estate has three hosts')
const ALL = ['session-ada', 'session-bob', 'session-cy', 'session-dee', 'session-eve']

let simulator: Simulator
beforeAll(async () => {
  simulator = await startSimulator({ estate })
})
afterAll(() => simulator[Symbol.asyncDispose]())
afterEach(() => {
  simulator.faults.clear()
  simulator.counters.reset()
})

const never = new AbortController().signal

/** Asks a host while the faults are in force. */
async function ask(host: Host & { armId: string }, ...faults: Fault[]) {
  for (const fault of faults) simulator.faults.add({ host: host.armId, ...fault })
  using source = openSimulated(simulator)
  return source.pollHost(host, never)
}

describe('pollHost, of an answer that is a list', () => {
  it.each<[string, Answer]>([
    ['value', { kind: 'value' }],
    ['array', { kind: 'array' }],
    ['value', { kind: 'value', edit: 'extra-fields' }],
    ['value', { kind: 'value', edit: 'twice' }],
    ['value+pages', { kind: 'paged' }],
    ['value+pages', { kind: 'paged', links: 'relative' }],
    ['value+pages', { kind: 'paged', method: 'post' }],
    ['value+pages', { kind: 'paged', edit: 'twice' }],
    ['value+pages', { kind: 'paged', size: 1, pages: 200 }],
    ['202>location:value', { kind: 'operation', location: 'value' }],
    ['202>location:array', { kind: 'operation', location: 'array', links: 'relative' }],
    ['202>location:output.value', { kind: 'operation', location: 'output.value' }],
    ['201>location:value', { kind: 'operation', status: 201, location: 'value' }],
    ['202>async:value', { kind: 'operation', asyncOperation: 'value' }],
    ['202>async:array', { kind: 'operation', asyncOperation: 'array' }],
    ['202>async:output.value', { kind: 'operation', asyncOperation: 'output.value' }],
    ['202>async:output.array', { kind: 'operation', asyncOperation: 'output.array' }],
    [
      '202>async>location:value',
      { kind: 'operation', asyncOperation: 'nothing', location: 'value' },
    ],
    [
      '202>async>location:value',
      { kind: 'operation', asyncOperation: 'not-found', location: 'value' },
    ],
    [
      '202>async>location:array',
      { kind: 'operation', asyncOperation: 'not-allowed', location: 'array' },
    ],
    [
      '200>location:value',
      { kind: 'operation', status: 200, first: 'empty-list', location: 'value', polls: 0 },
    ],
  ])('finds every session once: %s from %j', async (shape, answer) => {
    const quick =
      answer.kind === 'operation' ? { ...answer, retryAfter: answer.retryAfter ?? 0 } : answer
    const poll = await ask(busy, { answer: quick })
    expect(poll).toMatchObject({ outcome: 'ok', responseShape: shape, errorCode: null })
    expect(poll.sessions.map(({ sessionId }) => sessionId).toSorted()).toEqual(ALL)
    expect(poll.requestedAt!.getTime()).toBeLessThanOrEqual(poll.observedAt!.getTime())
  })

  it.each<[string, Answer]>([
    ['value', { kind: 'value' }],
    ['array', { kind: 'array' }],
    [
      '200+operation_not_found:value',
      {
        kind: 'operation',
        status: 200,
        first: 'empty-list',
        location: 'not-found',
        asyncOperation: 'not-found',
      },
    ],
    [
      '200>location:value',
      { kind: 'operation', status: 200, first: 'empty-list', location: 'value', polls: 0 },
    ],
    ['202>location:array', { kind: 'operation', location: 'array', retryAfter: 0 }],
  ])('proves that nobody was connected: %s from %j', async (shape, answer) => {
    const poll = await ask(idle, { answer })
    expect(poll).toMatchObject({ outcome: 'ok', responseShape: shape, sessions: [] })
  })

  it.each<[string, Delivery]>([
    ['compressed', { gzip: true }],
    ['in drips', { drip: { bytes: 200, everyMs: 5 } }],
    ['late', { delayMs: 100 }],
  ])('reads a body that comes %s', async (_, delivery) => {
    expect(await ask(busy, { delivery })).toMatchObject({ outcome: 'ok', requests: 1 })
  })
})

function json(body: string): Answer {
  return { kind: 'raw', body }
}

describe('pollHost, of an empty list whose Location is dead', () => {
  it.each<[string, Answer]>([
    [
      '200>async:value',
      {
        kind: 'operation',
        status: 200,
        first: 'empty-list',
        location: 'not-found',
        asyncOperation: 'value',
        retryAfter: 0,
      },
    ],
  ])('looks at the other place before it takes nobody for proven: %s', async (shape, answer) => {
    const poll = await ask(busy, { answer })
    expect(poll).toMatchObject({ outcome: 'ok', responseShape: shape })
    expect(poll.sessions.map(({ sessionId }) => sessionId).toSorted()).toEqual(ALL)
  })

  it('does not call it empty where the other place fails', async () => {
    const poll = await ask(busy, {
      answer: {
        kind: 'operation',
        status: 200,
        first: 'empty-list',
        location: 'not-found',
        asyncOperation: 'failed',
        retryAfter: 0,
      },
    })
    expect(poll).toMatchObject({ outcome: 'error', sessions: [] })
  })
})

describe('pollHost, of anything else', () => {
  it.each<[PollOutcome, string, Answer]>([
    ['malformed', 'NotAList', json('{}')],
    ['malformed', 'NotAList', json('{"value":null}')],
    ['malformed', 'NotAList', json('null')],
    ['malformed', 'NotAList', json('[{"sessionId":"a"}')],
    ['malformed', 'NotAList', json('<html></html>')],
    ['malformed', 'NotAList', { kind: 'raw' }],
    ['malformed', 'NotAList', { kind: 'raw', status: 204 }],
    [
      'malformed',
      'NotAList',
      { kind: 'raw', body: '{}', headers: { location: 'https://127.0.0.1:1/' } },
    ],
    ['malformed', 'NotASession', { kind: 'value', edit: 'without-id' }],
    ['malformed', 'NotASession', { kind: 'value', edit: 'null-item' }],
    ['malformed', 'TooLarge', { kind: 'oversized', bytes: 2 * 1024 * 1024 }],
    ['malformed', 'PageLoop', { kind: 'paged', last: 'itself' }],
    ['malformed', 'PageLoop', { kind: 'paged', last: 'first' }],
    ['malformed', 'TooManyPages', { kind: 'paged', last: 'endless' }],
    ['malformed', 'NoOperation', { kind: 'raw', status: 202 }],
    ['malformed', 'NotAList', { kind: 'operation', location: 'nothing', retryAfter: 0 }],
    ['malformed', 'NotAList', { kind: 'operation', asyncOperation: 'nothing', retryAfter: 0 }],
    ['malformed', 'Http307', { kind: 'redirect', to: 'foreign' }],
    ['untrusted_link', 'UntrustedLink', { kind: 'paged', last: 'foreign' }],
    ['untrusted_link', 'UntrustedLink', { kind: 'operation', location: 'foreign', retryAfter: 0 }],
    [
      'untrusted_link',
      'UntrustedLink',
      { kind: 'operation', asyncOperation: 'foreign', retryAfter: 0 },
    ],
    [
      'untrusted_link',
      'UntrustedLink',
      { kind: 'operation', status: 200, first: 'empty-list', location: 'foreign' },
    ],
    [
      'error',
      'OperationNotFound',
      { kind: 'operation', asyncOperation: 'not-found', retryAfter: 0 },
    ],
    ['error', 'OperationNotFound', { kind: 'operation', location: 'not-found', retryAfter: 0 }],
    [
      'error',
      'InternalServerError',
      { kind: 'operation', asyncOperation: 'failed', retryAfter: 0 },
    ],
    [
      'error',
      'OperationCanceled',
      { kind: 'operation', asyncOperation: 'canceled', retryAfter: 0 },
    ],
    ['timeout', 'HostTimeout', { kind: 'operation', location: 'never', retryAfter: 1 }],
    ['timeout', 'HostTimeout', { kind: 'operation', asyncOperation: 'never', retryAfter: 1 }],
    ['throttled', 'RetryAfterTooLong', { kind: 'operation', location: 'value', retryAfter: 60 }],
    ['denied', 'InvalidAuthenticationToken', { kind: 'error', status: 401 }],
    ['denied', 'AuthorizationFailed', { kind: 'error', status: 403 }],
    ['not_found', 'ResourceNotFound', { kind: 'error', status: 404 }],
    ['conflict', 'Conflict', { kind: 'error', status: 409, code: 'Conflict' }],
    ['throttled', 'RetryAfterTooLong', { kind: 'error', status: 429, retryAfter: 60 }],
    ['throttled', 'RetryAfterTooLong', { kind: 'error', status: 429, retryAfter: { dateIn: 60 } }],
    ['throttled', 'TooManyRequests', { kind: 'error', status: 429, retryAfter: 0 }],
    [
      'skipped_unsupported',
      'SkuNotSupported',
      { kind: 'error', status: 400, code: 'SkuNotSupported' },
    ],
    ['error', 'BadRequest', { kind: 'error', status: 400, code: 'BadRequest' }],
    ['error', 'InternalServerError', { kind: 'error', status: 500, retryAfter: 0 }],
    ['error', 'ServiceUnavailable', { kind: 'error', status: 503, retryAfter: 0 }],
    ['error', 'Http418', { kind: 'raw', status: 418, body: '{}' }],
  ])('is %s, %s: %j', async (outcome, errorCode, answer) => {
    const host = errorCode === 'RetryAfterTooLong' ? slow : busy
    const poll = await ask(host, { answer })
    expect(poll).toMatchObject({ outcome, errorCode, sessions: [] })
    expect(poll.errorMessage).toMatch(/\S/)
    expect(simulator.counters.read()).toMatchObject({ foreignRequests: 0, tokensLeaked: 0 })
  })

  it.each<[PollOutcome, Delivery]>([
    ['timeout', { breaks: 'hang-before-headers' }],
    ['timeout', { breaks: 'hang-in-body' }],
    ['timeout', { drip: { bytes: 1, everyMs: 50 } }],
  ])('is %s when the answer hangs: %j', async (outcome, delivery) => {
    expect(await ask(busy, { delivery })).toMatchObject({ outcome, sessions: [] })
  })

  it('fails as a whole when one page fails', async () => {
    const poll = await ask(
      busy,
      { answer: { kind: 'paged' } },
      { request: 'page', page: 2, answer: { kind: 'error', status: 403 } },
    )
    expect(poll).toMatchObject({ outcome: 'denied', sessions: [] })
  })
})

describe('pollHost, after a passing fault', () => {
  it.each<[string, Answer | undefined, Delivery | undefined]>([
    ['500', { kind: 'error', status: 500 }, undefined],
    ['503 with Retry-After', { kind: 'error', status: 503, retryAfter: 0 }, undefined],
    ['408', { kind: 'error', status: 408 }, undefined],
    ['429 with seconds', { kind: 'error', status: 429, retryAfter: 1 }, undefined],
    ['429 with a date', { kind: 'error', status: 429, retryAfter: { dateIn: 1 } }, undefined],
    ['429 alone', { kind: 'error', status: 429 }, undefined],
    ['a reset before the headers', undefined, { breaks: 'reset-before-headers' }],
    ['a reset in the body', undefined, { breaks: 'reset-in-body' }],
    ['401', { kind: 'error', status: 401 }, undefined],
  ])('asks again: %s', async (_, answer, delivery) => {
    const poll = await ask(busy, {
      times: 1,
      ...(answer && { answer }),
      ...(delivery && { delivery }),
    })
    expect(poll).toMatchObject({ outcome: 'ok', requests: 2, retries: 1 })
    expect(poll.sessions).toHaveLength(5)
    expect(simulator.counters.read().early).toBe(0)
  })

  it('does not ask again what cannot get better', async () => {
    for (const status of [400, 403, 404, 409]) {
      const poll = await ask(busy, { answer: { kind: 'error', status } })
      expect(poll).toMatchObject({ requests: 1, retries: 0 })
    }
  })
})

describe('pollHost, aborted', () => {
  it.each<[string, Fault]>([
    ['waiting for an answer', { delivery: { breaks: 'hang-before-headers' } }],
    ['reading a body', { delivery: { breaks: 'hang-in-body' } }],
    [
      'waiting for an operation',
      { answer: { kind: 'operation', location: 'never', retryAfter: 2 } },
    ],
    ['backing off', { answer: { kind: 'error', status: 503, retryAfter: 2 } }],
    ['waiting at the gate', { answer: { kind: 'error', status: 429, retryAfter: 2 } }],
  ])('rejects with the reason while %s', async (_, fault) => {
    simulator.faults.add({ host: busy.armId, ...fault })
    using source = openSimulated(simulator, { requestTimeoutMs: 60_000, hostTimeoutMs: 60_000 })
    const abort = new AbortController()
    const polling = source.pollHost(busy, abort.signal)
    await expect.poll(() => simulator.counters.read().total).toBeGreaterThan(0)
    await new Promise((resolve) => setTimeout(resolve, 50))
    const reason = new Error('enough')
    abort.abort(reason)
    await expect(polling).rejects.toBe(reason)
  })
})
