/** `watch`, killed at random moments and begun again: a receiver ends up with the same. */

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'

import { createRandom } from '../../src/simulator/random.ts'
import { startReceiver, type Receiver } from '../notify/receiver.ts'
import {
  failedPoll,
  host,
  okPoll,
  openWarehouse,
  recordRun,
  session,
  tempFolder,
} from '../warehouse/temp-warehouse.ts'
import { type Kill, watchingProcess } from './watching-process.ts'

const SEED = Number(process.env['KILL_SEED'] ?? Date.now() % 1_000_000)
const SLOTS = 12
/** Of a process that has just begun, a watch takes longer. */
const LONGEST_MS = 250
const MOST_KILLS = 40
const POINTS = 6

// Each process takes a second to start, and several where many others work at the same time.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 60_000 })

const hub = host('bas-hub')
const spoke = host('bas-spoke')
const startMs = Date.parse('2026-11-23T09:00:00Z')
const timeOf = (ms: number) => new Date(ms).toISOString().replace('.000Z', 'Z')

const of = (name: string) => session(name, { userName: name, targetHostName: `vm-${name}` })

/** Sessions come and go, and one host cannot be read for a while. */
function pollsAt(slot: number, at: string) {
  const on = (first: number, last: number) => slot >= first && slot <= last
  return [
    okPoll(hub, at, [
      ...(on(0, 3) ? [of('ada')] : []),
      ...(on(2, 11) ? [of('bo')] : []),
      ...(on(5, 7) ? [of('cy')] : []),
    ]),
    on(4, 6) ? failedPoll(spoke, at) : okPoll(spoke, at, on(1, 8) ? [of('dan')] : []),
  ]
}

const bodySchema = z.object({
  alerts: z.array(z.object({ status: z.string(), annotations: z.object({ summary: z.string() }) })),
})

/** What a receiver has: the last body by key, for the same key has the same body. */
function inboxOf({ received }: Receiver): Map<string, string> {
  const inbox = new Map<string, string>()
  for (const { headers, body } of received) {
    const key = String(headers['idempotency-key'])
    expect(inbox.get(key) ?? body).toBe(body)
    inbox.set(key, body)
  }
  return inbox
}

/** Lives the slots one after the other; `watch` is asked until it has ended. */
async function live(
  root: string,
  receiver: Receiver,
  nextKill: () => Kill | undefined,
): Promise<number> {
  await using watching = watchingProcess(root, receiver)
  const warehouse = openWarehouse(root)
  let kills = 0
  for (let slot = 0; slot < SLOTS; slot += 1) {
    const slotMs = startMs + slot * 300_000
    await recordRun(warehouse, timeOf(slotMs), pollsAt(slot, timeOf(slotMs)))
    const at = timeOf(slotMs + 60_000)
    while (!(await watching.watchAt(at, nextKill()))) kills += 1
  }
  // What a killed one had claimed is sent when its claim is over.
  await watching.watchAt(timeOf(startMs + SLOTS * 300_000 + 60_000))
  return kills
}

describe('watch', () => {
  let quiet: Receiver
  let due: Map<string, string>
  beforeAll(async () => {
    quiet = await startReceiver()
    await using folder = await tempFolder()
    await live(`${folder.root}/w`, quiet, () => undefined)
    due = inboxOf(quiet)
  })
  afterAll(() => quiet[Symbol.asyncDispose]())

  it('tells of every session once where nobody disturbs it', () => {
    expect(quiet.received).toHaveLength(due.size)
    const told = [...due.values()].flatMap((body) => {
      return bodySchema
        .parse(JSON.parse(body))
        .alerts.map(({ status, annotations }) => `${status} ${annotations.summary}`)
    })
    for (const name of ['ada', 'cy', 'dan']) {
      const words = told.filter((text) => text.includes(name))
      expect(words.at(0)).toBe(`firing ${name} on vm-${name}`)
      expect(words.at(-1)).toBe(`resolved ${name} on vm-${name}`)
      expect(words.filter((text) => text.startsWith('resolved'))).toHaveLength(1)
    }
    expect(told.filter((text) => text === 'firing bo on vm-bo').length).toBeGreaterThan(1)
  })

  it(`tells the same where it is killed at random moments (KILL_SEED=${SEED})`, async () => {
    const random = createRandom(SEED)
    await using receiver = await startReceiver()
    await using folder = await tempFolder()
    let left = MOST_KILLS
    const kills = await live(`${folder.root}/w`, receiver, () => {
      left -= 1
      if (left <= 0) return undefined
      return random.chance(0.5)
        ? { point: 1 + random.below(POINTS) }
        : { afterMs: random.below(LONGEST_MS) }
    })
    expect(kills).toBeGreaterThan(10)
    expect(inboxOf(receiver)).toEqual(due)
  })
})
