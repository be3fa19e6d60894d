import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'

import type { Delivery } from '../../src/simulator/answer.ts'
import { createEstateByHand } from '../../src/simulator/estate-by-hand.ts'
import { startSimulator, type Simulator } from '../../src/simulator/simulator.ts'
import { askPath, createClient, sessionIds, VERSION, type Client } from './client.ts'

const startAt = new Date('2026-11-23T09:00:00Z')
const estate = createEstateByHand([{ hosts: [{ sessions: [{ sessionId: 's1', startAt }] }] }])
const host = estate.hosts[0]!

let simulator: Simulator
let client: Client
beforeAll(async () => {
  simulator = await startSimulator({ estate })
  client = await createClient(simulator)
})
afterAll(() => simulator[Symbol.asyncDispose]())
afterEach(() => simulator.faults.clear())

function deliverBy(delivery: Delivery, options?: Parameters<Client['post']>[1]) {
  simulator.faults.add({ host: host.armId, delivery })
  return client.post(askPath(host), options)
}

describe('delivery', () => {
  it('resets before the headers', async () => {
    await expect(deliverBy({ breaks: 'reset-before-headers' })).rejects.toThrow('ECONNRESET')
  })

  it('resets in the middle of the body, after the headers', async () => {
    await expect(deliverBy({ breaks: 'reset-in-body' })).rejects.toThrow(/aborted|ECONNRESET/)
    expect(simulator.counters.read().byStatus).toEqual({})
  })

  it.each(['hang-before-headers', 'hang-in-body'] as const)('can %s', async (breaks) => {
    const controller = new AbortController()
    let settled = false
    const asked = deliverBy({ breaks }, { signal: controller.signal }).finally(() => {
      settled = true
    })
    await expect.poll(() => simulator.counters.read().inFlight).toBe(1)
    expect(settled).toBe(false)
    controller.abort()
    await expect(asked).rejects.toThrow('aborted')
    await expect.poll(() => simulator.counters.read().inFlight).toBe(0)
  })

  it('drips, and arrives whole', async () => {
    const { json } = await deliverBy({ drip: { bytes: 50, everyMs: 1 } })
    expect(sessionIds(json)).toEqual(['s1'])
  })

  it('compresses for those who accept it', async () => {
    const headers = { 'accept-encoding': 'gzip, deflate' }
    const small = await deliverBy({ gzip: true }, { headers })
    expect(small.headers['content-encoding']).toBe('gzip')
    expect(sessionIds(small.json)).toEqual(['s1'])
    expect((await client.ask(host)).headers['content-encoding']).toBeUndefined()
  })

  it('waits as long as it is told', async () => {
    await client.ask(host)
    const ends: string[] = []
    const late = deliverBy({ delayMs: 300 }).then(() => ends.push('late'))
    await expect.poll(() => simulator.counters.read().inFlight).toBe(1)
    simulator.faults.clear()
    const prompt = client.ask(host).then(() => ends.push('prompt'))
    await Promise.all([late, prompt])
    expect(ends).toEqual(['prompt', 'late'])
  })

  it('sends more than anyone wants, as valid JSON, also compressed', async () => {
    simulator.faults.add({ host: host.armId, answer: { kind: 'oversized', bytes: 3_000_000 } })
    const plain = await client.ask(host)
    expect(plain.text.length).toBeGreaterThan(3_000_000)
    expect(plain.json).toEqual({ value: [] })
    const gzip = { 'accept-encoding': 'gzip' }
    simulator.faults.add({
      host: host.armId,
      answer: { kind: 'oversized', bytes: 3_000_000 },
      delivery: { gzip: true },
    })
    expect((await client.post(askPath(host), { headers: gzip })).json).toEqual({ value: [] })
  })

  it('has a latency of its own, for every answer', async () => {
    await using slow = await startSimulator({ estate, latency: { minMs: 600_000, maxMs: 700_000 } })
    const patient = await createClient(slow)
    const asked = Promise.allSettled([patient.ask(host), patient.ask(host)])
    await expect.poll(() => slow.counters.read().inFlight).toBe(2)
    await slow[Symbol.asyncDispose]()
    expect((await asked).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  })
})

describe('closing', () => {
  it('ends hung requests at once, in every way they hang', async () => {
    const own = await startSimulator({ estate })
    const patient = await createClient(own)
    own.faults.add({ host: host.armId, delivery: { breaks: 'hang-in-body' } })
    own.faults.add({ request: 'subscriptions', delivery: { delayMs: 600_000 } })
    const asked = [patient.ask(host), patient.get(`/subscriptions?${VERSION}`)]
    await expect.poll(() => own.counters.read().inFlight).toBe(2)
    await own[Symbol.asyncDispose]()
    const ends = await Promise.allSettled(asked)
    expect(ends.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  })

  it('can refuse connections for a while', async () => {
    await using own = await startSimulator({ estate })
    const other = await createClient(own)
    await own.disconnect()
    await expect(other.ask(host)).rejects.toThrow('ECONNREFUSED')
    await own.connect()
    expect(await other.ask(host)).toMatchObject({ status: 200 })
  })
})
