/**
 * Views over the runs' records: `runs` and `subscription_polls`, of all or of the last day's.
 */

import { isFailure, POLL_OUTCOMES, type PollOutcome } from '../domain/poll.ts'
import { literal } from './duckdb.ts'
import { largestObject } from './json-size.ts'

/** The columns of the records, with DuckDB's types. */
export const recordTypes: Record<string, string> = {
  schema_version: 'INTEGER',
  run_id: 'VARCHAR',
  trigger: 'VARCHAR',
  scheduled_for: 'TIMESTAMPTZ',
  started_at: 'TIMESTAMPTZ',
  finished_at: 'TIMESTAMPTZ',
  outcome: 'VARCHAR',
  error_code: 'VARCHAR',
  error_message: 'VARCHAR',
  api_version: 'VARCHAR',
  collector_version: 'VARCHAR',
  discovery: 'VARCHAR',
  scope: 'STRUCT(include VARCHAR[], exclude VARCHAR[], management_group VARCHAR)',
  subscriptions:
    'STRUCT(subscription_id VARCHAR, name VARCHAR, state VARCHAR, outcome VARCHAR, ' +
    'listed_by VARCHAR, hosts BIGINT, error_code VARCHAR, error_message VARCHAR)[]',
  shards: 'STRUCT("count" BIGINT, hosts BIGINT, population VARCHAR)',
  counts: `STRUCT(${POLL_OUTCOMES.map((outcome) => `${outcome} BIGINT`).join(', ')})`,
  sessions: 'BIGINT',
  files:
    'STRUCT(path VARCHAR, bytes BIGINT, "rows" BIGINT, sha256 VARCHAR, content_digest VARCHAR)[]',
}

// Two records of one shard are possible, as of one slot (commit.ts).
const RECORDED = "count(DISTINCT nullif(regexp_extract(run_id, '\\.s\\d+of\\d+$'), ''))"

// A record has 200 bytes a subscription.
const UNKNOWN_BYTES = 64 * 1024 * 1024

/** The records as they are. A file that is JSON but no record is an error, never a row of NULLs. */
export function recordsFrom(files: readonly string[]): string {
  const types = Object.entries(recordTypes).map(([name, type]) => `${name}: ${literal(type)}`)
  return (
    `SELECT * EXCLUDE (filename) REPLACE (CASE WHEN ends_with(filename, '/' || run_id || '.json') ` +
    `THEN run_id ELSE error('no record: ' || filename) END AS run_id) ` +
    // Without this, `date=` in the path would become one more column.
    `FROM read_json(${literal(files)}, format = 'unstructured', filename = true, ` +
    'hive_partitioning = false, ' +
    `maximum_object_size = ${largestObject(files, UNKNOWN_BYTES)}, columns = {${types.join(', ')}})`
  )
}

const hostsOk = sum((outcome) => outcome === 'ok')
const hostsFailed = sum(isFailure)

/**
 * One row a run. One whose hosts were left to shards is shown with what they add up to. They are found
 * by its slot, so no limit on a run's id or times spares reading the records of all others.
 */
export function runsOf(records: string): string {
  return `
  WITH parts AS (
    SELECT left(run_id, 16) AS slot_id, ${RECORDED} AS recorded, max(finished_at) AS finished_at,
      bool_and(outcome = 'ok') AS ok, sum(sessions)::BIGINT AS sessions,
      sum(${hostsOk})::BIGINT AS hosts_ok, sum(${hostsFailed})::BIGINT AS hosts_failed
    FROM ${records} WHERE trigger = 'shard' GROUP BY slot_id
  ), wholes AS (
    SELECT record.* EXCLUDE (shards, sessions, finished_at),
      shards."count" AS shards,
      CASE WHEN shards IS NOT NULL THEN coalesce(parts.recorded, 0) END AS shards_recorded,
      greatest(record.finished_at, parts.finished_at) AS finished_at,
      coalesce(shards.hosts, ${sum(() => true)}) AS hosts_expected,
      coalesce(parts.hosts_ok, ${hostsOk}) AS hosts_ok,
      coalesce(parts.hosts_failed, ${hostsFailed}) AS hosts_failed,
      coalesce(parts.sessions, record.sessions) AS sessions,
      parts.ok AS parts_ok
    FROM ${records} AS record
    LEFT JOIN parts ON record.shards IS NOT NULL AND parts.slot_id = left(record.run_id, 16)
  )
  SELECT run_id, CASE WHEN trigger = 'shard' THEN left(run_id, 16) END AS parent_run_id,
    trigger, scheduled_for, started_at, finished_at,
    epoch_ms(finished_at) - epoch_ms(started_at) AS duration_ms,
    CASE WHEN shards IS NULL OR (outcome = 'ok' AND parts_ok AND shards_recorded >= shards) THEN outcome
      WHEN hosts_ok = 0 AND shards_recorded >= shards THEN 'failed' ELSE 'partial' END AS outcome,
    error_code, error_message,
    len(subscriptions) AS subscriptions_expected,
    len(list_filter(subscriptions, lambda one: one.outcome = 'ok')) AS subscriptions_ok,
    shards, shards_recorded, hosts_expected, hosts_ok, hosts_failed,
    hosts_expected - hosts_ok - hosts_failed AS hosts_skipped,
    sessions, discovery, scope, api_version, collector_version, files
  FROM wholes`
}

/** The slots of which some shards are not recorded, among these records: they prove no absence. */
export function unfinishedSlots(records: string): string {
  return `
    SELECT left(run_id, 16) AS slot_id FROM ${records} GROUP BY slot_id
    HAVING max(shards."count") > ${RECORDED}`
}

/** One row a subscription a run. */
export function subscriptionPolls(records: string): string {
  return `
    SELECT run_id, trigger, started_at, finished_at,
      one.subscription_id AS subscription_id, one.name AS subscription_name, one.state AS state,
      one.outcome AS outcome, one.listed_by AS listed_by, one.hosts AS hosts,
      one.error_code AS error_code, one.error_message AS error_message
    FROM (SELECT *, unnest(subscriptions) AS one FROM ${records})`
}

function sum(select: (outcome: PollOutcome) => boolean): string {
  const terms = POLL_OUTCOMES.filter(select).map((outcome) => `coalesce(counts.${outcome}, 0)`)
  return terms.join(' + ')
}
