/**
 * The question of `sessions` without `--at`: which sessions there were or are.
 *
 * A session that is not over is taken to be on until it was last seen, and one that is over until
 * the later of its end's two bounds: rather a session too many than one too few.
 */

import type { Asking } from './asking.ts'
import { createValues, namedSessions, type SessionNames, type Values } from './session-filter.ts'

export interface ListedSessions extends SessionNames {
  active: boolean
  /** At least so long. */
  longerThanMs: number | null
  from: Date | undefined
  to: Date | undefined
  limit: number | null
}

/** From when its time counts: from Azure's start, unless that is later than the first snapshot. */
export const BEGAN_AT =
  'CASE WHEN started_at <= first_seen_at THEN started_at ELSE first_seen_at END'

export function listQuestion(wanted: ListedSessions, now: Date): Asking {
  const values = createValues()
  const conditions = conditionsOf(wanted, now, values)
  if (wanted.active) conditions.unshift("state = 'active'")
  const where = conditions.length > 0 ? ` WHERE ${conditions.join(' AND ')}` : ''
  const most = wanted.limit === null ? '' : ` LIMIT ${wanted.limit}`
  return {
    sql: `FROM sessions${where} ORDER BY first_seen_at DESC, host_id, session_id${most}`,
    parameters: values.all,
  }
}

/**
 * What `--active` leaves out: sessions that may still be on, and hosts of which that is not known.
 * One row: `ending`, `unknown`, `hosts_unread`, `hosts`.
 */
export function doubtQuestion(wanted: ListedSessions, now: Date): Asking {
  const values = createValues()
  const conditions = ["state IN ('ending', 'unknown')", ...conditionsOf(wanted, now, values)]
  return {
    sql: `
      SELECT ending, unknown, hosts_unread, hosts FROM (
        SELECT count(*) FILTER (state = 'ending') AS ending,
          count(*) FILTER (state = 'unknown') AS unknown
        FROM sessions WHERE ${conditions.join(' AND ')}
      ), (
        SELECT count(*) FILTER (outcome NOT IN ('ok', 'skipped_unsupported')) AS hosts_unread,
          count(*) AS hosts
        FROM latest_polls
      )`,
    parameters: values.all,
  }
}

function conditionsOf(wanted: ListedSessions, now: Date, values: Values): string[] {
  const { longerThanMs, from, to } = wanted
  const conditions = namedSessions(wanted, values)
  if (longerThanMs !== null) conditions.push(isLonger(longerThanMs, now, values))
  if (from) {
    conditions.push(`coalesce(ended_before, last_seen_at) >= ${time(from, values)}`)
  }
  if (to) conditions.push(`${BEGAN_AT} < ${time(to, values)}`)
  return conditions
}

/** How long after it was last seen a session that is on is taken to go on. */
export const GOES_ON_MINS = 15

/**
 * One that is on counts until now, or where the ledger is old, a little beyond its last sight. Any
 * other counts as long as it certainly lasted.
 */
function isLonger(longerThanMs: number, now: Date, values: Values): string {
  const until = `least(${time(now, values)}, last_seen_at + INTERVAL ${GOES_ON_MINS} MINUTES)`
  const ms = values.bind(longerThanMs)
  return `CASE WHEN state = 'active' THEN epoch_ms(${until}) - epoch_ms(${BEGAN_AT}) >= ${ms}
    ELSE duration_mins_min * 60000 >= ${ms} END`
}

function time(at: Date, values: Values): string {
  return `${values.bind(at.toISOString())}::TIMESTAMPTZ`
}
