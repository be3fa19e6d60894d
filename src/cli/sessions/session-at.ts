/**
 * The question of `sessions --at`: who was on at one moment, in three voices.
 *
 * - `certain`: its host listed the session before that moment and after it.
 * - `possible`: the moment lies between two answers of the host, of which one has the session and
 *   the other has not; or Azure says that the session began before, and it was first seen after; or
 *   it was last seen before, and nothing proves that it had ended.
 * - `cannot say`: a host that was not read then: the moment lies in one of its gaps, or before its
 *   first answer or after its last one. Anybody may have been on through it. With a target, only
 *   hosts that ever had a session on it count; all, where none had.
 *
 * A host is left out where the lists of its subscription prove that it did not exist then: it was
 * first polled later, though there is a whole list of the two hours before; or it is gone, and there
 * is a whole list between its last poll and that moment.
 */

import type { Asking } from './asking.ts'
import {
  createValues,
  namedHosts,
  namedSessions,
  type SessionNames,
  targetIs,
  type Values,
} from './session-filter.ts'

export interface SessionsAt extends SessionNames {
  at: Date
  limit: number | null
}

/** One row a session, and one a host of which nothing can be said. */
export function atQuestion(wanted: SessionsAt): Asking {
  const values = createValues()
  const { tables, rows } = partsOf(wanted, values)
  const most = wanted.limit === null ? '' : ` LIMIT ${wanted.limit}`
  return {
    sql: `
      WITH ${tables}
      FROM (${rows})
      ORDER BY certainty = 'cannot say', certainty, lower(user_name), first_seen_at, host_name,
        host_id, session_id${most}`,
    parameters: values.all,
  }
}

/**
 * One row: how many there are of each voice, how many of `cannot_say` are subscriptions, and whether
 * the target was ever seen.
 */
export function atCountsQuestion(wanted: SessionsAt): Asking {
  const values = createValues()
  const { tables, rows } = partsOf(wanted, values)
  return {
    sql: `
      WITH ${tables}
      SELECT count(*) FILTER (certainty = 'certain') AS certain,
        count(*) FILTER (certainty = 'possible') AS possible,
        count(*) FILTER (certainty = 'cannot say') AS cannot_say,
        count(*) FILTER (certainty = 'cannot say' AND host_id IS NULL) AS unlisted,
        ${wanted.target === undefined ? 'true' : 'EXISTS (FROM on_target)'} AS target_seen
      FROM (${rows})`,
    parameters: values.all,
  }
}

/** The common tables of a statement, and the SELECT over them. */
function partsOf(wanted: SessionsAt, values: Values): { tables: string; rows: string } {
  const at = `${values.bind(wanted.at.toISOString())}::TIMESTAMPTZ`
  const { target } = wanted
  return {
    tables: `
      answers AS (
        SELECT host_id, min(observed_at) AS next_ok_at
        FROM (
          SELECT host_id, observed_at FROM polls
          WHERE outcome = 'ok' AND observed_at > ${at} AND observed_at <= ${at} + INTERVAL 4 DAYS
          UNION ALL
          -- After four days without an answer it is the first of those that follow one another.
          SELECT host_id, first_observed_at FROM raw.answers WHERE first_observed_at > ${at}
        ) GROUP BY host_id
      )${
        target === undefined
          ? ''
          : `, on_target AS MATERIALIZED (FROM sessions WHERE ${targetIs(target, values)})`
      }`,
    rows: `
      ${sessionsThen(wanted, at, values)}
      UNION ALL BY NAME
      ${hostsUnread(wanted, at, values)}
      ${subscriptionsUnlisted(wanted, at, values)}`,
  }
}

function sessionsThen(wanted: SessionsAt, at: string, values: Values): string {
  const certain = `first_seen_at <= ${at} AND coalesce(ended_after, last_seen_at) >= ${at}`
  const conditions = [
    ...namedSessions({ ...wanted, target: undefined }, values),
    `CASE WHEN first_seen_at <= ${at} THEN coalesce(ended_before > ${at}, true)
      WHEN started_at <= first_seen_at THEN started_at <= ${at}
      ELSE first_seen_at <= answers.next_ok_at END`,
  ]
  return `
    SELECT CASE WHEN ${certain} THEN 'certain' ELSE 'possible' END AS certainty, session.*,
      CASE WHEN ${certain} THEN NULL
        WHEN first_seen_at > ${at} AND started_at <= ${at}
          THEN 'began before, by Azure, but was first seen after'
        WHEN first_seen_at > ${at}
          THEN 'was there in the next answer of its host, and when it began is not known'
        WHEN state = 'ended' THEN 'ended between ' || ${clock('ended_after')} || ' and ' || ${clock('ended_before')}
        WHEN state = 'ending' THEN 'one answer since then lacks it, which proves no end'
        ELSE 'last seen ' || ${clock('last_seen_at')} || ', and nothing proves that it had ended' END AS why
    FROM ${wanted.target === undefined ? 'sessions' : 'on_target'} AS session
    LEFT JOIN answers USING (host_id)
    WHERE ${conditions.join(' AND ')}`
}

function hostsUnread(wanted: SessionsAt, at: string, values: Values): string {
  const conditions = [
    `(gap.host_id IS NOT NULL OR first_ok_at IS NULL OR first_ok_at > ${at} OR last_ok_at < ${at})`,
    // A list proves nothing of a host that was made after it: it must be recent.
    `NOT coalesce(first_listed_at > ${at} AND listed_in > ${at} - INTERVAL 2 HOURS, false)`,
    'NOT coalesce(NOT listed AND last_listed_at < listed_in, false)',
    ...namedHosts(wanted, values),
    ...(wanted.target === undefined
      ? []
      : ['(host_id IN (SELECT host_id FROM on_target) OR NOT EXISTS (FROM on_target))']),
  ]
  return `
    SELECT 'cannot say' AS certainty, subscription_id, resource_group, host_id, host_name,
      host_location,
      CASE WHEN gap.host_id IS NOT NULL
          THEN coalesce(gap.why || ': ', '') || 'not read between ' || ${clock('gap.from_at')} ||
            ' and ' || coalesce(${clock('gap.to_at')}, 'now')
        WHEN first_ok_at IS NULL AND last_outcome = 'skipped_unsupported'
          THEN 'Azure has no list of its sessions'
        WHEN first_ok_at IS NULL THEN 'never read'
        WHEN first_ok_at > ${at} THEN 'first read ' || ${clock('first_ok_at')}
        ELSE 'not read after ' || ${clock('last_ok_at')} END AS why
    FROM hosts LEFT JOIN (
      SELECT host_id, min(from_at) AS from_at, max(to_at) AS to_at, arg_max(why, from_at) AS why
      FROM gaps WHERE from_at <= ${at} AND (to_at IS NULL OR to_at > ${at}) GROUP BY host_id
    ) AS gap USING (host_id)
    LEFT JOIN (
      SELECT subscription_id,
        max(strptime(left(run_id, 16), '%Y%m%dT%H%M%SZ') AT TIME ZONE 'UTC') AS listed_in
      FROM subscription_polls
      WHERE ${daysBefore(at)} AND outcome = 'ok' AND coalesce(listed_by, 'arm') = 'arm'
      GROUP BY subscription_id
    ) AS listing USING (subscription_id)
    WHERE ${conditions.join(' AND ')}`
}

/** Subscriptions of which not even the hosts are known. */
function subscriptionsUnlisted(
  { host, target, subscription }: SessionsAt,
  at: string,
  values: Values,
) {
  if (host !== undefined || target !== undefined) return ''
  return `
    UNION ALL BY NAME
    SELECT 'cannot say' AS certainty, subscription_id,
      'subscription ' || coalesce(arg_max(subscription_name, run_id), subscription_id) ||
        ' was not listed, so its hosts are not known: ' || arg_max(outcome, run_id) AS why
    FROM subscription_polls
    WHERE ${[daysBefore(at), ...namedHosts({ subscription }, values)].join(' AND ')}
      AND subscription_id NOT IN (SELECT subscription_id FROM hosts)
    GROUP BY subscription_id HAVING arg_max(outcome, run_id) <> 'ok'`
}

// Three days, so that a weekend without runs still knows the lists before it.
function daysBefore(at: string): string {
  return `started_at > ${at} - INTERVAL 3 DAYS AND started_at <= ${at}`
}

function clock(column: string): string {
  return `strftime(${column}, '%Y-%m-%d %H:%M:%S')`
}
