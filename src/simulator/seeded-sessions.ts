/**
 * Seeded sessions: who is connected when, as a pure function of the seed, the host and the time.
 *
 * The working day of the host's region gives the rhythm; most sessions last minutes to hours, a
 * few outlast a day. Nothing is kept but the intervals of one day a host, so that ten thousand
 * hosts cost little, and any moment can be asked for in any order.
 */

import type { EstateHost, EstateSession, SessionSource } from './estate.ts'
import { REGIONS } from './estate-names.ts'
import { createRandom, mixSeeds, type Random } from './random.ts'
import { describeSession } from './session-details.ts'

const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000
const LONGEST_MS = 60 * HOUR_MS
// A day's sessions begin within the region's local day: up to 14 hours before or after the UTC day.
const ZONE_MS = 14 * HOUR_MS

interface Interval {
  startMs: number
  endMs: number
  day: number
  position: number
}

export interface SeededSessionsOptions {
  seed: number
  /** Mean number of sessions that begin on a Standard host on a working day. */
  perHostDay: number
}

/** Makes the sessions of all hosts of a seeded estate. */
export function createSeededSessions({ seed, perHostDay }: SeededSessionsOptions): SessionSource {
  const today = new Map<string, { day: number; intervals: Float64Array }>()

  function intervalsBetween(host: EstateHost, fromMs: number, toMs: number): Interval[] {
    const hostSeed = mixSeeds(seed, 'sessions', host.hostId)
    const first = Math.floor((fromMs - LONGEST_MS - ZONE_MS) / DAY_MS)
    const last = Math.floor((toMs + ZONE_MS) / DAY_MS)
    const found: Interval[] = []
    for (let day = first; day <= last; day++) {
      for (const interval of dayIntervals(host, hostSeed, day, perHostDay)) {
        if (interval.startMs < toMs && interval.endMs > fromMs) found.push(interval)
      }
    }
    return found.toSorted((a, b) => a.startMs - b.startMs)
  }

  return {
    between: (host, fromMs, toMs) =>
      intervalsBetween(host, fromMs, toMs).map((interval) => describe(seed, host, interval)),
    at(host, atMs) {
      const day = Math.floor(atMs / DAY_MS)
      let known = today.get(host.hostId)
      if (known?.day !== day) {
        const intervals = intervalsBetween(host, day * DAY_MS, (day + 1) * DAY_MS)
        known = { day, intervals: pack(intervals) }
        today.set(host.hostId, known)
      }
      return unpackAt(known.intervals, atMs).map((interval) => describe(seed, host, interval))
    },
  }
}

function dayIntervals(
  host: EstateHost,
  hostSeed: number,
  day: number,
  perHostDay: number,
): Interval[] {
  const random = createRandom(mixSeeds(hostSeed, day))
  const count = random.below(Math.round(2 * perHostDay * activity(host, day)) + 1)
  const midnightMs = day * DAY_MS - utcOffsetHours(host) * HOUR_MS
  const createdMs = host.createdAt?.getTime() ?? Number.NEGATIVE_INFINITY
  const deletedMs = host.deletedAt?.getTime() ?? Number.POSITIVE_INFINITY
  const intervals: Interval[] = []
  for (let position = 0; position < count; position++) {
    // Whole seconds, so that every way to write the start says the same.
    const startMs = midnightMs + Math.floor(localHour(random) * 3600) * 1000
    const endMs = Math.min(startMs + durationMs(random), deletedMs)
    if (startMs >= createdMs && startMs < endMs) intervals.push({ startMs, endMs, day, position })
  }
  return intervals
}

/** How busy a host is, against a Standard one on a working day. */
function activity({ sku, scaleUnits }: EstateHost, day: number): number {
  // 1 January 1970 was a Thursday.
  const weekday = (((day + 4) % 7) + 7) % 7
  const rhythm = weekday === 0 || weekday === 6 ? 0.15 : 1
  const size = { Developer: 0.2, Basic: 0.6, Standard: 1, Premium: 1.3 }[sku]
  return rhythm * size * (scaleUnits / 2)
}

/** Mostly nine to five; one in seven at any hour. */
function localHour(random: Random): number {
  return random.chance(0.15)
    ? random.next() * 24
    : 6 + ((random.next() + random.next() + random.next()) / 3) * 13
}

function durationMs(random: Random): number {
  const [kind, share, tail] = [random.next(), random.next(), random.next()]
  if (kind < 0.55) return Math.floor((2 + share * 43) * 60_000)
  if (kind < 0.85) return Math.floor((0.75 + share * 3.25) * HOUR_MS)
  if (kind < 0.97) return Math.floor((4 + share * 6) * HOUR_MS)
  return Math.floor((10 + share * tail * 50) * HOUR_MS)
}

/** How far the people of a host's region are ahead of UTC, in hours. */
function utcOffsetHours({ location }: EstateHost): number {
  const key = location.replaceAll(' ', '').toLowerCase()
  return REGIONS.find((region) => region.location === key)?.utcOffsetHours ?? 0
}

function describe(seed: number, host: EstateHost, interval: Interval): EstateSession {
  const { startMs, endMs, day, position } = interval
  return describeSession(host, { seed, day, position, startMs, endMs })
}

// Four numbers an interval: ten thousand hosts keep a day's intervals in a few megabytes.
function pack(intervals: readonly Interval[]): Float64Array {
  return Float64Array.from(
    intervals.flatMap(({ startMs, endMs, day, position }) => [startMs, endMs, day, position]),
  )
}

function unpackAt(packed: Float64Array, atMs: number): Interval[] {
  const found: Interval[] = []
  for (let at = 0; at < packed.length; at += 4) {
    const [startMs = 0, endMs = 0, day = 0, position = 0] = packed.subarray(at, at + 4)
    if (startMs <= atMs && atMs < endMs) found.push({ startMs, endMs, day, position })
  }
  return found
}
