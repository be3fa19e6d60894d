/**
 * The plan of a week, all from one number: who is connected, which hosts fail or lie and when, in
 * which hours nobody collects, when somebody watches, and how the receiver is then.
 *
 * What has to happen in every week is put there first; chance adds the rest around it.
 */

import type { Estate, EstateHost } from '../../src/simulator/estate.ts'
import type { Fault } from '../../src/simulator/faults.ts'
import { createRandom, mixSeeds, type Random } from '../../src/simulator/random.ts'
import { createWeekEstate, HOUR_MS, slotTime, SLOTS } from './week-estate.ts'
import { createMarks, type Marks, type Trouble } from './week-marks.ts'

export interface Week {
  estate: Estate
  slots: SlotPlan[]
  /** The same for the simulator. */
  faults: Fault[]
}

export interface SlotPlan {
  at: Date
  /** Whether the collector's timer fires. */
  hasRun: boolean
  /** What is wrong with hosts, by id; the others tell the truth. */
  troubles: Map<string, Trouble>
  /** Whether closed days are compacted after it. */
  compacts: boolean
  watches: WatchPlan[]
}

export interface WatchPlan {
  at: Date
  mood: Mood
}

/**
 * How the receiver is while somebody watches. `hiccup`: it takes nothing at first, and then all ·
 * `busy`, `unreachable`: it takes nothing · `picky`: it takes all but that the collector is silent; of
 * the end of that it hears · `closedUntil`: it takes nothing before a time, and says so.
 */
export type Mood = 'open' | 'hiccup' | 'busy' | 'unreachable' | 'picky' | { closedUntil: Date }

const MINUTE_MS = 60_000

const FAULTS: Record<Trouble, Fault> = {
  denied: { answer: { kind: 'error', status: 403 } },
  down: { answer: { kind: 'error', status: 503 } },
  reset: { delivery: { breaks: 'reset-before-headers' } },
  hangs: { delivery: { breaks: 'hang-before-headers' } },
  'says nobody': { answer: { kind: 'raw', body: '{"value":[]}' } },
  'leaves half out': { answer: { kind: 'value', edit: 'omit' } },
}

export function createWeek(seed: number): Week {
  const random = createRandom(mixSeeds(seed, 'week'))
  const marks = createMarks(random)
  const estate = createWeekEstate(random, marks)
  const slots = Array.from({ length: SLOTS }, (_, index): SlotPlan => ({
    at: slotTime(index),
    hasRun: true,
    troubles: new Map(),
    compacts: marks.compactions.includes(index),
    watches: [],
  }))
  for (const { first, count } of [marks.silence, marks.pause, marks.skip]) {
    for (const slot of slots.slice(first, first + count)) slot.hasRun = false
  }
  for (const [position, host] of estate.hosts.entries()) {
    placeTroubles(random, slots, host, marks, position)
  }
  placeWatches(random, slots, marks)
  return { estate, slots, faults: faultsOf(slots) }
}

/** Those that must be, and some more where nothing else is. */
function placeTroubles(
  random: Random,
  slots: readonly SlotPlan[],
  { hostId }: EstateHost,
  { hosts, silence }: Marks,
  position: number,
): void {
  const place = (trouble: Trouble, index: number) => {
    const troubles = slots[index]?.troubles
    if (!troubles?.has(hostId)) troubles?.set(hostId, trouble)
  }
  for (const [trouble, { first, count }] of hosts[position] ?? []) {
    for (let index = first; index < first + count; index += 1) place(trouble, index)
  }
  const isMarked = (index: number) =>
    index >= silence.first - 3 && index < silence.first + silence.count + 4
  for (let first = 5 + random.below(20); first < SLOTS - 8; first += 8 + random.below(24)) {
    const isLie = random.chance(0.4)
    const count = isLie ? 1 : random.pick([1, 1, 2, 3, 4, 6])
    const trouble = random.pick<Trouble>(
      isLie ? ['says nobody', 'leaves half out'] : ['denied', 'down', 'reset'],
    )
    for (let index = first; index < first + count; index += 1) {
      if (!isMarked(index)) place(trouble, index)
    }
  }
}

function placeWatches(random: Random, slots: SlotPlan[], { silence, pause }: Marks): void {
  const after = silence.first + silence.count
  const minutesOf = (index: number): number[] => {
    if (index >= silence.first - 1 && index < silence.first + 3) return []
    // When the silence is noticed, and when it is over: twice, closer than a watch claims its notices.
    if (index === silence.first + 3) return [5]
    if (index === after) return [5, 7]
    // Exactly three intervals after the last run.
    if (index === pause.first + 2) return [0, 35]
    if (index === pause.first + 4 || index >= SLOTS - 6) return [5]
    return random.pick([[5], [5], [5], [5], [5], [5], [0], [0, 35], [5, 20], [], [], [], []])
  }
  for (const [index, slot] of slots.entries()) {
    slot.watches = minutesOf(index).map((minutes) => ({
      at: new Date(slot.at.getTime() + minutes * MINUTE_MS),
      mood: 'open',
    }))
  }
  const watchesOf = (first: number, end: number) =>
    slots.slice(first, end).flatMap((slot) => slot.watches)
  // At the end everything has arrived.
  placeMoods(random, watchesOf(0, after))
  placeMoods(random, watchesOf(after + 1, pause.first))
  placeMoods(random, watchesOf(pause.first + 5, SLOTS - 6))
  for (const one of watchesOf(after, after + 1).slice(0, 1)) one.mood = 'unreachable'
  for (const one of watchesOf(pause.first + 2, pause.first + 5)) one.mood = 'picky'
}

/** It is open first and last. */
function placeMoods(random: Random, watches: readonly WatchPlan[]): void {
  let next = 3 + random.below(4)
  for (let watch = watches[next]; watch; watch = watches[next]) {
    const closedUntil = new Date(watch.at.getTime() + (1 + random.below(5)) * 42 * MINUTE_MS)
    const mood = random.pick<Mood>([
      'hiccup',
      'busy',
      'unreachable',
      { closedUntil },
      { closedUntil },
    ])
    const some =
      typeof mood === 'string'
        ? watches.slice(next, next + 1 + random.below(3))
        : watches.slice(next).filter(({ at }) => at < closedUntil)
    next += some.length + 2 + random.below(5)
    if (some.at(-1) === watches.at(-1)) return
    for (const one of some) one.mood = mood
  }
}

function faultsOf(slots: readonly SlotPlan[]): Fault[] {
  return slots.flatMap(({ at, troubles }) =>
    [...troubles].map(([host, trouble]): Fault => ({
      ...FAULTS[trouble],
      request: 'sessions',
      host,
      from: at,
      to: new Date(at.getTime() + HOUR_MS),
    })),
  )
}
