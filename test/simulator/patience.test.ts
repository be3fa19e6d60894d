import { describe, expect, it } from 'vitest'

import { createEstateByHand } from '../../src/simulator/estate-by-hand.ts'
import { createPatience } from '../../src/simulator/patience.ts'
import { readRoute } from '../../src/simulator/route.ts'
import { startSimulator } from '../../src/simulator/simulator.ts'
import { createVirtualClock } from '../../src/simulator/virtual-clock.ts'
import { askPath, createClient } from './client.ts'

const START = new Date('2026-11-23T09:00:00Z')
const after = (ms: number) => new Date(START.getTime() + ms)
const estate = createEstateByHand([{ hosts: [{}, {}] }, { hosts: [{}] }])
const [first, second, elsewhere] = [estate.hosts[0]!, estate.hosts[1]!, estate.hosts[2]!]
const [own, other, foreign] = [first, second, elsewhere].map((host) => readRoute(askPath(host)))

function createWorld() {
  const clock = createVirtualClock({ startAt: START, speed: 0 })
  let realMs = 0
  const patience = createPatience(clock, () => realMs)
  return {
    patience,
    pass: (ms: number) => {
      realMs += ms
      clock.jumpTo(after(realMs))
    },
    early: () => [own!, other!, foreign!].map((route) => patience.check(route) !== null),
  }
}

describe('createPatience', () => {
  it('closes a subscription from a 429 until its Retry-After', () => {
    const { patience, pass, early } = createWorld()
    expect(early()).toEqual([false, false, false])
    patience.note(own!, 429, { 'retry-after': '10' })
    // Another request of the subscription may have left before the 429 could be read.
    expect(early()).toEqual([true, false, false])
    pass(49)
    expect(early()).toEqual([true, false, false])
    pass(1)
    expect(early()).toEqual([true, true, false])
    pass(9900)
    expect(early()).toEqual([true, true, false])
    pass(50)
    expect(early()).toEqual([false, false, false])
  })

  it('holds to the longest wait that was told', () => {
    const { patience, pass, early } = createWorld()
    patience.note(own!, 429, { 'retry-after': new Date(after(10_000)).toUTCString() })
    patience.note(own!, 429, { 'retry-after': '1' })
    pass(5000)
    expect(early()).toEqual([true, true, false])
    pass(5000)
    expect(early()).toEqual([false, false, false])
  })

  it('closes only its own path after a 503', () => {
    const { patience, pass, early } = createWorld()
    patience.note(own!, 503, { 'retry-after': '5' })
    pass(1000)
    expect(early()).toEqual([true, false, false])
  })

  it('closes the places of an operation after a 202, and not where it began', () => {
    const { patience, early } = createWorld()
    const place = '/subscriptions/s/providers/Microsoft.Network/locations/x/operations/1'
    const headers = { 'retry-after': '5', 'azure-asyncoperation': `https://127.0.0.1:1${place}` }
    patience.note(own!, 202, headers)
    expect(early()).toEqual([false, false, false])
    expect(patience.check(readRoute(`${place}?api-version=2026-01-01`))).toEqual({
      path: place,
      at: START.toISOString(),
      dueAt: after(5000).toISOString(),
    })
  })

  it('asks for nothing where nothing, or nonsense, was told', () => {
    const { patience, early } = createWorld()
    patience.note(own!, 429, {})
    patience.note(own!, 429, { 'retry-after': 'soon' })
    expect(early()).toEqual([false, false, false])
  })
})

describe('early requests', () => {
  it('are counted over the wire', async () => {
    const clock = createVirtualClock({ startAt: START, speed: 0 })
    await using simulator = await startSimulator({ estate, clock })
    const client = await createClient(simulator)
    const answer = { kind: 'error', status: 429, retryAfter: 10 } as const
    simulator.faults.add({ host: first.hostId, answer, times: 1 })
    await client.ask(first)
    await client.ask(elsewhere)
    expect(simulator.counters.read()).toMatchObject({ throttled: 1, early: 0 })
    await client.ask(first)
    clock.jumpTo(after(10_000))
    await client.ask(first)
    expect(simulator.counters.read()).toMatchObject({
      early: 1,
      earlyRequests: [{ at: START.toISOString(), dueAt: after(10_000).toISOString() }],
      bySubscription: { [first.subscriptionId]: 3, [elsewhere.subscriptionId]: 1 },
    })
    simulator.counters.reset()
    expect(simulator.counters.read()).toMatchObject({ early: 0, total: 0, bySubscription: {} })
  })
})
