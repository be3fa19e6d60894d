/**
 * Rebuilding sessions from snapshots, in SQL: the same statement for all of history at once, for
 * one closed day with the sessions that were open before it, and for what came since the last one.
 *
 * A session is over when two consecutive `ok` polls of its host lack it. So the `ok` polls of each
 * host are numbered, and a session's snapshots get the numbers of theirs: two numbers that are
 * missing in a row end it. Most sessions miss none, and these are found by counting alone.
 */

import { openSessionColumns } from '../domain/session-columns.ts'

/** Relations, as they can stand after FROM. */
export interface SessionSources {
  /** Rows of `polls`. */
  polls: string
  /** Rows of `snapshots` of the same runs. */
  snapshots: string
  /** Sessions that were open before: rows of `open_sessions`. */
  open: string
  /** What limits the polls to those that are due, by `poll_us`: their place in the order (default: none). */
  where?: string
}

/**
 * A poll's place in the order of polls, in microseconds since 1970: when it was answered, but not
 * before its run's own time, nor more than three days after it. So a clock that was set back does
 * not change the order of days.
 */
const POLL_AT = pollAt('run_us')
const RUN_US = "epoch_us(strptime(left(run_id, 16), '%Y%m%dT%H%M%SZ'))"

function pollAt(runUs: string): string {
  return `least(greatest(epoch_us(observed_at), ${runUs}), ${runUs} + 259200000000)`
}

/** A condition on rows of `polls` or `snapshots`: their place in the order is not before a moment. */
export function answeredFrom(ms: number): string {
  // The first part is true wherever the second is, and spares reading what no row of which can be.
  return `observed_at >= TIMESTAMPTZ '${new Date(ms).toISOString()}' AND ${pollAt(RUN_US)} >= ${ms}000`
}

const KEY = ['host_id', 'session_id', 'started_at']
/** What may be given late, or change: the first value that is not NULL stays. */
const ATTRIBUTES = [
  'subscription_id',
  'resource_group',
  'host_name',
  'host_location',
  'user_name',
  'protocol',
  'target_resource_id',
  'target_host_name',
  'target_ip_address',
  'target_subscription_id',
  'target_resource_group',
  'resource_type',
  'start_time_raw',
]

/** How a run's snapshots of one session become one row; `n` is the number of their poll. */
const SUMMED = `
  ${ATTRIBUTES.map((name) => `arg_min(${name}, n) AS ${name}`).join(', ')},
  arg_min(observed_at, n) AS first_seen_at, arg_min(run_id, n) AS first_run_id,
  min(n) AS first_n, max(n) AS last_n, count(*)::INTEGER AS snapshots`

const either = (name: string) => `coalesce(open.${name}, piece.${name}) AS ${name}`
const unlessSeen = (name: string) => `CASE WHEN last_n IS NULL THEN open.${name} END AS ${name}`

/**
 * All sessions: columns of `open_sessions`, and `is_over`, and `is_host_event`. Of one that is over
 * `absent_at` is when the first of the polls that lacked it was answered.
 */
export function rebuiltSessions({
  polls,
  snapshots,
  open,
  where = 'true',
}: SessionSources): string {
  const key = KEY.join(', ')
  const same = (one: string, other: string) =>
    KEY.map((name) => `${one}.${name} IS NOT DISTINCT FROM ${other}.${name}`).join(' AND ')
  return `
  WITH answered AS MATERIALIZED (
    SELECT host_id, run_id, requested_at, observed_at, session_count FROM ${polls} WHERE outcome = 'ok'
  ), timed AS (
    SELECT run_id, ${RUN_US} AS run_us FROM (SELECT DISTINCT run_id FROM answered)
  ), numbered AS MATERIALIZED (
    SELECT host_id, run_id, requested_at, observed_at, session_count::INTEGER AS sessions,
      row_number() OVER in_order ::INTEGER AS n, lead(observed_at) OVER in_order AS next_at
    FROM answered JOIN timed USING (run_id)
    WHERE ${where.replaceAll('poll_us', POLL_AT)}
    WINDOW in_order AS (PARTITION BY host_id ORDER BY ${POLL_AT}, run_id)
  ), counted AS MATERIALIZED (
    SELECT host_id, max(n) AS polls, arg_min(observed_at, n) AS first_at
    FROM numbered GROUP BY host_id
  ), seen AS NOT MATERIALIZED (
    SELECT seen.*, numbered.n FROM ${snapshots} AS seen JOIN numbered USING (host_id, run_id)
  ), keys AS MATERIALIZED (
    SELECT ${key}, ${SUMMED} FROM seen GROUP BY ${key}
  ), torn AS MATERIALIZED (
    SELECT ${key} FROM keys WHERE last_n - first_n + 1 - snapshots >= 2
  ), torn_seen AS (
    SELECT *, sum(CASE WHEN n - before > 2 THEN 1 ELSE 0 END)
      OVER (PARTITION BY ${key} ORDER BY n) AS part
    FROM (
      SELECT seen.*, lag(n) OVER (PARTITION BY ${KEY.map((name) => `seen.${name}`).join(', ')} ORDER BY n) AS before
      FROM seen JOIN torn ON ${same('seen', 'torn')}
    )
  ), pieces AS (
    SELECT * FROM keys WHERE last_n - first_n + 1 - snapshots < 2
    UNION ALL BY NAME
    SELECT * EXCLUDE (part) FROM (SELECT ${key}, part, ${SUMMED} FROM torn_seen GROUP BY ${key}, part)
  ), joined AS (
    SELECT ${[...KEY, ...ATTRIBUTES, 'first_seen_at', 'first_run_id'].map(either).join(', ')},
      last_n,
      ${['last_seen_at', 'last_run_id', 'last_requested_at', 'last_poll_sessions', 'absent_at'].map(unlessSeen).join(', ')},
      coalesce(open.snapshots, 0) + coalesce(piece.snapshots, 0) AS snapshots,
      coalesce(open.missed_polls, 0) + coalesce(last_n - first_n + 1 - piece.snapshots, 0)
        + CASE WHEN open.host_id IS NULL OR last_n IS NULL THEN 0
          ELSE first_n - 1 + (open.absent_at IS NOT NULL)::INTEGER END AS missed_polls
    FROM pieces AS piece
    FULL JOIN (SELECT *, CASE WHEN absent_at IS NULL THEN 3 ELSE 2 END AS over_from FROM ${open}) AS open
      ON ${same('piece', 'open')} AND piece.first_n < open.over_from
  ), placed AS MATERIALIZED (
    SELECT one.* REPLACE (
        coalesce(one.last_seen_at, latest.observed_at) AS last_seen_at,
        coalesce(one.last_run_id, latest.run_id) AS last_run_id,
        coalesce(one.last_requested_at, latest.requested_at) AS last_requested_at,
        coalesce(one.last_poll_sessions, latest.sessions) AS last_poll_sessions,
        coalesce(one.absent_at, CASE WHEN last_n IS NULL THEN first_at ELSE next_at END) AS absent_at
      ),
      coalesce(polls, 0) - coalesce(last_n, 0) + (one.absent_at IS NOT NULL)::INTEGER >= 2 AS is_over
    FROM joined AS one
    LEFT JOIN counted ON counted.host_id = one.host_id
    LEFT JOIN numbered AS latest ON latest.host_id = one.host_id AND latest.n = one.last_n
  ), together AS (
    SELECT host_id, last_run_id, count(*) AS ended FROM placed WHERE is_over GROUP BY ALL
  )
  SELECT ${Object.keys(openSessionColumns)
    .map((name) => `one.${name}`)
    .join(', ')}, is_over,
    is_over AND together.ended >= 2 AND 2 * together.ended > last_poll_sessions AS is_host_event
  FROM placed AS one
  LEFT JOIN together ON together.host_id = one.host_id AND together.last_run_id = one.last_run_id`
}
