/**
 * The view `gaps`: one row a stretch of a host's life in which nothing is proven.
 *
 * A host of which Azure says that it has no sessions to list is no gap: there is nothing to see.
 */

import { POLL_OUTCOMES } from '../domain/poll.ts'
import { countsOf, slotTables, withRuns } from './slots.ts'

const NOTHING_TO_SEE = 'skipped_unsupported'
const FAILURES = POLL_OUTCOMES.filter((outcome) => outcome !== 'ok' && outcome !== NOTHING_TO_SEE)

/** What the slots came to, the most frequent first: `no run 12, throttled 3`. */
const REASONS = [
  ...FAILURES.map((name) => [name, name]),
  ['not asked', 'not_asked'],
  ['no run', 'no_run'],
]
  .map(([words, column], index) => `{'n': -${column}, 'i': ${index}, 'words': '${words}'}`)
  .join(', ')
const WHY = `array_to_string(
    [one.words || ' ' || -one.n FOR one IN list_sort([${REASONS}]) IF one.n < 0], ', ')`

export const gaps = `
  WITH ${slotTables([NOTHING_TO_SEE])}, failed AS (
    SELECT host, before_slot, count(*) AS slots, max(last_error) AS last_error,
      ${countsOf(FAILURES)}
    FROM missed GROUP BY host, before_slot
  ), pieces AS (
    SELECT *, after_slot + 1 AS from_slot, before_slot - 1 AS to_slot FROM stretches
  ), counted AS (
    SELECT piece.host, from_at, to_at, to_slot - from_slot + 1 AS slots, last_error,
      ${FAILURES.map((outcome) => `coalesce(failed.${outcome}, 0) AS ${outcome}`).join(', ')},
      run_slots - coalesce(failed.slots, 0) AS not_asked,
      to_slot - from_slot + 1 - run_slots AS no_run
    FROM (${withRuns('pieces')}) AS piece LEFT JOIN failed USING (host, before_slot)
  )
  SELECT life.subscription_id, life.resource_group, life.host_id, life.host_name, from_at, to_at,
    greatest(0, (epoch_ms(coalesce(to_at, raw.now())) - epoch_ms(from_at)) // 60000) AS minutes,
    slots, ${WHY} AS why,
    last_error.code AS error_code, last_error.message AS error_message, no_run, not_asked
  FROM counted JOIN lives AS life USING (host)`
