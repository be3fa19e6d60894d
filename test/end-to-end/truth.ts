/**
 * The truth: which rows a host's answer must have become, worked out from the estate itself and
 * not from anything that the ledger read.
 */

import type { Answer } from '../../src/simulator/answer.ts'
import type { Estate, EstateHost, EstateSession } from '../../src/simulator/estate.ts'
import { sessionJson } from '../../src/simulator/wire-json.ts'
import type { StoredRow, StoredRun } from './stored.ts'

export interface Truth {
  estate: Estate
  /** Sessions that may begin or end while a host is asked, by host (default none do). */
  changing?: ReadonlyMap<string, readonly EstateSession[]>
  /** How a host answers: some forms add fields (default: none). */
  answerOf?: (host: EstateHost) => Answer
  /** How far the collector's clock may be from the estate's (default not at all). */
  skewMs?: number
}

/** All sessions of some time, by host: for `changing`. */
export function sessionsByHost(estate: Estate, from: Date, to: Date): Map<string, EstateSession[]> {
  return Map.groupBy(estate.sessionsBetween(from, to), ({ hostId }) => hostId)
}

/**
 * What of a run is not as its record says, or not true; empty for a run that is whole and true.
 *
 * Every `ok` poll must have exactly the sessions that were on at some moment between its request
 * and its answer, and every other poll none, and a reason.
 */
export function problemsOf(run: StoredRun, truth: Truth): string[] {
  const snapshots = Map.groupBy(run.snapshots, (row) => row['host_id'])
  const polled = new Set(run.polls.map((poll) => poll['host_id']))
  const strays = run.snapshots.filter((row) => !polled.has(row['host_id']))
  const problems = run.polls.flatMap((poll) => {
    const problem = problemOf(poll, snapshots.get(poll['host_id']) ?? [], truth)
    return problem === null
      ? []
      : [`${run.record.run_id}: ${String(poll['host_name'])}: ${problem}`]
  })
  if (polled.size < run.polls.length) problems.push(`${run.record.run_id}: a host has two polls`)
  if (strays.length > 0) problems.push(`${run.record.run_id}: snapshots without a poll`)
  return [...run.problems, ...problems]
}

function problemOf(poll: StoredRow, snapshots: readonly StoredRow[], truth: Truth): string | null {
  const lie = hostLieOf(poll, truth.estate)
  if (lie !== null) return lie
  if (poll['outcome'] === 'ok') return lieOf(poll, snapshots, truth)
  if (snapshots.length > 0 || poll['session_count'] !== null) {
    return `it is ${String(poll['outcome'])}, and has sessions`
  }
  return typeof poll['error_code'] === 'string' ? null : 'it does not say why'
}

function lieOf(
  poll: StoredRow,
  snapshots: readonly StoredRow[],
  { estate, changing, answerOf, skewMs = 0 }: Truth,
): string | null {
  const host = estate.findHost(String(poll['host_id']))
  const { requested_at: from, observed_at: to } = poll
  if (host === undefined) return 'there is no such host'
  if (!(from instanceof Date && to instanceof Date && from <= to)) return 'its times are wrong'
  if (poll['session_count'] !== snapshots.length) return 'it counts other sessions than it has'
  const answer = answerOf?.(host)
  const added = answer && 'edit' in answer && answer.edit === 'extra-fields' ? ADDED : {}
  const told = snapshots.map(comparable)
  const moments = [
    from,
    ...(changing?.get(host.hostId) ?? []).flatMap(({ startAt, endAt }) => [startAt, endAt]),
  ].filter((at) => at >= from && at <= to)
  const due = moments.map((at) => {
    const sessions = estate.sessionsAt(host.hostId, at)
    return sessions.map((session) => comparable(trueRow(session, at, poll, added)))
  })
  if (due.some((rows) => isSame(rows.toSorted(), told.toSorted()))) {
    const sessions = [from, to].flatMap((at) => estate.sessionsAt(host.hostId, at))
    sessions.push(...(changing?.get(host.hostId) ?? []).filter(({ startAt }) => startAt <= to))
    const [earliest, latest] = [new Date(+from - skewMs), new Date(+to + skewMs)]
    const wrong = snapshots.find((row) => !hasLasted(row, sessions, earliest, latest))
    return wrong ? `a session has lasted ${String(wrong['session_duration_mins'])} minutes` : null
  }
  return differenceOf(told, due[0] ?? [])
}

function differenceOf(told: readonly string[], due: readonly string[]): string {
  const [made] = told.filter((row) => !due.includes(row))
  const [missing] = due.filter((row) => !told.includes(row))
  return [
    `it has ${told.length} sessions for ${due.length}`,
    `  not true: ${made?.slice(0, 1000) ?? 'none'}`,
    `  missing: ${missing?.slice(0, 1000) ?? 'none'}`,
  ].join('\n')
}

/** What the answer `extra-fields` adds to every session. */
const ADDED = { recordingState: 'On', policy: { id: 7, tags: ['a'] } }

/** Columns that a snapshot shares with its poll. */
const SHARED = [
  'run_id',
  'requested_at',
  'observed_at',
  'subscription_id',
  'resource_group',
  'host_id',
  'host_name',
  'host_location',
]

function trueRow(session: EstateSession, at: Date, poll: StoredRow, added: object): StoredRow {
  const wire = new Map<string, unknown>(Object.entries(sessionJson(session, at)))
  const [, , subscription = '', , resourceGroup = ''] = session.targetResourceId.split('/')
  const raw = wire.get('startTime')
  const extra = { ...session.extra, ...added }
  return {
    ...Object.fromEntries(SHARED.map((name) => [name, poll[name] ?? null])),
    session_id: session.sessionId,
    user_name: session.userName.trim() === '' ? null : session.userName,
    protocol: session.protocol,
    target_resource_id: session.targetResourceId.toLowerCase(),
    target_host_name: session.targetHostName,
    target_ip_address: session.targetIpAddress,
    target_subscription_id: subscription.toLowerCase(),
    target_resource_group: resourceGroup,
    resource_type: session.resourceType,
    started_at: session.startTimeForm === 'none' ? null : session.startAt,
    start_time_raw: typeof raw === 'number' ? `${raw}` : (raw ?? null),
    extra: Object.keys(extra).length === 0 ? null : JSON.stringify(extra),
  }
}

/** All of a row but how long the session has lasted, which depends on the moment. */
function comparable(row: StoredRow): string {
  const { extra } = row
  const known = Object.entries(row).filter(([name]) => !UNCOMPARED.has(name))
  return JSON.stringify({
    ...sorted(known),
    extra: typeof extra === 'string' ? sorted(Object.entries(JSON.parse(extra))) : null,
  })
}

const UNCOMPARED = new Set(['session_duration_mins', 'extra'])

function sorted(entries: readonly [string, unknown][]): Record<string, unknown> {
  return Object.fromEntries(entries.toSorted(([one], [other]) => (one < other ? -1 : 1)))
}

function hasLasted(
  row: StoredRow,
  sessions: readonly EstateSession[],
  from: Date,
  to: Date,
): boolean {
  const mins = Number(row['session_duration_mins'] ?? NaN)
  return sessions.some(
    (session) =>
      session.sessionId === row['session_id'] &&
      mins >= minsAt(session, from) &&
      mins <= minsAt(session, to),
  )
}

function minsAt({ startAt }: EstateSession, at: Date): number {
  return Math.floor((at.getTime() - startAt.getTime()) / 60_000)
}

/** Why a poll's row does not describe its host as the estate does; null where it does. */
function hostLieOf(poll: StoredRow, estate: Estate): string | null {
  const host = estate.findHost(String(poll['host_id']))
  if (host === undefined) return 'there is no such host'
  const developer = host.sku === 'Developer'
  const due = {
    host_id: host.hostId,
    subscription_id: host.subscriptionId,
    resource_group: host.resourceGroup,
    host_name: host.name,
    host_location: host.location,
    sku: host.sku,
    scale_units: developer ? null : host.scaleUnits,
    provisioning_state: 'Succeeded',
    features: JSON.stringify(developer ? {} : host.features),
    tags: JSON.stringify(host.tags),
  }
  const told = Object.fromEntries(Object.keys(due).map((name) => [name, poll[name] ?? null]))
  if (isSame(due, told)) return null
  return `it describes ${JSON.stringify(told)}, which is ${JSON.stringify(due)}`
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}
