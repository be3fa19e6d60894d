/**
 * Slots: each host's life cut into pieces as long as the interval, and the stretches of it that
 * nothing proves.
 *
 * A slot is proven by one poll, whichever run made it; else what the last of its polls came to is
 * what the slot came to. A slot without any poll is a fact as well, so a life is counted in slots
 * and never in polls: it lasts from the first poll to the last one of a host that is gone, and of
 * any other to the last slot that is over, so that a collector that fell silent shows.
 *
 * Only what is missing is spelled out. A year of 50 hosts has five million slots, nearly all proven:
 * one window over the answers, in numbers, finds where the others are. No series of all slots, and
 * no join by ranges.
 */

import type { PollOutcome } from '../domain/poll.ts'
import { literal } from './duckdb.ts'

export const DAY_MS = 86_400_000

/** The number of a run's slot, as `slotOf` (run.ts) floors it. */
function slotOfRun(runId: string): string {
  return `epoch_ms(raw.run_time(${runId})) // raw.interval_ms()`
}

/**
 * Common table expressions, to stand after WITH:
 *
 * - `lives`: one row a host, with the first and the last slot of its life.
 * - `stretches`: its slots between `after_slot` and `before_slot`, both excluded, of which none has
 *   an `ok` poll.
 * - `missed`: one row a slot in a stretch that has polls, with what the last of them came to.
 *
 * @param endedBy Outcomes of slots that are in no stretch, beside `ok`.
 */
export function slotTables(endedBy: readonly PollOutcome[] = []): string {
  // Numbers, for hosts and for runs: windows and groups of millions of long ids would not fit.
  return `
  run_slots AS MATERIALIZED (
    SELECT run_id, row_number() OVER (ORDER BY run_id) AS run, ${slotOfRun('run_id')} AS slot
    FROM (SELECT run_id FROM polls UNION SELECT run_id FROM raw.records)
  ), run_ranks AS MATERIALIZED (
    SELECT slot, row_number() OVER (ORDER BY slot) AS n
    FROM (SELECT DISTINCT slot FROM run_slots)
  ), known AS MATERIALIZED (
    SELECT host_id, row_number() OVER (ORDER BY host_id) AS host, first_run_id, last_run_id
    FROM (SELECT host_id, min(run_id) AS first_run_id, max(run_id) AS last_run_id
      FROM polls GROUP BY host_id)
  ), lives AS MATERIALIZED (
    SELECT known.host, known.host_id, poll.subscription_id, poll.resource_group, poll.host_name,
      raw.run_time(first_run_id) AS first_at, ${slotOfRun('first_run_id')} AS first_slot,
      CASE WHEN latest.host_id IS NULL THEN ${slotOfRun('last_run_id')}
        ELSE greatest(${slotOfRun('last_run_id')}, epoch_ms(raw.now()) // raw.interval_ms() - 1)
        END AS last_slot,
      CASE WHEN latest.host_id IS NULL THEN coalesce(poll.observed_at, raw.run_time(last_run_id))
        END AS gone_at
    FROM known
    JOIN polls AS poll ON poll.host_id = known.host_id AND poll.run_id = known.last_run_id
    LEFT JOIN raw.latest_polls AS latest ON latest.host_id = known.host_id
  ), others AS MATERIALIZED (
    SELECT host, slot, arg_max(outcome, run) AS outcome,
      arg_max(requested_at, run) AS requested_at, max(observed_at) AS observed_at,
      max(run) FILTER (error_code IS NOT NULL OR error_message IS NOT NULL) AS error_run
    FROM polls JOIN known USING (host_id) JOIN run_slots USING (run_id)
    WHERE outcome <> 'ok' GROUP BY host, slot
  ), ends AS (
    SELECT host, slot, requested_at, observed_at
    FROM polls JOIN known USING (host_id) JOIN run_slots USING (run_id) WHERE outcome = 'ok'
    ${
      endedBy.length === 0
        ? ''
        : `UNION ALL SELECT host, slot, requested_at, observed_at
    FROM others WHERE outcome IN ${inList(endedBy)}`
    }
    UNION ALL SELECT host, first_slot - 1, NULL, first_at FROM lives
    UNION ALL SELECT host, last_slot + 1, gone_at, NULL FROM lives
  ), stretches AS MATERIALIZED (
    SELECT host, after_slot, slot AS before_slot, from_at, requested_at AS to_at
    FROM (
      SELECT host, slot, requested_at, lag(slot) OVER by_time AS after_slot,
        lag(observed_at) OVER by_time AS from_at
      FROM ends WINDOW by_time AS (PARTITION BY host ORDER BY slot, requested_at)
    ) WHERE slot - after_slot > 1
  ), missed AS (
    SELECT other.*, stretch.before_slot
    FROM others AS other ASOF JOIN stretches AS stretch
      ON stretch.host = other.host AND stretch.after_slot < other.slot
    WHERE other.slot < stretch.before_slot
  )`
}

/**
 * Slots with a run among those from one to another, both included, of a relation.
 *
 * @param relation As it can stand after FROM, with `from_slot` and `to_slot`.
 */
export function withRuns(relation: string): string {
  return `
    SELECT piece.*, coalesce(last.n, 0) - coalesce(before.n, 0) AS run_slots
    FROM ${relation} AS piece
    ASOF LEFT JOIN run_ranks AS before ON before.slot < piece.from_slot
    ASOF LEFT JOIN run_ranks AS last ON last.slot <= piece.to_slot`
}

/** How many rows have each outcome, a column each. */
export function countsOf(outcomes: readonly PollOutcome[]): string {
  return outcomes
    .map((outcome) => `count(*) FILTER (outcome = ${literal(outcome)}) AS ${outcome}`)
    .join(', ')
}

function inList(outcomes: readonly PollOutcome[]): string {
  return `(${outcomes.map(literal).join(', ')})`
}
