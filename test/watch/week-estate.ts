/**
 * The estate of a week: four hosts in two subscriptions, of which one is deleted and one appears,
 * with sessions from minutes to more than a day.
 */

import { createEstateByHand } from '../../src/simulator/estate-by-hand.ts'
import type { Estate, StartTimeForm } from '../../src/simulator/estate.ts'
import type { Random } from '../../src/simulator/random.ts'
import type { Marks } from './week-marks.ts'

export const HOUR_MS = 3_600_000
/** One an hour, for seven days. */
export const SLOTS = 168

const FROM_MS = Date.parse('2026-11-23T00:00:00Z')

/** When a slot is. */
export function slotTime(index: number): Date {
  return new Date(FROM_MS + index * HOUR_MS)
}

export function createWeekEstate(random: Random, marks: Marks): Estate {
  const { silence, deletedAfter, createdBefore } = marks
  const hosts = ['bas-a', 'bas-b', 'bas-c', 'bas-d'].map((name, position) => ({
    name,
    createdAt: position === 3 ? halfPast(createdBefore - 1) : null,
    deletedAt: position === 2 ? halfPast(deletedAfter) : null,
    sessions: [
      ...lasting(slotTime(position === 3 ? createdBefore : 2).getTime()),
      ...lasting(slotTime(deletedAfter - 26).getTime()),
      // First seen by the last run before a silence, which nobody watched.
      {
        startAt: new Date(slotTime(silence.first - 2).getTime() + 1000),
        endAt: slotTime(silence.first + 30),
      },
      ...createSessions(random, name),
    ],
  }))
  const [one, two] = [hosts.slice(0, 2), hosts.slice(2)]
  return createEstateByHand([{ hosts: one }, { hosts: two }])
}

function halfPast(index: number): Date {
  return new Date(slotTime(index).getTime() + HOUR_MS / 2)
}

/** Two that last beyond all limits, one of which began on the minute that its limits end on. */
function lasting(startMs: number) {
  return [0, 1000].map((afterMs) => ({
    startAt: new Date(startMs + afterMs),
    endAt: new Date(startMs + 33 * HOUR_MS),
  }))
}

function createSessions(random: Random, name: string) {
  const count = 12 + random.below(8)
  return Array.from({ length: count }, (_, position) => {
    const hour = slotTime(random.below(SLOTS)).getTime()
    const startMs = hour + random.pick([0, 1000, 59_000, random.below(3600) * 1000])
    const lastsMs = random.pick([1, 3, 5, 8, 12, 26]) * HOUR_MS * (0.5 + random.next())
    return {
      sessionId: `${name}-${position}`,
      startAt: new Date(startMs),
      endAt: new Date(startMs + Math.floor(lastsMs / 1000) * 1000),
      startTimeForm: random.pick<StartTimeForm>(['iso', 'offset', 'short-date', 'none', 'iso']),
    }
  })
}
