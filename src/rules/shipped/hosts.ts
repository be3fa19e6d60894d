/**
 * Rules about the hosts themselves: which have come, and which are gone.
 *
 * Both look at two windows. The one before the last must have polls, for in a ledger that has just
 * begun every host is new, and many are only tried.
 */

import type { Rule } from '../../domain/rule.ts'
import { shippedRule } from './shipped-rule.ts'

const DAY_MS = 86_400_000

const HOST_APPEARED = `
WITH seen AS (
  SELECT host_id, min(run_id) AS first_run_id
  FROM polls WHERE run_id >= strftime($now - 2 * $window, '%Y%m%dT%H%M%SZ')
  GROUP BY host_id
)
SELECT host_id, host_name, subscription_id, resource_group, host_location, sku, features, tags,
  strptime(left(first_run_id, 16), '%Y%m%dT%H%M%SZ') AT TIME ZONE 'UTC' AS first_listed_at,
  outcome AS last_outcome,
  host_name || ' is new in ' || resource_group || coalesce(' (' || host_location || ')', '')
    AS summary
FROM latest_polls JOIN seen USING (host_id)
WHERE first_run_id >= strftime($now - $window, '%Y%m%dT%H%M%SZ')
  AND (SELECT min(first_run_id) FROM seen) < strftime($now - $window, '%Y%m%dT%H%M%SZ')`

const HOST_VANISHED = `
WITH seen AS (
  SELECT host_id, min(run_id) AS first_run_id, max(run_id) AS last_run_id,
    arg_max(host_name, run_id) AS host_name, arg_max(subscription_id, run_id) AS subscription_id,
    arg_max(resource_group, run_id) AS resource_group, arg_max(outcome, run_id) AS last_outcome,
    max(observed_at) FILTER (outcome = 'ok') AS last_ok_at,
    arg_max(session_count, run_id) FILTER (outcome = 'ok') AS last_ok_sessions
  FROM polls WHERE run_id >= strftime($now - 2 * $window, '%Y%m%dT%H%M%SZ')
  GROUP BY host_id
)
SELECT host_id, host_name, subscription_id, resource_group,
  strptime(left(last_run_id, 16), '%Y%m%dT%H%M%SZ') AT TIME ZONE 'UTC' AS last_listed_at,
  last_outcome, last_ok_at, last_ok_sessions,
  host_name || ' is gone from ' || resource_group
    || coalesce('; sessions when it was last read: ' || last_ok_sessions, '') AS summary
FROM seen
WHERE last_run_id >= strftime($now - $window, '%Y%m%dT%H%M%SZ')
  AND (SELECT min(first_run_id) FROM seen) < strftime($now - $window, '%Y%m%dT%H%M%SZ')
  AND NOT EXISTS (FROM latest_polls AS latest WHERE latest.host_id = seen.host_id)`

export const HOSTS: readonly Rule[] = [
  shippedRule({
    name: 'host-appeared',
    title: 'New host',
    severity: 'informational',
    enabled: false,
    description:
      'A Bastion host is in the list that was not there before: one more way to the machines of its ' +
      'network. See whether it was meant to be, and who may use it.',
    tags: ['hosts'],
    sql: HOST_APPEARED,
    labels: ['host_id'],
    host: null,
    parameters: {
      window: {
        type: 'duration',
        value: { ms: DAY_MS },
        doc: 'For how long a host is new; as long before, it must not have been there.',
      },
    },
  }),
  shippedRule({
    name: 'host-vanished',
    title: 'Host is gone',
    severity: 'medium',
    enabled: false,
    description:
      'A Bastion host is no longer in the list of its subscription, or its subscription is not asked ' +
      'any more. Its sessions are over, and what went on in the last of them is known up to its last ' +
      'poll only. See whether it was deleted on purpose, or taken out of the scope.',
    tags: ['hosts'],
    sql: HOST_VANISHED,
    labels: ['host_id'],
    host: null,
    parameters: {
      window: {
        type: 'duration',
        value: { ms: 7 * DAY_MS },
        doc: 'For how long it is reported after its last poll.',
      },
    },
  }),
]
