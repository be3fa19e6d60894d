import { afterEach, describe, expect, it } from 'vitest'

import { quotaPauseMs } from '../../src/azure/resource-graph.ts'
import { createEstateByHand } from '../../src/simulator/estate-by-hand.ts'
import type { Fault } from '../../src/simulator/faults.ts'
import {
  startSimulator,
  type Simulator,
  type SimulatorOptions,
} from '../../src/simulator/simulator.ts'
import { createVirtualClock } from '../../src/simulator/virtual-clock.ts'
import { openSimulated } from '../simulated.ts'

const estate = createEstateByHand([
  { name: 'Hub', hosts: [{ name: 'Bas-Hub', sku: 'Premium' }, { name: 'bas-2' }] },
  { name: 'Empty', hosts: [] },
  { name: 'Shy', hosts: [{ name: 'bas-shy' }] },
])
const [hub = '', empty = '', shy = ''] = estate.subscriptions.map((one) => one.subscriptionId)
const never = new AbortController().signal

const opened = new Set<AsyncDisposable>()
afterEach(async () => {
  for (const one of opened) await one[Symbol.asyncDispose]()
  opened.clear()
})

async function start(options: SimulatorOptions = {}): Promise<Simulator> {
  const simulator = await startSimulator({ estate, ...options })
  opened.add(simulator)
  return simulator
}

async function search(simulator: Simulator, ids = [hub, empty, shy]) {
  using source = openSimulated(simulator)
  const { found, error } = await source.searchHosts(ids, never)
  const names = [...found].map(([id, hosts]) => [id, hosts.map(({ name }) => name)] as const)
  return { found, error, names: new Map(names) }
}

describe('searchHosts', () => {
  it('reads hosts as their own list gives them', async () => {
    const simulator = await start()
    const { found, error } = await search(simulator)
    expect(error).toBeNull()
    using source = openSimulated(simulator)
    const { hosts } = await source.listHosts(hub, never)
    expect(found.get(hub)).toEqual(hosts)
    expect(found.get(hub)?.[0]).toMatchObject({ name: 'Bas-Hub', sku: 'Premium', scaleUnits: 2 })
  })

  it('tells a subscription without hosts from one that it does not know', async () => {
    const simulator = await start()
    simulator.hidden.add(shy)
    expect((await search(simulator)).names).toEqual(
      new Map([
        [hub, ['Bas-Hub', 'bas-2']],
        [empty, []],
      ]),
    )
    simulator.graph.lacks.add(empty)
    expect([...(await search(simulator)).found.keys()]).toEqual([hub])
  })

  it('reads every page', async () => {
    const simulator = await start()
    simulator.graph.pageSize = 2
    const { names, error } = await search(simulator)
    expect(error).toBeNull()
    expect(names.get(hub)).toEqual(['Bas-Hub', 'bas-2'])
    expect(names.get(shy)).toEqual(['bas-shy'])
    expect(simulator.graph.queries.map(({ skipToken }) => skipToken)).toEqual([null, '2', '4'])
  })

  it('asks in batches, and keeps to the quota that the answers tell', async () => {
    const many = createEstateByHand(
      Array.from({ length: 1100 }, (_, index) => ({ name: `s-${index}`, hosts: [{}] })),
    )
    const clock = createVirtualClock({ startAt: new Date('2026-11-23T09:00:00Z'), speed: 20 })
    const simulator = await start({ estate: many, clock })
    simulator.graph.quota = 3
    const ids = many.subscriptions.map(({ subscriptionId }) => subscriptionId)
    using source = openSimulated(simulator, { clock, hostTimeoutMs: 60_000 })
    const { found, error } = await source.searchHosts(ids, never)
    expect(error).toBeNull()
    expect([...found.values()].flat()).toHaveLength(1100)
    expect(simulator.graph.queries.map(({ subscriptions }) => subscriptions.length)).toEqual([
      250, 250, 250, 250, 100,
    ])
    expect(simulator.counters.read()).toMatchObject({ throttled: 0, early: 0 })
  })

  it.each<[string, string, Fault]>([
    ['a refusal', 'AuthorizationFailed', { answer: { kind: 'error', status: 403 } }],
    ['throttling', 'RetryAfterTooLong', { answer: { kind: 'error', status: 429, retryAfter: 60 } }],
    [
      'a server error',
      'InternalServerError',
      { answer: { kind: 'error', status: 500, retryAfter: 0 } },
    ],
    ['no list', 'NotAList', { answer: { kind: 'raw', body: '{"data":null}' } }],
    ['a table', 'NotAList', { answer: { kind: 'raw', body: rows({ columns: [], rows: [] }) } }],
    [
      'a truncated list',
      'Incomplete',
      { answer: { kind: 'raw', body: rows([], { resultTruncated: 'true' }) } },
    ],
    [
      'fewer rows than it counts',
      'Incomplete',
      { answer: { kind: 'raw', body: rows([], { totalRecords: 7 }) } },
    ],
    [
      'a page that leads to itself',
      'Incomplete',
      { answer: { kind: 'raw', body: rows([], { $skipToken: 'x' }) } },
    ],
    [
      'a row that is no host',
      'NotAHost',
      { answer: { kind: 'raw', body: rows([{ id: '/subscriptions/x/y' }]) } },
    ],
    [
      'a host nobody asked about',
      'NotAHost',
      {
        answer: {
          kind: 'raw',
          body: rows([
            {
              id: `/subscriptions/other/resourceGroups/rg/providers/Microsoft.Network/bastionHosts/b`,
            },
          ]),
        },
      },
    ],
    ['a redirect', 'Http307', { answer: { kind: 'redirect', to: 'foreign' } }],
    ['silence', 'NoAnswerInTime', { delivery: { breaks: 'hang-before-headers' } }],
  ])('knows nothing after %s, and says why', async (_, code, fault) => {
    const simulator = await start()
    simulator.faults.add({ request: 'graph', ...fault })
    const { found, error } = await search(simulator)
    expect(found.size).toBe(0)
    expect(error?.code).toBe(code)
    expect(simulator.counters.read()).toMatchObject({ foreignRequests: 0, tokensLeaked: 0 })
  })

  it('gives up at the first failure: the rest must be listed in time', async () => {
    const simulator = await start()
    simulator.faults.add({ request: 'graph', answer: { kind: 'error', status: 403 } })
    const ids = Array.from({ length: 600 }, (_, index) => `subscription-${index}`)
    await search(simulator, ids)
    expect(simulator.counters.read().requests.graph).toBe(1)
  })

  it('rejects with the reason when aborted', async () => {
    const simulator = await start()
    simulator.faults.add({ request: 'graph', delivery: { breaks: 'hang-before-headers' } })
    using source = openSimulated(simulator, { requestTimeoutMs: 60_000, hostTimeoutMs: 60_000 })
    const abort = new AbortController()
    const asked = source.searchHosts([hub], abort.signal)
    await expect.poll(() => simulator.counters.read().total).toBeGreaterThan(0)
    const reason = new Error('enough')
    abort.abort(reason)
    await expect(asked).rejects.toBe(reason)
  })
})

function rows(data: unknown, rest: object = {}): string {
  const count = Array.isArray(data) ? data.length : 0
  return JSON.stringify({ totalRecords: count, count, data, resultTruncated: 'false', ...rest })
}

describe('quotaPauseMs', () => {
  it.each([
    [{}, 0],
    [{ 'x-ms-user-quota-remaining': '1', 'x-ms-user-quota-resets-after': '00:00:05' }, 0],
    [{ 'x-ms-user-quota-remaining': '0', 'x-ms-user-quota-resets-after': '00:00:03' }, 3000],
    [{ 'x-ms-user-quota-remaining': '0', 'x-ms-user-quota-resets-after': '00:01:02.5' }, 62_000],
    [{ 'x-ms-user-quota-remaining': '0' }, 5000],
    [{ 'x-ms-user-quota-remaining': '0', 'x-ms-user-quota-resets-after': 'soon' }, 5000],
  ])('of %j is %i', (headers, expected) => {
    expect(quotaPauseMs(headers)).toBe(expected)
  })
})
