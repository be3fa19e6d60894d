import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'

import { CATALOGUE, declare, type CatalogueEntry } from '../../src/simulator/catalogue.ts'
import { createEstateByHand } from '../../src/simulator/estate-by-hand.ts'
import { startSimulator, type Simulator } from '../../src/simulator/simulator.ts'
import { askPath, createClient, type Client } from './client.ts'

const startAt = new Date('2026-11-23T09:00:00Z')
const estate = createEstateByHand([
  { hosts: [{ sessions: [{ startAt }, { startAt }, { startAt }] }] },
])
const host = estate.hosts[0]!

let simulator: Simulator
let client: Client
beforeAll(async () => {
  simulator = await startSimulator({ estate })
  client = await createClient(simulator)
})
afterAll(() => simulator[Symbol.asyncDispose]())
afterEach(() => simulator.faults.clear())

describe('the catalogue', () => {
  it.each(Object.entries<CatalogueEntry>(CATALOGUE))('has "%s"', async (_, entry) => {
    const placed = declare(simulator.faults, host.armId, entry)
    const first = entry.faults[0]
    const breaks = first?.delivery?.breaks
    const controller = new AbortController()
    const asked = Promise.allSettled([client.post(askPath(host), { signal: controller.signal })])
    if (breaks?.startsWith('hang')) {
      await vi.waitUntil(() => placed[0]?.met === 1, { interval: 2 })
      controller.abort()
    }
    const [{ status }] = await asked
    expect(placed[0]?.met).toBe(1)
    expect(status).toBe(breaks === undefined ? 'fulfilled' : 'rejected')
  })

  it.each([
    ['503 twice', 3],
    ['429 once, seconds', 2],
    ['401 once', 2],
  ] as const)('ends "%s" in time', async (name, tries) => {
    declare(simulator.faults, host.armId, CATALOGUE[name])
    const statuses = []
    for (let one = 0; one < tries; one++) statuses.push((await client.ask(host)).status)
    expect(statuses.indexOf(200)).toBe(tries - 1)
  })
})
