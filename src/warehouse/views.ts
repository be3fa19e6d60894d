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
import { recordsFrom, runs, subscriptionPolls, unfinishedSlots } from './views-runs.ts'

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

/** What makes the views of one query. */
export interface ViewPlan {
  /** SQL that makes those whose names are in the query, and what they stand on. */
  needed: string
  /** SQL that makes the others: a query that misses one can still be told, or get it. */
  others: string
}

/**
 * Plans the views for one query. Making one opens its first file, and looks for all of them.
 *
 * @param now The moment that ages are counted to.
 */
export function planViews(sql: string, files: ViewFiles, now: Date): ViewPlan {
  const views = [
    ['raw.recent_snapshots', rowsOf(snapshotColumns, files.recent.snapshots)],
    ['raw.records', recordsFrom(files.records)],
    ['snapshots', rowsOf(snapshotColumns, files.snapshots)],
    ['polls', rowsOf(pollColumns, files.polls)],
    ['runs', runs],
    ['subscription_polls', subscriptionPolls('raw.records')],
    ['hosts', hosts],
    ['raw.latest_polls', latestPolls],
    ['active_sessions', activeSessions],
    ['azure.network.active_sessions', azureActiveSessions],
  ] as const
  // From the last to the first, for a view stands only on earlier ones.
  const texts = [sql]
  const needed = new Set<string>()
  for (const [name, select] of views.toReversed()) {
    const word = name.slice(name.lastIndexOf('.') + 1)
    if (!texts.some((text) => text.toLowerCase().includes(word))) continue
    needed.add(name)
    texts.push(select)
  }
  const statements = (which: boolean) =>
    views.filter(([name]) => needed.has(name) === which).map(([name, select]) => view(name, select))
  return {
    needed: [...basis(files, now), ...statements(true)].join(';\n'),
    others: statements(false).join(';\n'),
  }
}

function basis(files: ViewFiles, now: Date): string[] {
  return [
    recentViews(files.recent),
    `CREATE MACRO raw.run_time(run_id) AS strptime(left(run_id, 16), '%Y%m%dT%H%M%SZ') AT TIME ZONE 'UTC'`,
    `CREATE MACRO raw.recent_from() AS ${literal(files.recentFrom)}`,
    `CREATE MACRO raw.now() AS TIMESTAMPTZ ${literal(now.toISOString())}`,
    `ATTACH ':memory:' AS azure`,
    'CREATE SCHEMA azure.network',
  ]
}

/** The statements that make what views of the last day stand on. People see `main`, not `raw`. */
export function recentViews({ records, polls }: Pick<RunFiles, 'records' | 'polls'>): string {
  return [
    'CREATE SCHEMA raw',
    view('raw.recent_polls', rowsOf(pollColumns, polls)),
    view('raw.recent_records', recordsFrom(records)),
    view('raw.recent_subscription_polls', subscriptionPolls('raw.recent_records')),
    view('raw.recent_unfinished', unfinishedSlots('raw.recent_records')),
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
