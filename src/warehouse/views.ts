/**
 * Views: what people query. Made in memory for each query, over files that are named one by one.
 *
 * Never a glob, which would meet files that no record names, and never `union_by_name`, which would
 * open every file first: all files under `v1/` have the same columns.
 */

import { openSessionColumns, sessionColumns } from '../domain/session-columns.ts'
import { pollColumns, snapshotColumns, type Columns } from '../domain/tables.ts'
import { literal } from './duckdb.ts'
import type { FileKind } from './stored-files.ts'
import { answeredFrom } from './rebuild-sessions.ts'
import { activeSessions, azureActiveSessions } from './views-active.ts'
import { alertEvents, alertRecordsFrom, alertRecordTypes, alerts, notices } from './views-alerts.ts'
import { coverage } from './views-coverage.ts'
import { gaps } from './views-gaps.ts'
import { hosts, latestPolls } from './views-hosts.ts'
import {
  recordsFrom,
  recordTypes,
  runsOf,
  subscriptionPolls,
  unfinishedSlots,
} from './views-runs.ts'
import { liveRows, sessions } from './views-sessions.ts'

/** Files of one table on this machine: of compacted days, and of single runs in their order. */
export interface TableFiles {
  days: readonly string[]
  runs: readonly string[]
}

export interface ViewFiles {
  tables: Record<TableName, TableFiles>
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

/** What every view stands on: the rows of one kind of file. People see `main`, not `raw`. */
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
type Table = (typeof TABLES)[number]
export type TableName = Table['name']

/**
 * The statements that make tables without a row: to plan a question, or to fill them.
 *
 * @param sql The only question that they are made for (default: any).
 */
export function emptyTables(sql?: string): string {
  const tables = meant(sql).tables.map(({ name, kind }) => {
    const columns = Object.entries(typesOf(kind)).map(([column, type]) => `"${column}" ${type}`)
    return `CREATE TABLE ${name} (${columns.join(', ')})`
  })
  return ['CREATE SCHEMA raw', ...tables].join(';\n')
}

/**
 * The statements that put files in the place of empty tables. A view costs nothing until it is read,
 * but making one opens its first file and looks for all of them: so each is made once, after the
 * views that stand on it, and none without a file.
 *
 * @param sql As the empty tables were made for.
 * @param kept Whether nothing is to be made anew for `sessions`.
 */
export function fillTables(files: ViewFiles, sql?: string, { kept = false } = {}): string {
  return meant(sql, { kept })
    .tables.flatMap(({ name, kind, span }) => {
      const some = files.tables[name]
      const rows = rowsFrom(kind, some, limitOf(span, files))
      return rows === null ? [] : [`DROP TABLE ${name}`, view(name, rows)]
    })
    .join(';\n')
}

/** What of a compacted day's file belongs to a table: it can hold more than a single run's. */
function limitOf(span: Span, { recentFrom, closedUntilMs }: ViewFiles): string | null {
  if (span === 'recent') return `run_id >= ${literal(recentFrom)}`
  return span === 'live' && closedUntilMs !== null ? answeredFrom(closedUntilMs) : null
}

/** What the views need to know beside the files. */
export interface ViewOptions {
  /** The first run of the last day. */
  recentFrom: string
  /** The moment that ages are counted to, or whenever it is asked. */
  now: Date | 'now()'
  /** How far apart scheduled runs are. */
  intervalMs: number
  /** The only question that the views are made for (default: any). */
  sql?: string
}

/** What `sessions` makes anew for each question that reads it, unless it is kept (kept-sessions.ts). */
export const LIVE_ROWS = { name: 'raw.live_rows', select: liveRows }
/** What it is made of. */
export const LIVE_TABLES = [
  'raw.recent_polls',
  'raw.recent_records',
  'raw.live_polls',
  'raw.live_snapshots',
  'raw.open_sessions',
] as const satisfies readonly TableName[]

/** All views, each after those that it stands on. */
const ALL: readonly (readonly [name: string, select: string])[] = [
  ['raw.recent_subscription_polls', subscriptionPolls('raw.recent_records')],
  ['raw.recent_unfinished', unfinishedSlots('raw.recent_records')],
  ['runs', runsOf('raw.records')],
  ['recent_runs', runsOf('raw.recent_records')],
  ['subscription_polls', subscriptionPolls('raw.records')],
  ['recent_subscription_polls', 'FROM raw.recent_subscription_polls'],
  ['hosts', hosts],
  ['raw.latest_polls', latestPolls],
  ['latest_polls', 'FROM raw.latest_polls'],
  ['active_sessions', activeSessions],
  [LIVE_ROWS.name, LIVE_ROWS.select],
  ['sessions', sessions],
  ['coverage', coverage],
  ['gaps', gaps],
  ['alert_events', alertEvents],
  ['alerts', alerts],
  ['notices', notices],
  ['azure.network.active_sessions', azureActiveSessions],
]

/** What can name a view without its name. */
const LISTS_VIEWS = /\b(show|describe|desc)\b|information_schema|duckdb_|pg_/i

/**
 * The views and tables that a question may mean: each takes some milliseconds to make. Any that its
 * text mentions may be meant, and any that is mentioned by one of those.
 *
 * @param kept Whether what `sessions` makes anew is kept, and made of nothing.
 */
function meant(
  sql: string | undefined,
  { kept = false } = {},
): { views: typeof ALL; tables: readonly Table[] } {
  const isAny = sql === undefined || LISTS_VIEWS.test(sql)
  let text = (sql ?? '').toLowerCase()
  const views = ALL.toReversed().filter(([name, select]) => {
    const isMeant = isAny || text.includes(shortName(name))
    if (isMeant && !(kept && name === LIVE_ROWS.name)) text += `\n${select.toLowerCase()}`
    return isMeant
  })
  return {
    views: views.toReversed(),
    tables: isAny && !kept ? TABLES : TABLES.filter(({ name }) => text.includes(shortName(name))),
  }
}

function shortName(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1)
}

/** Whether a question may mean what `sessions` makes anew. */
export function readsLiveRows(sql: string | undefined): boolean {
  return meant(sql).views.some(([name]) => name === LIVE_ROWS.name)
}

/** The statements that make the views, over tables that are there. */
export function allViews({ recentFrom, now, intervalMs, sql }: ViewOptions): string {
  const moment = now === 'now()' ? now : `TIMESTAMPTZ ${literal(now.toISOString())}`
  return [
    `CREATE MACRO raw.run_time(run_id) AS strptime(left(run_id, 16), '%Y%m%dT%H%M%SZ') AT TIME ZONE 'UTC'`,
    `CREATE MACRO raw.recent_from() AS ${literal(recentFrom)}`,
    `CREATE MACRO raw.now() AS ${moment}`,
    `CREATE MACRO raw.interval_ms() AS ${Math.round(intervalMs)}::BIGINT`,
    ...meant(sql).views.flatMap(([name, select]) => [
      ...(name.startsWith('azure.')
        ? [`ATTACH ':memory:' AS azure`, 'CREATE SCHEMA azure.network']
        : []),
      view(name, select),
    ]),
  ].join(';\n')
}

/** The statements that make what the last day's runs say of the hosts that are known. */
export function knownHostViews(files: ViewFiles): string {
  const recent = ALL.filter(([name]) => name.startsWith('raw.recent_'))
  const views = recent.map(([name, select]) => view(name, select))
  return [emptyTables(), ...views, fillTables(files)].join(';\n')
}

function view(name: string, select: string): string {
  return `CREATE VIEW ${name} AS ${select}`
}

const COLUMNS: Record<Exclude<FileKind, 'record' | 'alerts'>, Columns> = {
  snapshots: snapshotColumns,
  polls: pollColumns,
  sessions: sessionColumns,
  open_sessions: openSessionColumns,
}

function typesOf(kind: FileKind): Record<string, string> {
  if (kind === 'record') return recordTypes
  if (kind === 'alerts') return alertRecordTypes
  return Object.fromEntries(Object.entries(COLUMNS[kind]).map(([name, { type }]) => [name, type]))
}

/** @returns null where there is no file. */
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
