/**
 * Views: what people query. Made in memory for each query, over files that are named one by one.
 *
 * Never a glob, which would meet files that no record names, and never `union_by_name`, which would
 * open every file first: all files under `v1/` have the same columns.
 */

import { pollColumns, snapshotColumns, type Columns } from '../domain/tables.ts'
import { literal } from './duckdb.ts'
import type { FileKind } from './stored-runs.ts'
import { activeSessions, azureActiveSessions } from './views-active.ts'
import { hosts, latestPolls } from './views-hosts.ts'
import { recordsFrom, recordTypes, runs, subscriptionPolls, unfinishedSlots } from './views-runs.ts'

/** Files on this machine, each list in order of their runs. */
export interface RunFiles {
  records: readonly string[]
  snapshots: readonly string[]
  polls: readonly string[]
}

export interface ViewFiles extends RunFiles {
  /** Those of the last day. */
  recent: RunFiles
}

/** What every view stands on: the rows of one kind of file. People see `main`, not `raw`. */
export const TABLES = [
  { name: 'raw.recent_polls', kind: 'polls', recent: true },
  { name: 'raw.recent_records', kind: 'record', recent: true },
  { name: 'raw.recent_snapshots', kind: 'snapshots', recent: true },
  { name: 'raw.records', kind: 'record', recent: false },
  { name: 'snapshots', kind: 'snapshots', recent: false },
  { name: 'polls', kind: 'polls', recent: false },
] as const satisfies readonly { name: string; kind: FileKind; recent: boolean }[]
export type TableName = (typeof TABLES)[number]['name']

/** The statements that make all of it without a row: to plan a question, or to fill it. */
export function emptyTables(): string {
  const tables = TABLES.map(({ name, kind }) => {
    const columns = Object.entries(typesOf(kind)).map(([column, type]) => `"${column}" ${type}`)
    return `CREATE TABLE ${name} (${columns.join(', ')})`
  })
  return ['CREATE SCHEMA raw', ...tables].join(';\n')
}

/**
 * The statements that put files in the place of empty tables. A view costs nothing until it is read,
 * but making one opens its first file and looks for all of them: so each is made once, after the
 * views that stand on it, and none without a file.
 */
export function fillTables(files: ViewFiles): string {
  return TABLES.flatMap(({ name, kind, recent }) => {
    const { records, snapshots, polls } = recent ? files.recent : files
    const some = { record: records, snapshots, polls }[kind]
    return some.length > 0 ? [`DROP TABLE ${name}`, view(name, rowsFrom(kind, some))] : []
  }).join(';\n')
}

/**
 * The statements that make all views, over tables that are there.
 *
 * @param recentFrom The first run of the last day.
 * @param now The moment that ages are counted to.
 */
export function allViews(recentFrom: string, now: Date): string {
  return [
    `CREATE MACRO raw.run_time(run_id) AS strptime(left(run_id, 16), '%Y%m%dT%H%M%SZ') AT TIME ZONE 'UTC'`,
    `CREATE MACRO raw.recent_from() AS ${literal(recentFrom)}`,
    `CREATE MACRO raw.now() AS TIMESTAMPTZ ${literal(now.toISOString())}`,
    ...recentViews(),
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

/** The statements that make what the last day's runs say of the hosts that are known. */
export function knownHostViews({ records, polls }: Pick<RunFiles, 'records' | 'polls'>): string {
  const none = { records: [], snapshots: [], polls: [] }
  const files = { ...none, recent: { ...none, records, polls } }
  return [emptyTables(), ...recentViews(), fillTables(files)].join(';\n')
}

function recentViews(): string[] {
  return [
    view('raw.recent_subscription_polls', subscriptionPolls('raw.recent_records')),
    view('raw.recent_unfinished', unfinishedSlots('raw.recent_records')),
  ]
}

function view(name: string, select: string): string {
  return `CREATE VIEW ${name} AS ${select}`
}

function typesOf(kind: FileKind): Record<string, string> {
  if (kind === 'record') return recordTypes
  const columns: Columns = kind === 'polls' ? pollColumns : snapshotColumns
  return Object.fromEntries(Object.entries(columns).map(([name, { type }]) => [name, type]))
}

function rowsFrom(kind: FileKind, files: readonly string[]): string {
  if (kind === 'record') return recordsFrom(files)
  // Without this, `date=` in the path would become one more column.
  const source = `read_parquet(${literal(files)}, hive_partitioning = false)`
  return `SELECT ${Object.keys(typesOf(kind)).join(', ')} FROM ${source}`
}
