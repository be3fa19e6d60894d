/**
 * The views of who is connected now: `active_sessions`, and the same as StackQL names it.
 */

import { snapshotColumns } from '../domain/tables.ts'

/**
 * The sessions that each host's latest poll saw. A host whose latest poll is not `ok` has none
 * here, for what it knew before is no longer proven; nor has one that no longer exists. What Azure
 * says of a duration need not be a number of minutes at all.
 */
export const activeSessions = `
  SELECT ${Object.keys(snapshotColumns)
    .map((name) => `seen.${name}`)
    .join(', ')},
    CASE WHEN seen.started_at <= seen.observed_at
      THEN (epoch_ms(seen.observed_at) - epoch_ms(seen.started_at)) // 60000
      ELSE TRY_CAST(floor(seen.session_duration_mins) AS BIGINT) END AS duration_mins,
    (epoch_ms(raw.now()) - epoch_ms(seen.observed_at)) // 1000 AS observed_secs_ago
  FROM raw.recent_snapshots AS seen
  JOIN raw.latest_polls AS poll
    ON poll.run_id = seen.run_id AND poll.host_id = seen.host_id AND poll.outcome = 'ok'`

/**
 * The columns of StackQL's resource `azure.network.active_sessions`, so that its documented query
 * runs unchanged; the names in its WHERE match in any case, as in ARM.
 *
 * @see https://azure.stackql.io the provider's documentation: network, active_sessions
 */
export const azureActiveSessions = `
  SELECT protocol, resource_type AS "resourceType",
    session_duration_mins AS "sessionDurationInMins", session_id AS "sessionId",
    start_time_raw AS "startTime", target_host_name AS "targetHostName",
    target_ip_address AS "targetIpAddress", target_resource_group AS "targetResourceGroup",
    target_resource_id AS "targetResourceId", target_subscription_id AS "targetSubscriptionId",
    user_name AS "userName", resource_group COLLATE NOCASE AS "resourceGroupName",
    host_name COLLATE NOCASE AS "bastionHostName",
    subscription_id COLLATE NOCASE AS "subscriptionId"
  FROM memory.main.active_sessions`
