/** What a ledger can know of true sessions: those that were seen, from when to when. No SQL. */

import type { EstateSession } from '../../src/simulator/estate.ts'
import type { DemoPoll } from './demo-ledger.ts'

/** An answer is complete one second after its request. */
const ANSWERED_MS = 1000

export interface Seen {
  session: EstateSession
  /** null where Azure leaves it blank. */
  user: string | null
  startMs: number
  endMs: number
  /** When its host first answered with it. */
  first: Date
  /** Until when it was certainly on: the request of its last poll where it is over, else the answer. */
  last: Date
}

/** @param polls Slot by slot. */
export function seenSessions(polls: readonly DemoPoll[]): Seen[] {
  const ok = polls.flatMap(({ host, at, sessions }) => (sessions ? [{ host, at, sessions }] : []))
  return [...Map.groupBy(ok, ({ host }) => host.hostId).values()].flatMap((asked) => {
    const sightings = asked.flatMap(({ at, sessions }, index) =>
      sessions.map((session) => ({ session, at, index })),
    )
    return [...Map.groupBy(sightings, ({ session }) => keyOf(session)).values()].flatMap((some) => {
      const [first, last] = [some[0], some.at(-1)]
      if (!first || !last) return []
      const isOver = asked.length - 1 - last.index >= 2
      const { session } = first
      return {
        session,
        user: session.userName.trim() === '' ? null : session.userName,
        startMs: session.startAt.getTime(),
        endMs: session.endAt.getTime(),
        first: new Date(first.at.getTime() + ANSWERED_MS),
        last: isOver ? last.at : new Date(last.at.getTime() + ANSWERED_MS),
      }
    })
  })
}

function keyOf({ sessionId, startAt }: EstateSession): string {
  return `${sessionId} ${startAt.toISOString()}`
}
