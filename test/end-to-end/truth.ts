/**
 * The truth: which rows a host's answer must have become, worked out from the estate itself and
 * not from anything that the ledger read.
 */

import type { Answer } from '../../src/simulator/answer.ts'
import type { Estate, EstateHost, EstateSession } from '../../src/simulator/estate.ts'
import { sessionJson } from '../../src/simulator/wire-json.ts'
import type { StoredRow } from './stored.ts'

export interface Truth {
  estate: Estate
  /** Sessions that may begin or end while a host is asked, by host (default none do). */
  changing?: ReadonlyMap<string, readonly EstateSession[]>
  /** How a host answers: some forms add fields (default: none). */
  answerOf?: (host: EstateHost) => Answer
}

/** All sessions of some time, by host: for `changing`. */
export function sessionsByHost(estate: Estate, from: Date, to: Date): Map<string, EstateSession[]> {
  return Map.groupBy(estate.sessionsBetween(from, to), ({ hostId }) => hostId)
}

/**
 * Why the snapshots of an `ok` poll are not exactly the sessions that were on at some moment
 * between its request and its answer; null where they are.
 */
export function lieOf(
  poll: StoredRow,
  snapshots: readonly StoredRow[],
  { estate, changing, answerOf }: Truth,
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
    const wrong = snapshots.find((row) => !hasLasted(row, sessions, from, to))
    return wrong ? `a session has lasted ${String(wrong['session_duration_mins'])} minutes` : null
  }
  return `it tells\n  ${told.join('\n  ')}\nbut was asked when there were\n  ${due[0]?.join('\n  ')}`
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
  const wire = new Map(Object.entries(sessionJson(session, at)))
  const [, , subscription = '', , resourceGroup = ''] = session.targetResourceId.split('/')
  const raw: unknown = wire.get('startTime')
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
    start_time_raw: raw === undefined ? null : String(raw),
    extra: Object.keys(extra).length === 0 ? null : JSON.stringify(extra),
  }
}

/** All of a row but how long the session has lasted, which depends on the moment. */
function comparable({ session_duration_mins: _, extra, ...rest }: StoredRow): string {
  const fields = typeof extra === 'string' ? Object.entries<unknown>(JSON.parse(extra)) : null
  const entries = Object.entries(rest)
  return JSON.stringify([entries.toSorted(byName), fields?.toSorted(byName) ?? null])
}

function byName([one]: [string, unknown], [other]: [string, unknown]): number {
  return one < other ? -1 : 1
}

function hasLasted(
  row: StoredRow,
  sessions: readonly EstateSession[],
  from: Date,
  to: Date,
): boolean {
  const mins = Number(row['session_duration_mins'] ?? NaN)
  const minsAt = (startAt: Date, at: Date) =>
    Math.floor((at.getTime() - startAt.getTime()) / 60_000)
  return sessions.some(
    ({ sessionId, startAt }) =>
      sessionId === row['session_id'] &&
      mins >= minsAt(startAt, from) &&
      mins <= minsAt(startAt, to),
  )
}

/** Why a poll's row does not describe its host as the estate does; null where it does. */
export function hostLieOf(poll: StoredRow, estate: Estate): string | null {
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
