/**
 * The view `sessions`: those that were over on a compacted day, from the day's file, and what has
 * become since then of those that were not. So its cost does not grow with the years.
 */

import { openSessionColumns, sessionColumns } from '../domain/session-columns.ts'
import { rebuiltSessions } from './rebuild-sessions.ts'

const SHARED = Object.keys(sessionColumns).filter((name) => Object.hasOwn(openSessionColumns, name))

/** Time counts from Azure's start, where that can be: it cannot lie after the first snapshot. */
const BEGAN = `epoch_ms(CASE WHEN started_at <= first_seen_at THEN started_at ELSE first_seen_at END)`
const MINS_MIN = `greatest(0, (epoch_ms(last_requested_at) - ${BEGAN}) // 60000)`
// A poll whose clock was set back may lack it before it was seen.
const MINS_MAX = `greatest(${MINS_MIN}, (epoch_ms(absent_at) - ${BEGAN} + 59999) // 60000)`

/**
 * Rows of `sessions` that are over, from rebuilt ones.
 *
 * @param rebuilt A relation, as it can stand after FROM.
 */
export function endedSessions(rebuilt: string): string {
  return `
  SELECT ${SHARED.join(', ')},
    last_requested_at AS ended_after, absent_at AS ended_before, 'ended' AS state,
    ${MINS_MIN} AS duration_mins_min, ${MINS_MAX} AS duration_mins_max,
    CASE WHEN is_host_event THEN 'host_event' END AS end_cause
  FROM ${rebuilt} WHERE is_over`
}

const LIVE = rebuiltSessions({
  polls: 'raw.live_polls',
  snapshots: 'raw.live_snapshots',
  open: 'raw.open_sessions',
})

/** Rows of `sessions` that the files since the last compacted day make, and what was open then. */
export const liveRows = `
  SELECT ${Object.keys(sessionColumns).join(', ')}
  FROM (
    WITH rebuilt AS MATERIALIZED (${LIVE})
    ${endedSessions('rebuilt')}
    UNION ALL
    SELECT ${SHARED.map((name) => `one.${name}`).join(', ')},
      NULL AS ended_after, NULL AS ended_before,
      CASE WHEN poll.outcome IS DISTINCT FROM 'ok' THEN 'unknown'
        WHEN one.absent_at IS NULL THEN 'active' ELSE 'ending' END AS state,
      ${MINS_MIN} AS duration_mins_min, NULL AS duration_mins_max, NULL AS end_cause
    FROM rebuilt AS one LEFT JOIN raw.latest_polls AS poll ON poll.host_id = one.host_id
    WHERE NOT one.is_over
  )`

// As a constant, so that a question about the others does not read the years.
const CLOSED = Object.keys(sessionColumns).map((name) =>
  name === 'state' ? "'ended' AS state" : name,
)

/** Sessions and their states, as far as the ledger has come. */
export const sessions = `
  FROM raw.live_rows
  UNION ALL
  SELECT ${CLOSED.join(', ')} FROM raw.closed_sessions`
