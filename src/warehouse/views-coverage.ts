/**
 * The view `coverage`: one row a host and day of its life, with what each of its slots came to.
 *
 * What is proven is what is left of a day without its unproven stretches, so the sum is always right.
 */

import { POLL_OUTCOMES } from '../domain/poll.ts'
import { countsOf, DAY_MS, slotTables, withRuns } from './slots.ts'

const FAILURES = POLL_OUTCOMES.filter((outcome) => outcome !== 'ok')

/** The number of the day on which a slot begins. */
function dayOf(slot: string): string {
  return `(${slot}) * raw.interval_ms() // ${DAY_MS}`
}

/** The first slot that begins on a day. */
function firstSlotOf(day: string): string {
  return `((${day}) * ${DAY_MS} + raw.interval_ms() - 1) // raw.interval_ms()`
}

/** Cuts what lies between two slots, both included, into days. */
function byDay(relation: string, from: string, to: string): string {
  return `
    SELECT host, day, greatest(${from}, ${firstSlotOf('day')}) AS from_slot,
      least(${to}, ${firstSlotOf('day + 1')} - 1) AS to_slot
    FROM (SELECT *, unnest(range(${dayOf(from)}, ${dayOf(to)} + 1)) AS day FROM ${relation})`
}

export const coverage = `
  WITH ${slotTables()}, days AS (
    ${byDay('lives', 'first_slot', 'last_slot')}
  ), pieces AS (
    ${byDay('stretches', 'after_slot + 1', 'before_slot - 1')}
  ), unproven AS (
    SELECT host, day, sum(to_slot - from_slot + 1)::BIGINT AS slots,
      sum(run_slots)::BIGINT AS run_slots
    FROM (${withRuns('pieces')}) GROUP BY host, day
  ), failed AS (
    SELECT host, ${dayOf('slot')} AS day, count(*) AS slots, ${countsOf(FAILURES)}
    FROM missed GROUP BY host, day
  ), counted AS (
    SELECT days.host, days.day, to_slot - from_slot + 1 AS due,
      coalesce(unproven.slots, 0) AS unproven,
      ${FAILURES.map((outcome) => `coalesce(failed.${outcome}, 0) AS ${outcome}`).join(', ')},
      coalesce(unproven.run_slots, 0) - coalesce(failed.slots, 0) AS not_asked,
      coalesce(unproven.slots - unproven.run_slots, 0) AS no_run
    FROM days LEFT JOIN unproven USING (host, day) LEFT JOIN failed USING (host, day)
  )
  SELECT DATE '1970-01-01' + day::INTEGER AS date,
    subscription_id, resource_group, host_id, host_name,
    due, due - unproven AS ok, ${FAILURES.join(', ')}, not_asked, no_run,
    (due - unproven) / due AS proven_share
  FROM counted JOIN lives USING (host)`
