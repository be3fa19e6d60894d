/**
 * What can be known of a week at a moment, by the definition, in plain loops: what every host said
 * until then, which sessions are on as far as that goes, and so what each rule has to find.
 */

import type { EstateHost, EstateSession } from '../../src/simulator/estate.ts'
import { isFailure, type Trouble } from './week-marks.ts'
import type { Week } from './week-plan.ts'

const MINUTE_MS = 60_000
/** What is older than three intervals proves nothing any more. */
const OLD_MS = 3 * 60 * MINUTE_MS
const LONG_MINS = 6 * 60

/** One host asked in one run; null where it gave no list. */
interface Poll {
  atMs: number
  shown: EstateSession[] | null
}

/** A session as its host's answers make it out. */
export interface Sighted {
  session: EstateSession
  firstMs: number
  lastMs: number
  /** From when it counts: its start, where Azure says it. */
  fromMs: number
  /** The polls since then that gave a list without it. Two end it. */
  absentMs: number[]
}

/** What an alert is about. */
export interface Subject {
  hostId: string | null
  sighted: Sighted | null
}

export interface Known {
  nowMs: number
  /** Ids of the hosts that cannot be read. */
  unread: Set<string>
  /** Ids of the hosts that are there. */
  listed: Set<string>
  /** What is found, by rule and subject. */
  findings: Map<string, { rule: string; subject: Subject }>
}

/** What is known then. */
export function knownAt(week: Week, now: Date): Known {
  const nowMs = now.getTime()
  const runs = week.slots.filter(({ at, hasRun }) => hasRun && at <= now)
  const newestMs = runs.at(-1)?.at.getTime() ?? Number.NaN
  const known: Known = { nowMs, unread: new Set(), listed: new Set(), findings: new Map() }
  const find = (rule: string, subject: Subject) =>
    known.findings.set(keyOf(rule, subject), { rule, subject })
  if (newestMs < nowMs - OLD_MS) find('collector-silent', { hostId: null, sighted: null })
  for (const host of week.estate.hosts) {
    const { hostId } = host
    const polls = runs.flatMap(({ at, troubles }) => pollOf(week, host, at, troubles.get(hostId)))
    const latest = polls.at(-1)
    // Every run lists all subscriptions.
    if (!latest || latest.atMs !== newestMs) continue
    known.listed.add(hostId)
    if (latest.shown === null || latest.atMs < nowMs - OLD_MS) known.unread.add(hostId)
    const provenMs = polls.findLast(({ shown }) => shown !== null)?.atMs ?? polls[0]?.atMs
    if (provenMs !== undefined && provenMs < nowMs - OLD_MS) {
      find('coverage-lost', { hostId, sighted: null })
    }
    if (latest.shown === null) continue
    for (const sighted of sightedIn(polls).filter(({ absentMs }) => absentMs.length < 2)) {
      const mins = Math.floor((sighted.lastMs - sighted.fromMs) / MINUTE_MS)
      find('lasting', { hostId, sighted })
      // It is about sessions that the latest answer has.
      if (sighted.absentMs.length === 0) find('lingering', { hostId, sighted })
      if (mins >= LONG_MINS) find('long-session', { hostId, sighted })
      if (mins >= 3 * LONG_MINS) find('very-long-session', { hostId, sighted })
    }
  }
  return known
}

/** How a host's session came to its end until then; null where it did not. */
export function endAt(
  week: Week,
  now: Date,
  { hostId, sighted }: Subject,
): { afterMs: number; beforeMs: number } | null {
  const host = week.estate.findHost(hostId ?? '')
  if (!host || !sighted) return null
  const polls = week.slots
    .filter(({ at, hasRun }) => hasRun && at <= now)
    .flatMap(({ at, troubles }) => pollOf(week, host, at, troubles.get(host.hostId)))
  const same = sightedIn(polls).find(
    ({ session, firstMs }) => session === sighted.session && firstMs === sighted.firstMs,
  )
  const [beforeMs, second] = same?.absentMs ?? []
  return same && beforeMs !== undefined && second !== undefined
    ? { afterMs: same.lastMs, beforeMs }
    : null
}

/** A rule and what tells its alerts apart. */
export function keyOf(rule: string, { hostId, sighted }: Subject): string {
  const parts = [rule, hostId?.split('/').at(-1)]
  if (sighted) parts.push(sighted.session.sessionId, new Date(sighted.firstMs).toISOString())
  return parts.filter((part) => part !== undefined).join(' ')
}

function pollOf(
  { estate }: Week,
  { hostId }: EstateHost,
  at: Date,
  trouble: Trouble | undefined,
): Poll[] {
  if (!estate.hostsAt(at).some((host) => host.hostId === hostId)) return []
  const atMs = at.getTime()
  if (isFailure(trouble)) return [{ atMs, shown: null }]
  const all = estate.sessionsAt(hostId, at)
  if (trouble === 'says nobody') return [{ atMs, shown: [] }]
  // As the simulator leaves out every second one.
  const half = all.filter((_, index) => index % 2 === 1)
  return [{ atMs, shown: trouble === 'leaves half out' ? half : all }]
}

/** Every session that these polls of one host saw, again where it came back after its end. */
function sightedIn(polls: readonly Poll[]): Sighted[] {
  const all: Sighted[] = []
  const open = new Map<EstateSession, Sighted>()
  for (const { atMs, shown } of polls) {
    if (shown === null) continue
    for (const session of shown) {
      const known = open.get(session)
      if (known) Object.assign(known, { lastMs: atMs, absentMs: [] })
      else {
        const isTold = session.startTimeForm !== 'none'
        const fromMs = isTold ? session.startAt.getTime() : atMs
        const one = { session, firstMs: atMs, lastMs: atMs, fromMs, absentMs: [] }
        open.set(session, one)
        all.push(one)
      }
    }
    for (const [session, one] of open) {
      if (shown.includes(session)) continue
      one.absentMs.push(atMs)
      if (one.absentMs.length === 2) open.delete(session)
    }
  }
  return all
}
