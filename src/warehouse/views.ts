/**
 * Views: what people query. Made in memory for each query, over tables (view-tables.ts).
 */

import { sessionColumns } from '../domain/session-columns.ts'
import { literal } from './duckdb.ts'
import { historyTypes } from './host-history.ts'
import { summaryTypes } from './poll-summary.ts'
import {
  ALL,
  HOST_HISTORY,
  LATEST_POLLS,
  LIVE_ROWS,
  POLL_SUMMARY,
  type Apart,
  type View,
} from './view-list.ts'
import {
  columnTypes,
  emptyTable,
  readRows,
  tableOf,
  tableRows,
  type ViewFiles,
} from './view-tables.ts'
import { everythingMeant, type Meant } from './views-meant.ts'

const APART_TYPES: Record<Apart, Record<string, string>> = {
  [LIVE_ROWS]: columnTypes(sessionColumns),
  [POLL_SUMMARY]: summaryTypes,
  [HOST_HISTORY]: historyTypes,
}

/** What the views need to know beside the files. */
export interface ViewOptions extends Meant {
  /** The first run of the last day. */
  recentFrom: string
  /** The moment that ages are counted to, or whenever it is asked. */
  now: Date | 'now()'
  /** How far apart scheduled runs are. */
  intervalMs: number
}

/**
 * The statements that make tables without a row: to plan a question, or to fill them.
 */
export function emptyTables(meant: Meant = {}): string {
  const { tables, apart } = everythingMeant(meant)
  return [
    'CREATE SCHEMA raw',
    ...tables.map(emptyTable),
    ...apart.map((name) => tableOf(name, APART_TYPES[name])),
  ].join(';\n')
}

/** The statements that make the views, over tables that are there. */
export function allViews({ recentFrom, now, intervalMs, ...meant }: ViewOptions): string {
  const moment = now === 'now()' ? now : `TIMESTAMPTZ ${literal(now.toISOString())}`
  return [
    `CREATE MACRO raw.run_time(run_id) AS strptime(left(run_id, 16), '%Y%m%dT%H%M%SZ') AT TIME ZONE 'UTC'`,
    `CREATE MACRO raw.recent_from() AS ${literal(recentFrom)}`,
    `CREATE MACRO raw.now() AS ${moment}`,
    `CREATE MACRO raw.interval_ms() AS ${Math.round(intervalMs)}::BIGINT`,
    ...everythingMeant(meant).views.flatMap((one) => [
      ...(one[0].startsWith('azure.')
        ? [`ATTACH ':memory:' AS azure`, 'CREATE SCHEMA azure.network']
        : []),
      view(one),
    ]),
  ].join(';\n')
}

/**
 * The statements that put files in the place of empty tables. A view costs nothing until it is read,
 * but making one opens its first file and looks for all of them: so each is made once, after the
 * views that stand on it, and none without a file.
 */
export function fillTables(files: ViewFiles, meant: Meant = {}): string {
  return everythingMeant(meant)
    .tables.flatMap((table) => {
      const rows = tableRows(table, files)
      return rows === null ? [] : [`DROP TABLE ${table.name}`, view([table.name, rows])]
    })
    .join(';\n')
}

/** The statements that make the live rows where they stand apart: from all that they are made of. */
export function liveViews(files: ViewFiles, { sql }: Meant): string {
  const there = everythingMeant({ sql, apart: true })
  const whole = everythingMeant({ sql: LIVE_ROWS })
  const tables = whole.tables.filter((table) => !there.tables.includes(table))
  const views = whole.views.filter((one) => !there.views.includes(one))
  return [
    ...tables.map((table) => {
      const rows = tableRows(table, files)
      return rows === null ? emptyTable(table) : view([table.name, rows])
    }),
    `DROP TABLE ${LIVE_ROWS}`,
    ...views.map(view),
  ].join(';\n')
}

/** The statements that put rows in the place of a view that stands apart, be it a table or made. */
export function putApart(name: Apart, rows: string, isMade = false): string {
  return `DROP ${isMade ? 'VIEW' : 'TABLE'} ${name};\n${view([name, rows])}`
}

/** The statement that makes `sessions` over files that have all of its rows. */
export function sessionsOver(files: readonly string[]): string {
  return view(['sessions', readRows(Object.keys(sessionColumns), files)])
}

/** Files of its rows as a SELECT. */
export function apartRows(name: Apart, files: readonly string[]): string {
  return readRows(Object.keys(APART_TYPES[name]), files)
}

/**
 * The statements that compute the latest polls once, for questions that read them several times;
 * empty where the question does not mean them.
 */
export function holdLatestPolls(meant: Meant): string {
  if (!everythingMeant(meant).views.some(([name]) => name === LATEST_POLLS)) return ''
  const held = 'raw.held_latest_polls'
  return [
    `CREATE TABLE ${held} AS FROM ${LATEST_POLLS}`,
    `DROP VIEW ${LATEST_POLLS}`,
    view([LATEST_POLLS, `FROM ${held}`]),
  ].join(';\n')
}

/** The statements that make what the last day's runs say of the hosts that are known. */
export function knownHostViews(files: ViewFiles): string {
  const recent = ALL.filter(([name]) => name.startsWith('raw.recent_'))
  const meant = { sql: ['raw.recent_polls', ...recent.map(([name]) => name)].join(' ') }
  return [emptyTables(meant), ...recent.map(view), fillTables(files, meant)].join(';\n')
}

function view([name, select]: View): string {
  return `CREATE VIEW ${name} AS ${select}`
}
