/**
 * Rules about what the ledger no longer sees: a host, a subscription, or everything.
 *
 * They rest on no host's answer: they are there because there is none. Each begins with the last time
 * that something was proven, and not with a failure, so a collector that fell silent shows too.
 *
 * @see https://attack.mitre.org/techniques/T1562/ Impair Defenses: taking away a permission of the
 *   collector, or stopping it, hides sessions from whoever watches them
 */

import type { Rule } from '../../domain/rule.ts'
import { minutesText } from './session-sql.ts'
import { shippedRule } from './shipped-rule.ts'

const INTERVALS = {
  intervals: {
    type: 'number' as const,
    value: 3,
    doc: 'For how many intervals (LEDGER_INTERVAL) nothing was proven.',
  },
}
const BY_COLLECTOR = { rule: 'collector-silent', equal: [] }

// The polls of a day say since when; where they have none of a host, its latest says at least that
// it is older. A run is in the time looked at by its id, which bounds the files exactly.
const COVERAGE_LOST = `
WITH history AS (
  SELECT host_id, max(requested_at) FILTER (outcome = 'ok') AS last_ok_at,
    min(run_id) AS first_run_id
  FROM polls
  WHERE run_id >= strftime(
    $now - greatest(INTERVAL 1 DAY, ($intervals + 1) * $interval), '%Y%m%dT%H%M%SZ')
  GROUP BY host_id
), known AS (
  SELECT latest.*,
    coalesce(history.last_ok_at,
      CASE WHEN latest.outcome = 'ok' THEN latest.requested_at END) AS last_ok_at,
    strptime(left(coalesce(history.first_run_id, latest.run_id), 16), '%Y%m%dT%H%M%SZ')
      AT TIME ZONE 'UTC' AS first_at
  FROM latest_polls AS latest LEFT JOIN history USING (host_id)
), lost AS (
  SELECT *, (epoch_ms($now) - epoch_ms(coalesce(last_ok_at, first_at))) // 60000 AS minutes
  FROM known
  WHERE outcome <> 'skipped_unsupported'
    AND coalesce(last_ok_at, first_at) < $now - $intervals * $interval
)
SELECT host_id, host_name, subscription_id, last_ok_at, outcome AS last_outcome, error_code,
  error_message, minutes,
  host_name || ' could not be read for '
    || CASE WHEN last_ok_at IS NULL THEN 'at least ' ELSE '' END
    || ${minutesText('minutes')}
    || CASE WHEN outcome = 'ok' THEN ' (it was not asked)'
      ELSE ' (' || outcome || coalesce(': ' || error_code, '') || ')' END AS summary
FROM lost`

// Counted to the last run that named it, and one interval more: later ones prove nothing of it.
const SUBSCRIPTION_LOST = `
WITH listings AS (
  SELECT subscription_id, max(started_at) AS last_asked_at, min(started_at) AS first_asked_at,
    max(started_at) FILTER (outcome = 'ok') AS last_ok_at,
    arg_max(subscription_name, started_at) AS subscription_name,
    arg_max(outcome, started_at) AS last_outcome,
    arg_max_null(error_code, started_at) AS error_code,
    arg_max_null(error_message, started_at) AS error_message
  FROM recent_subscription_polls GROUP BY subscription_id
), lost AS (
  SELECT *, (epoch_ms($now) - epoch_ms(coalesce(last_ok_at, first_asked_at))) // 60000 AS minutes
  FROM listings
  WHERE coalesce(last_ok_at, first_asked_at)
    < least($now, last_asked_at + $interval) - $intervals * $interval
)
SELECT subscription_id, subscription_name, last_ok_at, last_asked_at, last_outcome, error_code,
  error_message, minutes,
  'The hosts of ' || coalesce(subscription_name, subscription_id) || ' could not be listed for '
    || CASE WHEN last_ok_at IS NULL THEN 'at least ' ELSE '' END
    || ${minutesText('minutes')}
    || ' (' || last_outcome || coalesce(': ' || error_code, '') || ')' AS summary
FROM lost`

// A run without a host has no poll, and one that failed at once names no subscription: so the records.
const COLLECTOR_SILENT = `
WITH latest AS (
  SELECT max(started_at) AS last_run_at FROM recent_runs
), silent AS (
  SELECT *, (epoch_ms($now) - epoch_ms(last_run_at)) // 60000 AS minutes
  FROM latest WHERE coalesce(last_run_at < $now - $intervals * $interval, true)
)
SELECT last_run_at, minutes,
  'No run was recorded' || coalesce(' for ' || ${minutesText('minutes')}, '') AS summary
FROM silent`

export const LOST_SIGHT: readonly Rule[] = [
  shippedRule({
    name: 'coverage-lost',
    title: 'Host cannot be read',
    severity: 'high',
    description:
      'A Bastion host that exists has not said who is connected for several intervals. Anybody may be ' +
      'connected through it, and the record will have a gap. Most often a permission was taken away ' +
      'or a lock was set: the error says which, and `bastion-ledger doctor` what is missing.',
    tags: ['coverage', 'T1562'],
    sql: COVERAGE_LOST,
    labels: ['host_id'],
    host: null,
    parameters: INTERVALS,
    inhibitedBy: [BY_COLLECTOR, { rule: 'subscription-lost', equal: ['subscription_id'] }],
  }),
  shippedRule({
    name: 'subscription-lost',
    title: 'Subscription cannot be listed',
    severity: 'high',
    description:
      'The Bastion hosts of a subscription could not be listed for several intervals. Those that are ' +
      'known are still asked, but a new one would not be found, and nobody would be seen who connects ' +
      'through it. Give the identity its role in that subscription again, or take the subscription ' +
      'out of the scope if it is to be left out.',
    tags: ['coverage', 'T1562'],
    sql: SUBSCRIPTION_LOST,
    labels: ['subscription_id'],
    host: null,
    parameters: INTERVALS,
    inhibitedBy: [BY_COLLECTOR],
  }),
  shippedRule({
    name: 'collector-silent',
    title: 'Collector is silent',
    severity: 'critical',
    description:
      'No run was recorded for several intervals: nobody is asked who is connected, anywhere, and what ' +
      'happens now cannot be known later. Azure forgets at once. See whether the Function app runs, ' +
      'and whether it can write into the warehouse.',
    tags: ['coverage', 'T1562'],
    sql: COLLECTOR_SILENT,
    labels: [],
    host: null,
    parameters: INTERVALS,
  }),
]
