import { describe, expect, it } from 'vitest'

import { createEstateByHand } from '../../src/simulator/estate-by-hand.ts'
import { startSimulator } from '../../src/simulator/simulator.ts'
import { createThrottle } from '../../src/simulator/throttle.ts'
import { createVirtualClock } from '../../src/simulator/virtual-clock.ts'
import { createClient } from './client.ts'

const START = new Date('2026-11-23T09:00:00Z')
const after = (ms: number) => new Date(START.getTime() + ms)
const estate = createEstateByHand([{ hosts: [{}] }, { hosts: [{}] }])
const [first, elsewhere] = [estate.hosts[0]!, estate.hosts[1]!]

describe('createThrottle', () => {
  it('has the sizes of Resource Manager', () => {
    const throttle = createThrottle({})
    const taken = (method: string) => {
      let count = 0
      while (!throttle.take('sub', method, START).refusal) count++
      return count
    }
    expect([taken('GET'), taken('POST')]).toEqual([250, 200])
  })

  it('tells what is left, and refills by the clock up to its size', () => {
    const throttle = createThrottle({ writes: { capacity: 3, perSecond: 2 } })
    const take = (ms: number) => {
      const { headers, refusal } = throttle.take('sub', 'POST', after(ms))
      const left = headers['x-ms-ratelimit-remaining-subscription-writes']
      return refusal ? `wait ${refusal.headers['retry-after']}` : left
    }
    expect([0, 0, 0, 0].map(take)).toEqual(['2', '1', '0', 'wait 1'])
    expect([499, 500, 500, 1500, 1500, 1500].map(take)).toEqual([
      'wait 1',
      '0',
      'wait 1',
      '1',
      '0',
      'wait 1',
    ])
    expect(take(60_000)).toBe('2')
  })

  it('keeps subscriptions, reads and writes apart', () => {
    const one = { capacity: 1, perSecond: 1 }
    const throttle = createThrottle({ reads: one, writes: one })
    expect(throttle.take('a', 'POST', START).refusal).toBeUndefined()
    expect(throttle.take('a', 'GET', START).refusal).toBeUndefined()
    expect(throttle.take('b', 'POST', START).refusal).toBeUndefined()
    expect(throttle.take('a', 'POST', START).refusal).toMatchObject({ status: 429 })
    expect(throttle.take('tenant', 'GET', START).headers).toHaveProperty(
      'x-ms-ratelimit-remaining-tenant-reads',
    )
  })

  it('says how long a slow bucket takes', () => {
    const throttle = createThrottle({ writes: { capacity: 1, perSecond: 0.1 } })
    throttle.take('a', 'POST', START)
    expect(throttle.take('a', 'POST', after(500)).refusal?.headers['retry-after']).toBe('10')
  })

  it('can count the writes of the network provider in windows of five minutes', () => {
    const throttle = createThrottle({ networkWritesPer5Mins: 2 })
    const waits = [0, 1000, 2000, 299_000, 300_000].map(
      (ms) => throttle.take('a', 'POST', after(ms)).refusal?.headers['retry-after'],
    )
    expect(waits).toEqual([undefined, undefined, '298', '1', undefined])
  })
})

describe('throttling over the wire', () => {
  it('refuses with 429 by the clock of the simulator', async () => {
    const clock = createVirtualClock({ startAt: START, speed: 0 })
    await using simulator = await startSimulator({
      estate,
      clock,
      throttle: { writes: { capacity: 1, perSecond: 1 } },
    })
    const client = await createClient(simulator)
    expect((await client.ask(first)).headers).toMatchObject({
      'x-ms-ratelimit-remaining-subscription-writes': '0',
    })
    expect(await client.ask(first)).toMatchObject({
      status: 429,
      headers: { 'retry-after': '1' },
      json: { error: { code: 'SubscriptionRequestsThrottled' } },
    })
    expect(await client.ask(elsewhere)).toMatchObject({ status: 200 })
    clock.jumpTo(after(1000))
    expect(await client.ask(first)).toMatchObject({ status: 200 })
    expect(simulator.counters.read()).toMatchObject({ throttled: 1, early: 0 })
  })
})
