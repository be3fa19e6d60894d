/**
 * The views of alerts, over the records of watching: `alerts` as each is now, `alert_events` with all
 * that happened to them, and `notices`.
 */

import { alertColumns, noticeColumns } from '../domain/alert-columns.ts'
import { literal } from './duckdb.ts'
import { largestObject } from './json-size.ts'

const typesOf = (columns: typeof alertColumns) =>
  Object.entries(columns).map(([name, { type }]) => `"${name}" ${type}`)

/** The columns of the records that are read, with DuckDB's types. */
export const alertRecordTypes: Record<string, string> = {
  number: 'BIGINT',
  recorded_at: 'TIMESTAMPTZ',
  alerts: `STRUCT(${typesOf(alertColumns).join(', ')})[]`,
  notices: `STRUCT(${[...typesOf(noticeColumns), 'alerts STRUCT(alert_id VARCHAR)[]'].join(', ')})[]`,
}

// A record has 2 KB for each alert that changed, and again for each notice of it.
const UNKNOWN_BYTES = 32 * 1024 * 1024

/** The records as they are. */
export function alertRecordsFrom(files: readonly string[]): string {
  const types = Object.entries(alertRecordTypes).map(([name, type]) => `${name}: ${literal(type)}`)
  const lists = ['alerts', 'notices'].map(
    (name) =>
      `CASE WHEN number > 0 AND ${name} IS NOT NULL THEN ${name} ` +
      `ELSE error('no record of alerts: .json') END AS ${name}`,
  )
  return (
    // A file that is JSON but no record is an error, never nothing.
    `SELECT * REPLACE (${lists.join(', ')}) ` +
    `FROM read_json(${literal(files)}, format = 'unstructured', hive_partitioning = false, ` +
    `maximum_object_size = ${largestObject(files, UNKNOWN_BYTES)}, columns = {${types.join(', ')}})`
  )
}

const named = (columns: object) =>
  Object.keys(columns)
    .map((name) => `one."${name}"`)
    .join(', ')

const ALERTS = `
  FROM (SELECT number, recorded_at, unnest(alerts) AS one FROM raw.alert_records)`

/** Everything that happened to alerts, a row each. */
export const alertEvents = `
  SELECT recorded_at AS happened_at, ${named(alertColumns)}, number ${ALERTS}`

/** Every alert that ever was, as it is now. */
export const alerts = `
  SELECT ${named(alertColumns)}, recorded_at AS changed_at ${ALERTS}
  QUALIFY row_number() OVER (PARTITION BY one.alert_id ORDER BY number DESC) = 1`

/** Every notice that ever was, as it is now. */
export const notices = `
  SELECT ${named(noticeColumns)},
    list_transform(one.alerts, lambda alert: alert.alert_id) AS alert_ids, recorded_at AS changed_at
  FROM (SELECT number, recorded_at, unnest(notices) AS one FROM raw.alert_records)
  QUALIFY row_number() OVER (PARTITION BY one.key ORDER BY number DESC) = 1`
