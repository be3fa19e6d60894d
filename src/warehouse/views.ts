/**
 * Views: what people query. Made in memory for each query, over files that are named one by one.
 *
 * Never a glob, which would meet files that no record names, and never `union_by_name`, which would
 * open every file first: all files under `v1/` have the same columns. A view costs nothing until it
 * is read.
 */

import { pollColumns, snapshotColumns, type Columns } from '../domain/tables.ts'
import { literal } from './duckdb.ts'
import { activeSessions, azureActiveSessions } from './views-active.ts'
import { hosts, latestPolls } from './views-hosts.ts'
import { recordsFrom, runs, subscriptionPolls } from './views-runs.ts'

/** Files on this machine, each list in order of their runs. */
export interface RunFiles {
  records: readonly string[]
  snapshots: readonly string[]
  polls: readonly string[]
}

export interface ViewFiles extends RunFiles {
  /** Those of the last day. */
  recent: RunFiles
  /** The first run of the last day. */
  recentFrom: string
}

/**
 * The statements that make all views.
 *
 * @param now The moment that ages are counted to.
 */
export function allViews(files: ViewFiles, now: Date): string {
  return [
    recentViews(files.recent),
    `CREATE MACRO raw.run_time(run_id) AS strptime(left(run_id, 16), '%Y%m%dT%H%M%SZ') AT TIME ZONE 'UTC'`,
    `CREATE MACRO raw.recent_from() AS ${literal(files.recentFrom)}`,
    `CREATE MACRO raw.now() AS TIMESTAMPTZ ${literal(now.toISOString())}`,
    view('raw.recent_snapshots', rowsOf(snapshotColumns, files.recent.snapshots)),
    view('raw.records', recordsFrom(files.records)),
    view('snapshots', rowsOf(snapshotColumns, files.snapshots)),
    view('polls', rowsOf(pollColumns, files.polls)),
    view('runs', runs),
    view('subscription_polls', subscriptionPolls('raw.records')),
    view('hosts', hosts),
    view('raw.latest_polls', latestPolls),
    view('active_sessions', activeSessions),
    `ATTACH ':memory:' AS azure`,
    'CREATE SCHEMA azure.network',
    view('azure.network.active_sessions', azureActiveSessions),
  ].join(';\n')
}

/** The statements that make what views of the last day stand on. People see `main`, not `raw`. */
export function recentViews({ records, polls }: Pick<RunFiles, 'records' | 'polls'>): string {
  return [
    'CREATE SCHEMA raw',
    view('raw.recent_polls', rowsOf(pollColumns, polls)),
    view('raw.recent_records', recordsFrom(records)),
    view('raw.recent_subscription_polls', subscriptionPolls('raw.recent_records')),
  ].join(';\n')
}

function view(name: string, select: string): string {
  return `CREATE VIEW ${name} AS ${select}`
}

function rowsOf(columns: Columns, files: readonly string[]): string {
  const names = Object.entries(columns)
  if (files.length === 0) {
    const nulls = names.map(([name, { type }]) => `NULL::${type} AS ${name}`)
    return `SELECT ${nulls.join(', ')} WHERE false`
  }
  // Without this, `date=` in the path would become one more column.
  const source = `read_parquet(${literal(files)}, hive_partitioning = false)`
  return `SELECT ${names.map(([name]) => name).join(', ')} FROM ${source}`
}
