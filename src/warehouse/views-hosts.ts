/**
 * The view `hosts`: every host that ever had a poll, as latest known.
 */

/**
 * The latest successful listing of each subscription. A run of which shards are missing proves no
 * absence; nor does Resource Graph's index.
 */
const LISTINGS = `
  SELECT subscription_id, arg_max(subscription_name, run_id) AS subscription_name,
    max(left(run_id, 16)) FILTER (outcome = 'ok' AND trigger <> 'shard'
      AND coalesce(listed_by, 'arm') = 'arm'
      AND left(run_id, 16) NOT IN (SELECT slot_id FROM raw.recent_unfinished)) AS listed_in
  FROM raw.recent_subscription_polls GROUP BY subscription_id`

/**
 * Whether a host still exists, as far as is known: it has a poll in the last day of runs, the latest
 * did not say that it is gone, and no later run listed its subscription without it.
 *
 * A later run that does not name its subscription at all proves nothing: it may have been asked for
 * others only.
 */
const IS_LISTED = `
  (poll.run_id >= raw.recent_from() AND poll.outcome <> 'not_found'
    AND coalesce(left(poll.run_id, 16) >= listing.listed_in, true))`

export const hosts = `
  WITH listings AS (${LISTINGS})
  SELECT poll.host_id, poll.host_name, poll.resource_group, poll.subscription_id,
    listing.subscription_name, poll.host_location, poll.sku, poll.scale_units,
    poll.provisioning_state, poll.features, poll.tags,
    raw.run_time(poll.first_run_id) AS first_listed_at,
    raw.run_time(poll.run_id) AS last_listed_at,
    ${IS_LISTED} AS listed,
    poll.run_id AS last_run_id, poll.outcome AS last_outcome,
    poll.http_status AS last_http_status,
    poll.error_code AS last_error_code, poll.error_message AS last_error_message,
    poll.last_answered_at, poll.first_ok_at, poll.last_ok_at, poll.last_ok_sessions
  FROM (SELECT *, last_run_id AS run_id FROM raw.known_hosts) AS poll
  LEFT JOIN listings AS listing ON listing.subscription_id = poll.subscription_id`

/** The latest poll of every host that still exists; of the last day's runs. */
export const latestPolls = `
  SELECT poll.* FROM (
    FROM raw.recent_polls
    QUALIFY row_number() OVER (PARTITION BY host_id ORDER BY run_id DESC) = 1
  ) AS poll
  LEFT JOIN (${LISTINGS}) AS listing ON listing.subscription_id = poll.subscription_id
  WHERE ${IS_LISTED}`
