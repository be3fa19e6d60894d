import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'

import { parseSession } from '../../src/domain/session.ts'
import type { Answer, OperationEnd } from '../../src/simulator/answer.ts'
import { createEstateByHand } from '../../src/simulator/estate-by-hand.ts'
import { startSimulator, type Simulator } from '../../src/simulator/simulator.ts'
import { createClient, headerOf, pageOf, sessionIds, type Client } from './client.ts'

const startAt = new Date('2026-11-23T09:00:00Z')
const SESSIONS = ['s1', 's2', 's3', 's4', 's5']
const estate = createEstateByHand([
  { hosts: [{ sessions: SESSIONS.map((sessionId) => ({ sessionId, startAt })) }] },
])
const host = estate.hosts[0]!

let simulator: Simulator
let client: Client
beforeAll(async () => {
  simulator = await startSimulator({ estate })
  client = await createClient(simulator)
})
afterAll(() => simulator[Symbol.asyncDispose]())
afterEach(() => {
  simulator.faults.clear()
  simulator.counters.reset()
})

function answerWith(answer: Answer) {
  simulator.faults.add({ host: host.armId, answer })
  return client.ask(host)
}

async function itemsOf(answer: Answer): Promise<unknown[]> {
  return pageOf(await answerWith(answer)).value
}

describe('answers at once', () => {
  it.each<[string, Answer, { status: number; text: RegExp | string }]>([
    ['the list', { kind: 'value' }, { status: 200, text: /^\{"value":\[\{.*s1.*s5/ }],
    ['a bare array', { kind: 'array' }, { status: 200, text: /^\[\{.*s1.*s5.*\]$/ }],
    ['an empty object', { kind: 'raw', body: '{}' }, { status: 200, text: '{}' }],
    ['no body', { kind: 'raw' }, { status: 200, text: '' }],
    ['no content', { kind: 'raw', status: 204 }, { status: 204, text: '' }],
    ['an error', { kind: 'error', status: 503 }, { status: 503, text: /ServiceUnavailable/ }],
    ['its code', { kind: 'error', status: 400, code: 'Odd' }, { status: 400, text: /"Odd"/ }],
    [
      'the action',
      { kind: 'error', status: 403 },
      { status: 403, text: /getActiveSessions.action/ },
    ],
  ])('can be %s', async (_, answer, expected) => {
    const { status, text } = await answerWith(answer)
    expect(status).toBe(expected.status)
    expect(text).toMatch(expected.text)
  })

  it('can be of any type, and say nothing of it', async () => {
    const html = { kind: 'raw', body: '<html>', contentType: 'text/html' } as const
    expect((await answerWith(html)).headers['content-type']).toBe('text/html')
    expect((await answerWith({ kind: 'raw' })).headers['content-type']).toBeUndefined()
    const plain = await answerWith({ kind: 'value', contentType: 'text/plain' })
    expect(plain.headers['content-type']).toBe('text/plain')
  })

  it('can be edited', async () => {
    const broken = await itemsOf({ kind: 'value', edit: 'without-id' })
    expect(() => broken.map(parseSession)).toThrow('sessionId')
    expect((await itemsOf({ kind: 'value', edit: 'null-item' })).at(-1)).toBeNull()
    const [first] = await itemsOf({ kind: 'value', edit: 'extra-fields' })
    expect(parseSession(first).extra).toMatchObject({ policy: { id: 7 } })
    expect(await itemsOf({ kind: 'value', edit: 'twice' })).toHaveLength(10)
    expect(await itemsOf({ kind: 'value', edit: 'omit' })).toHaveLength(2)
  })

  it.each<[Answer, string | undefined]>([
    [{ kind: 'error', status: 429, retryAfter: 7 }, '7'],
    [{ kind: 'error', status: 429, retryAfter: 'soon' }, 'soon'],
    [{ kind: 'error', status: 429 }, undefined],
  ])('can ask to wait: %o', async (answer, header) => {
    expect((await answerWith(answer)).headers['retry-after']).toBe(header)
  })

  it('can ask to wait until a date', async () => {
    const wait: Answer = { kind: 'error', status: 503, retryAfter: { dateIn: 60 } }
    const until = Date.parse(headerOf(await answerWith(wait), 'retry-after'))
    expect(until - Date.now()).toBeGreaterThan(58_000)
    expect(until - Date.now()).toBeLessThanOrEqual(61_000)
  })

  it('can redirect', async () => {
    const away = await answerWith({ kind: 'redirect', to: 'foreign' })
    expect(away.status).toBe(307)
    expect(headerOf(away, 'location')).toContain(simulator.foreignEndpoint)
    const here = await answerWith({ kind: 'redirect', to: 'itself', status: 308 })
    expect(headerOf(here, 'location')).toContain(`${simulator.endpoint}${host.armId}`)
  })
})

describe('pages', () => {
  it.each([
    ['absolute', 'get'],
    ['relative', 'get'],
    ['absolute', 'post'],
  ] as const)('follow by %s links and %s only', async (links, method) => {
    const pages = [pageOf(await answerWith({ kind: 'paged', links, method }))]
    for (let next = pages[0]?.nextLink; next !== undefined; next = pages.at(-1)?.nextLink) {
      expect(next.startsWith(links === 'absolute' ? simulator.endpoint : '/subscriptions')).toBe(
        true,
      )
      const other = method === 'get' ? client.post(next) : client.get(next)
      expect(await other).toMatchObject({ status: 405 })
      pages.push(pageOf(await client[method](next)))
    }
    expect(pages.map(({ value }) => value.length)).toEqual([2, 2, 1])
    expect(pages.flatMap((page) => sessionIds(page))).toEqual(SESSIONS)
  })

  it('can be more than the list needs', async () => {
    let page = pageOf(await answerWith({ kind: 'paged', size: 5, pages: 201 }))
    let pages = 1
    for (; page.nextLink !== undefined; pages++) page = pageOf(await client.get(page.nextLink))
    expect(pages).toBe(201)
    expect(page.value).toEqual([])
    expect(simulator.counters.read().requests.page).toBe(200)
  })

  it('can lead to themselves, to the first, and on for ever', async () => {
    const last = async (where: 'itself' | 'first' | 'endless') => {
      const first = pageOf(await answerWith({ kind: 'paged', size: 5, last: where })).nextLink!
      return { first, next: pageOf(await client.get(first)).nextLink! }
    }
    const loop = await last('itself')
    expect(loop.next).toBe(loop.first)
    expect((await last('first')).next).toMatch(/getActiveSessions\?api-version=[\d-]+$/)
    const endless = await last('endless')
    expect(endless.next).not.toBe(endless.first)
    expect(pageOf(await client.get(endless.next)).nextLink).toBeDefined()
  })

  it('can lead to a foreign origin, which counts who comes and what it is shown', async () => {
    const { nextLink = '' } = pageOf(await answerWith({ kind: 'paged', last: 'foreign' }))
    expect(nextLink.startsWith(simulator.foreignEndpoint)).toBe(true)
    expect(await client.get(nextLink, { token: null })).toMatchObject({ json: { value: [] } })
    await client.get(nextLink)
    expect(simulator.counters.read()).toMatchObject({ foreignRequests: 2, tokensLeaked: 1 })
  })

  it('are known only under their own token', async () => {
    const link = pageOf(await answerWith({ kind: 'paged' })).nextLink!
    expect(await client.get(`${link}x`)).toMatchObject({ status: 400 })
  })
})

describe('operations', () => {
  it.each<[OperationEnd, number, unknown]>([
    ['value', 200, { status: 'Succeeded', value: [{ sessionId: 's1' }, {}, {}, {}, {}] }],
    [
      'output.value',
      200,
      { status: 'Succeeded', properties: { output: { value: [{}, {}, {}, {}, {}] } } },
    ],
    ['output.array', 200, { status: 'Succeeded', properties: { output: [{}, {}, {}, {}, {}] } }],
    ['nothing', 200, { status: 'Succeeded' }],
    ['failed', 200, { status: 'Failed', error: { code: 'InternalServerError' } }],
    ['canceled', 200, { status: 'Canceled', error: { code: 'OperationCanceled' } }],
    [
      'not-found',
      404,
      { error: { message: expect.stringMatching(/^Operation \S+ not found\.$/) } },
    ],
    ['not-allowed', 405, { error: { code: 'MethodNotAllowed' } }],
    ['never', 200, { status: 'InProgress' }],
  ])('end at Azure-AsyncOperation as %s', async (asyncOperation, status, json) => {
    const first = await answerWith({ kind: 'operation', asyncOperation, polls: 0 })
    expect(first).toMatchObject({ status: 202, text: '' })
    expect(first.headers['location']).toBeUndefined()
    expect(await client.get(headerOf(first, 'azure-asyncoperation'))).toMatchObject({
      status,
      json,
    })
  })

  it.each<[OperationEnd, number, unknown]>([
    ['value', 200, { value: [{ sessionId: 's1' }, {}, {}, {}, {}] }],
    ['array', 200, [{}, {}, {}, {}, {}]],
    ['output.array', 200, { properties: { output: [{}, {}, {}, {}, {}] } }],
    ['nothing', 204, undefined],
    ['failed', 500, { error: { code: 'InternalServerError' } }],
    ['not-found', 404, {}],
    ['never', 202, undefined],
  ])('end at Location as %s', async (location, status, json) => {
    const first = await answerWith({ kind: 'operation', status: 201, location, polls: 0 })
    expect(first).toMatchObject({ status: 201, text: '' })
    const end = await client.get(headerOf(first, 'location'))
    expect(end.status).toBe(status)
    expect(end).toMatchObject(json === undefined ? { text: '' } : { json })
  })

  it('run for as many reads as declared, and say how long to wait', async () => {
    const first = await answerWith({
      kind: 'operation',
      location: 'value',
      polls: 2,
      retryAfter: 0,
    })
    const statuses = []
    for (let read = 0; read < 3; read++) {
      const { status, headers } = await client.get(headerOf(first, 'location'))
      statuses.push([status, headers['retry-after']])
    }
    expect(statuses).toEqual([
      [202, '0'],
      [202, '0'],
      [200, undefined],
    ])
    expect(simulator.counters.read().requests).toMatchObject({ sessions: 1, operation: 3 })
  })

  it('can be dead beside a list, or hold what an empty list does not', async () => {
    const dead = await answerWith({ kind: 'operation', status: 200, location: 'not-found' })
    expect(sessionIds(dead.json)).toEqual(SESSIONS)
    expect(await client.get(headerOf(dead, 'location'))).toMatchObject({ status: 404 })
    const empty = await answerWith({
      kind: 'operation',
      status: 200,
      first: 'empty-list',
      location: 'value',
      polls: 0,
    })
    expect(empty.json).toEqual({ value: [] })
    expect(sessionIds((await client.get(headerOf(empty, 'location'))).json)).toEqual(SESSIONS)
  })

  it('can be relative, foreign, or nowhere', async () => {
    const relative = await answerWith({ kind: 'operation', location: 'value', links: 'relative' })
    expect(headerOf(relative, 'location')).toMatch(/^\/subscriptions\//)
    const foreign = await answerWith({ kind: 'operation', asyncOperation: 'foreign' })
    expect(headerOf(foreign, 'azure-asyncoperation')).toContain(simulator.foreignEndpoint)
    const { headers } = await answerWith({ kind: 'operation' })
    expect(headers).not.toHaveProperty('location')
    expect(headers).not.toHaveProperty('azure-asyncoperation')
  })
})
