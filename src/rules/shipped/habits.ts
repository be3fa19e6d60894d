/**
 * Rules about what is not usual: a person on a machine for the first time, or at an unusual hour.
 */

import type { Rule } from '../../domain/rule.ts'
import {
  IS_ON,
  MACHINE,
  SESSION_COLUMNS,
  SESSION_LABELS,
  SESSION_SUMMARY,
  sessionText,
} from './session-sql.ts'
import { shippedRule } from './shipped-rule.ts'

// Only sessions that were first seen in the last period are judged, each by the period before it. So
// two periods are read, and never more.
const FIRST_TIME_PAIR = `
WITH pairs AS (
  SELECT *, lower(user_name) AS person, ${MACHINE} AS machine
  FROM sessions
  WHERE user_name IS NOT NULL AND last_seen_at >= $now - 2 * $learning
), ledger AS (
  SELECT strptime(left(min(run_id), 16), '%Y%m%dT%H%M%SZ') AT TIME ZONE 'UTC' AS since
  FROM polls
  WHERE run_id >= strftime($now - 2 * $learning - INTERVAL 1 DAY, '%Y%m%dT%H%M%SZ')
)
SELECT ${SESSION_COLUMNS},
  ${SESSION_SUMMARY}
FROM pairs AS one, ledger
WHERE ${IS_ON} AND first_seen_at >= $now - $learning
  AND ledger.since <= first_seen_at - $learning
  AND machine IS NOT NULL
  AND NOT EXISTS (
    FROM pairs AS other
    WHERE other.person = one.person AND other.machine = one.machine
      AND other.first_seen_at < one.first_seen_at
      AND other.last_seen_at >= one.first_seen_at - $learning
  )`

// Hours that end before they begin go over midnight, and belong to the day on which they began.
const OUT_OF_HOURS = `
WITH placed AS (
  SELECT *, last_seen_at AT TIME ZONE $time_zone AS local_at,
    $working_hours_from::TIME AS opens, $working_hours_to::TIME AS closes
  FROM sessions WHERE ${IS_ON}
), judged AS (
  SELECT *,
    CASE WHEN opens < closes THEN local_at::TIME >= opens AND local_at::TIME < closes
      ELSE local_at::TIME >= opens OR local_at::TIME < closes END AS is_within,
    lower(strftime(
      CASE WHEN opens >= closes AND local_at::TIME < closes THEN local_at - INTERVAL 1 DAY
        ELSE local_at END, '%a')) AS shift_day
  FROM placed
)
SELECT ${SESSION_COLUMNS}, strftime(local_at, '%A %H:%M') AS seen_at_local,
  ${sessionText(`' on ' || strftime(local_at, '%A at %H:%M') || ' (' || $time_zone || ')'`)}
    AS summary
FROM judged
WHERE NOT (is_within AND shift_day IN (SELECT lower(left(trim(unnest($working_days)), 3))))
  AND NOT EXISTS (
    FROM (SELECT lower(unnest($except_users)) AS pattern)
    WHERE lower(user_name) = pattern OR lower(user_name) GLOB pattern
  )`

/** @see https://attack.mitre.org/techniques/T1078/ Valid Accounts: used by others than their owners */
export const HABITS: readonly Rule[] = [
  shippedRule({
    name: 'first-time-pair',
    title: 'First session of a person on a machine',
    severity: 'low',
    enabled: false,
    description:
      'A person is on a machine on which nobody of that name was seen in the time before. New tasks ' +
      'begin so, and so does the use of a stolen account. Nothing is said while the ledger is younger ' +
      'than that time; what happened in a gap, or outside Bastion, it does not know. Ask the person, ' +
      'or the owner of the machine.',
    tags: ['people', 'T1078', 'T1021.001', 'T1021.004'],
    sql: FIRST_TIME_PAIR,
    labels: SESSION_LABELS,
    host: 'host_id',
    parameters: {
      learning: {
        type: 'duration',
        value: { ms: 30 * 86_400_000 },
        doc: 'For how long before it there must be no session of that person on that machine.',
      },
    },
  }),
  shippedRule({
    name: 'out-of-hours',
    title: 'Session outside working hours',
    severity: 'low',
    enabled: false,
    description:
      'A session is on at an hour, or on a day, at which nobody is expected to work. Accounts that ' +
      'were stolen are used when their owners sleep. Holidays are not known. Ask the person, and name ' +
      'those whose work it is (a shift, a service account) in `except_users`.',
    tags: ['people', 'T1078'],
    sql: OUT_OF_HOURS,
    labels: SESSION_LABELS,
    host: 'host_id',
    parameters: {
      time_zone: { type: 'time_zone', value: 'UTC', doc: 'Where these hours are.' },
      working_hours_from: { type: 'time_of_day', value: '07:00', doc: 'When work begins.' },
      working_hours_to: {
        type: 'time_of_day',
        value: '19:00',
        doc: 'When it ends. Before it begins: on the next day. At the same time: never.',
      },
      working_days: {
        type: 'list',
        value: ['mon', 'tue', 'wed', 'thu', 'fri'],
        doc: 'On which days, by their English names or the first three letters.',
      },
      except_users: {
        type: 'list',
        value: [],
        doc: 'Who may be on at any time: names or globs, in any case.',
      },
    },
  }),
]
