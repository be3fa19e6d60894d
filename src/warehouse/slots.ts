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
 * the summary of the polls (poll-summary.ts) says where the others are. No series of all slots, and no
 * join by ranges.
 */

import type { PollOutcome } from '../domain/poll.ts'
import { literal } from './duckdb.ts'
import { slotOfRun } from './poll-summary.ts'

export const DAY_MS = 86_400_000

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
  return `
  summary AS MATERIALIZED (
    FROM raw.poll_summary
  ), run_ranks AS MATERIALIZED (
    SELECT slot, row_number() OVER (ORDER BY slot) AS n
    FROM (SELECT from_slot AS slot FROM summary WHERE kind = 'run'
      UNION SELECT ${slotOfRun('run_id')} FROM raw.records)
  ), known AS MATERIALIZED (
    SELECT host_id, row_number() OVER (ORDER BY host_id) AS host, first_run_id, last_run_id,
      subscription_id, resource_group, host_name, observed_at AS last_observed_at
    FROM raw.known_hosts
  ), lives AS MATERIALIZED (
    SELECT known.host, known.host_id,
      known.subscription_id, known.resource_group, known.host_name,
      raw.run_time(first_run_id) AS first_at, ${slotOfRun('first_run_id')} AS first_slot,
      CASE WHEN latest.host_id IS NULL THEN ${slotOfRun('last_run_id')}
        ELSE greatest(${slotOfRun('last_run_id')}, epoch_ms(raw.now()) // raw.interval_ms() - 1)
        END AS last_slot,
      CASE WHEN latest.host_id IS NULL THEN coalesce(known.last_observed_at, raw.run_time(last_run_id))
        END AS gone_at
    FROM known LEFT JOIN raw.latest_polls AS latest ON latest.host_id = known.host_id
  ), others AS MATERIALIZED (
    SELECT host, from_slot AS slot, arg_max(outcome, run_id) AS outcome,
      arg_max(requested_at, run_id) AS requested_at, max(observed_at) AS observed_at,
      max({'run_id': run_id, 'code': error_code, 'message': error_message})
        FILTER (error_code IS NOT NULL OR error_message IS NOT NULL) AS last_error
    FROM summary JOIN known USING (host_id)
    WHERE kind = 'poll' AND outcome <> 'ok' GROUP BY host, from_slot
  ), ends AS (
    SELECT host, from_slot, to_slot, requested_at, last_requested_at, observed_at
    FROM summary JOIN known USING (host_id) WHERE kind = 'poll' AND outcome = 'ok'
    ${
      endedBy.length === 0
        ? ''
        : `UNION ALL SELECT host, slot, slot, requested_at, requested_at, observed_at
    FROM others WHERE outcome IN ${inList(endedBy)}`
    }
    UNION ALL SELECT host, first_slot - 1, first_slot - 1, NULL, NULL, first_at FROM lives
    UNION ALL SELECT host, last_slot + 1, last_slot + 1, gone_at, gone_at, NULL FROM lives
  ), stretches AS MATERIALIZED (
    SELECT host, before.slot AS after_slot, from_slot AS before_slot, before.observed_at AS from_at,
      requested_at AS to_at
    FROM (
      -- What begins first need not end first.
      SELECT host, from_slot, requested_at, max({
          'slot': to_slot, 'requested_at': coalesce(last_requested_at, 'infinity'::TIMESTAMPTZ),
          'observed_at': observed_at
        }) OVER (PARTITION BY host ORDER BY from_slot, requested_at
          ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before
      FROM ends
    ) WHERE from_slot - before.slot > 1
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
