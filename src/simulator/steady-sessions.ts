/**
 * Steady sessions: the same number on every host at every moment, for measurements.
 *
 * A host has so many lines of sessions, each following the last without a pause.
 */

import type { EstateHost, EstateSession, SessionSource } from './estate.ts'
import { createRandom, mixSeeds } from './random.ts'
import { describeSession } from './session-details.ts'

const HOUR_MS = 3_600_000

/** Makes `perHost` sessions on every host at any moment of its life. */
export function createSteadySessions({
  seed,
  perHost,
}: {
  seed: number
  perHost: number
}): SessionSource {
  function between(host: EstateHost, fromMs: number, toMs: number): EstateSession[] {
    const found: EstateSession[] = []
    for (let line = 0; line < perHost; line++) {
      const random = createRandom(mixSeeds(seed, host.hostId, 'line', line))
      const lengthMs = HOUR_MS + random.below(40_000) * 1000
      const shiftMs = random.below(lengthMs / 1000) * 1000
      const last = Math.floor((toMs - 1 - shiftMs) / lengthMs)
      for (let turn = Math.floor((fromMs - shiftMs) / lengthMs); turn <= last; turn++) {
        const startMs = Math.max(shiftMs + turn * lengthMs, host.createdAt?.getTime() ?? 0)
        const endMs = Math.min(
          shiftMs + (turn + 1) * lengthMs,
          host.deletedAt?.getTime() ?? Number.POSITIVE_INFINITY,
        )
        if (startMs < endMs && startMs < toMs && endMs > fromMs) {
          found.push(describeSession(host, { seed, day: turn, position: line, startMs, endMs }))
        }
      }
    }
    return found.toSorted((a, b) => a.startAt.getTime() - b.startAt.getTime())
  }
  return { between, at: (host, atMs) => between(host, atMs, atMs + 1) }
}
