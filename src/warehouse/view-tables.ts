/**
 * View tables: what every view stands on, the rows of one kind of file. Empty tables first, to plan a
 * question over; then files in their place, named one by one.
 *
 * Never a glob, which would meet files that no record names, and never `union_by_name`, which would
 * open every file first: all files under `v1/` have the same columns.
 */

import { openSessionColumns, sessionColumns } from '../domain/session-columns.ts'
import { pollColumns, snapshotColumns, type Columns } from '../domain/tables.ts'
import { literal } from './duckdb.ts'
import { answeredFrom } from './rebuild-sessions.ts'
import type { FileKind } from './stored-files.ts'
import { alertRecordsFrom, alertRecordTypes } from './views-alerts.ts'
import { recordsFrom, recordTypes } from './views-runs.ts'

/** Files of one table on this machine: of compacted days, and of single runs in their order. */
export interface TableFiles {
  days: readonly string[]
  runs: readonly string[]
}

/** Where a compacted day's rows of a kind are. */
export interface ClosedDay {
  date: string
  /** On this machine; null where the question does not reach it. */
  file: string | null
}

export interface ViewFiles {
  tables: Record<TableName, TableFiles>
  /** All compacted days, oldest first, but for those whose file is damaged or not to be read. */
  closedDays: Record<'sessions' | 'polls', readonly ClosedDay[]>
  /** The first run of the last day. */
  recentFrom: string
  /** Where the compacted days end, in milliseconds since 1970; null without any. */
  closedUntilMs: number | null
}

/**
 * Which parts of the ledger a table reads: `all` of it, the `recent` runs of the last day, what is
 * `live` (after the last compacted day), or the `last` compacted day.
 */
export type Span = 'all' | 'recent' | 'live' | 'last'

/** People see `main`, not `raw`. */
export const TABLES = [
  { name: 'raw.recent_polls', kind: 'polls', span: 'recent' },
  { name: 'raw.recent_records', kind: 'record', span: 'recent' },
  { name: 'raw.recent_snapshots', kind: 'snapshots', span: 'recent' },
  { name: 'raw.live_polls', kind: 'polls', span: 'live' },
  { name: 'raw.live_snapshots', kind: 'snapshots', span: 'live' },
  { name: 'raw.open_sessions', kind: 'open_sessions', span: 'last' },
  { name: 'raw.closed_sessions', kind: 'sessions', span: 'all' },
  { name: 'raw.records', kind: 'record', span: 'all' },
  { name: 'raw.alert_records', kind: 'alerts', span: 'all' },
  { name: 'snapshots', kind: 'snapshots', span: 'all' },
  { name: 'polls', kind: 'polls', span: 'all' },
] as const satisfies readonly { name: string; kind: FileKind; span: Span }[]
export type Table = (typeof TABLES)[number]
export type TableName = Table['name']

/** The statement that makes a table without a row. */
export function emptyTable({ name, kind }: Table): string {
  return tableOf(name, typesOf(kind))
}

/** The statement that makes a table of these columns. */
export function tableOf(name: string, types: Record<string, string>): string {
  const columns = Object.entries(types).map(([column, type]) => `"${column}" ${type}`)
  return `CREATE TABLE ${name} (${columns.join(', ')})`
}

/** The types of columns, by name. */
export function columnTypes(columns: Columns): Record<string, string> {
  return Object.fromEntries(Object.entries(columns).map(([name, { type }]) => [name, type]))
}

/** The rows of a table's files as a SELECT; null where there is no file. */
export function tableRows({ name, kind, span }: Table, files: ViewFiles): string | null {
  return rowsFrom(kind, files.tables[name], limitOf(span, files))
}

/** What of a compacted day's file belongs to a table: it can hold more than a single run's. */
function limitOf(span: Span, { recentFrom, closedUntilMs }: ViewFiles): string | null {
  if (span === 'recent') return `run_id >= ${literal(recentFrom)}`
  return span === 'live' && closedUntilMs !== null ? answeredFrom(closedUntilMs) : null
}

const COLUMNS: Record<Exclude<FileKind, 'record' | 'alerts'>, Columns> = {
  snapshots: snapshotColumns,
  polls: pollColumns,
  sessions: sessionColumns,
  open_sessions: openSessionColumns,
}

function typesOf(kind: FileKind): Record<string, string> {
  if (kind === 'record') return recordTypes
  return kind === 'alerts' ? alertRecordTypes : columnTypes(COLUMNS[kind])
}

function rowsFrom(kind: FileKind, files: TableFiles, limit: string | null): string | null {
  const { days, runs: single } = files
  if (kind === 'alerts') return single.length === 0 ? null : alertRecordsFrom(single)
  // Without a limit one list reads both, for all files under `v1/` have the same columns.
  const together = kind !== 'record' && limit === null
  const both = together ? [...days, ...single] : days
  const parts = [
    ...(both.length > 0 ? [fromParquet(kind, both, limit)] : []),
    ...(single.length > 0 && kind === 'record' ? [recordsFrom(single)] : []),
    ...(single.length > 0 && kind !== 'record' && !together
      ? [fromParquet(kind, single, null)]
      : []),
  ]
  return parts.length === 0 ? null : parts.join(' UNION ALL ')
}

function fromParquet(kind: FileKind, files: readonly string[], limit: string | null): string {
  const where = limit === null ? '' : ` WHERE ${limit}`
  return `${readRows(Object.keys(typesOf(kind)), files)}${where}`
}

/** Rows of Parquet files, in these columns. */
export function readRows(columns: readonly string[], files: readonly string[]): string {
  const names = columns.map((name) => `"${name}"`)
  // Without this, `date=` in the path would become one more column.
  const source = `read_parquet(${literal(files)}, hive_partitioning = false)`
  return `SELECT ${names.join(', ')} FROM ${source}`
}
