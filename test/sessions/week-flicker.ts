/**
 * Which answers had which sessions: those at whose moment they were on, but for flicker.
 *
 * Once in a while Azure leaves a session out of an answer although it goes on; rarely out of two in a
 * row. By the definition two absences end it, and what comes back is another one: so it is two in
 * the truth as well, the first until it was left out, the second from when it was back.
 */

import type { Random } from '../../src/simulator/random.ts'
import { isWithin, type Asking } from './week-polls.ts'
import type { TrueSession } from './week-sessions.ts'

/** Fills in `seen`, splitting sessions where two answers in a row leave them out. */
export function withFlicker(
  random: Random,
  askings: readonly Asking[],
  sessions: readonly TrueSession[],
): TrueSession[] {
  const ok = askings.filter(({ outcome }) => outcome === 'ok')
  return sessions.flatMap((session) => withFlickerOf(random, ok, session))
}

function withFlickerOf(random: Random, ok: readonly Asking[], session: TrueSession): TrueSession[] {
  const isOn = ok.map(({ momentMs }) => isWithin(momentMs, session))
  const goesOn = (from: number, to: number) =>
    isOn.slice(from, to + 1).every(Boolean) && to < ok.length && from >= 0
  const isAlone = (at: number) => ok[at]?.isAlone === true
  const parts: TrueSession[] = [{ ...session, seen: [] }]
  let resumesAt = 0
  for (const [at, asking] of ok.entries()) {
    const part = parts.at(-1)
    if (!part || !isOn[at] || at < resumesAt) continue
    // Never at the edge of what was seen: an absence before the true end is one with the end.
    const isInside = part.seen.at(-1) === ok[at - 1] && isAlone(at) && part.seen.length > 0
    if (isInside && isAlone(at + 1) && goesOn(at - 1, at + 2) && random.chance(0.006)) {
      part.toMs = asking.momentMs
      const back = ok[at + 2]?.momentMs ?? NaN
      parts.push({ ...session, fromMs: back, seen: [] })
      resumesAt = at + 2
    } else if (isInside && goesOn(at - 1, at + 1) && random.chance(0.02)) {
      resumesAt = at + 1
    } else {
      part.seen.push(asking)
    }
  }
  return parts
}
