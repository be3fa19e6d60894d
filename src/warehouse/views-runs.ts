/**
 * Views over the runs' records: `runs` and `subscription_polls`.
 */

import { isFailure, isSkip, POLL_OUTCOMES, type PollOutcome } from '../domain/poll.ts'
import { literal } from './duckdb.ts'

const RECORD = {
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
  subscriptions:
    'STRUCT(subscription_id VARCHAR, name VARCHAR, state VARCHAR, outcome VARCHAR, hosts BIGINT, ' +
    'error_code VARCHAR, error_message VARCHAR)[]',
  counts: `STRUCT(${POLL_OUTCOMES.map((outcome) => `${outcome} BIGINT`).join(', ')})`,
  sessions: 'BIGINT',
  files:
    'STRUCT(path VARCHAR, bytes BIGINT, "rows" BIGINT, sha256 VARCHAR, content_digest VARCHAR)[]',
}

// A record has 200 bytes a subscription.
const RECORD_BYTES = 64 * 1024 * 1024

/** The records as they are. A file that is JSON but no record is an error, never a row of NULLs. */
export function recordsFrom(files: readonly string[]): string {
  const columns = Object.entries(RECORD)
  if (files.length === 0) {
    return `SELECT ${columns.map(([name, type]) => `NULL::${type} AS ${name}`).join(', ')} WHERE false`
  }
  const types = columns.map(([name, type]) => `${name}: ${literal(type)}`).join(', ')
  return (
    `SELECT * EXCLUDE (filename) REPLACE (CASE WHEN ends_with(filename, '/' || run_id || '.json') ` +
    `THEN run_id ELSE error('no record: ' || filename) END AS run_id) ` +
    `FROM read_json(${literal(files)}, format = 'unstructured', filename = true, ` +
    `maximum_object_size = ${RECORD_BYTES}, columns = {${types}})`
  )
}

export const runs = `
  SELECT run_id, trigger, scheduled_for, started_at, finished_at,
    epoch_ms(finished_at) - epoch_ms(started_at) AS duration_ms,
    outcome, error_code, error_message,
    len(subscriptions) AS subscriptions_expected,
    len(list_filter(subscriptions, lambda one: one.outcome = 'ok')) AS subscriptions_ok,
    ${sum(() => true)} AS hosts_expected,
    ${sum((outcome) => outcome === 'ok')} AS hosts_ok,
    ${sum(isFailure)} AS hosts_failed,
    ${sum(isSkip)} AS hosts_skipped,
    sessions, api_version, collector_version, files
  FROM raw.records`

/** One row a subscription a run. */
export function subscriptionPolls(records: string): string {
  return `
    SELECT run_id, trigger, started_at, finished_at,
      one.subscription_id AS subscription_id, one.name AS subscription_name, one.state AS state,
      one.outcome AS outcome, one.hosts AS hosts,
      one.error_code AS error_code, one.error_message AS error_message
    FROM (SELECT *, unnest(subscriptions) AS one FROM ${records})`
}

function sum(select: (outcome: PollOutcome) => boolean): string {
  const terms = POLL_OUTCOMES.filter(select).map((outcome) => `coalesce(counts.${outcome}, 0)`)
  return terms.join(' + ')
}
