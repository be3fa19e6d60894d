/**
 * Views: what people query. Made in memory for each query, over tables (view-tables.ts).
 */

import { sessionColumns } from '../domain/session-columns.ts'
import { literal } from './duckdb.ts'
import {
  columnTypes,
  emptyTable,
  readRows,
  tableOf,
  tableRows,
  TABLES,
  type Table,
  type TableName,
  type ViewFiles,
} from './view-tables.ts'
import { historyOf, historyTypes, wholeHistory } from './host-history.ts'
import { answers, summaryOf, summaryTypes } from './poll-summary.ts'
import { activeSessions, azureActiveSessions } from './views-active.ts'
import { alertEvents, alerts, notices } from './views-alerts.ts'
import { coverage } from './views-coverage.ts'
import { gaps } from './views-gaps.ts'
import { hosts, latestPolls } from './views-hosts.ts'
import { runsOf, subscriptionPolls, unfinishedSlots } from './views-runs.ts'
import { liveRows, sessions } from './views-sessions.ts'

/** Which views are made. */
export interface Meant {
  /** The only question that they are made for (default: any). */
  sql?: string | undefined
  /** Whether some stand apart: a table without a row, until they are put in its place. */
  apart?: boolean
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

/** The rows of `sessions` that the files since the last compacted day make. */
export const LIVE_ROWS = 'raw.live_rows'
/** What `coverage` and `gaps` know of polls. */
export const POLL_SUMMARY = 'raw.poll_summary'
/** What `hosts` knows of them. */
export const HOST_HISTORY = 'raw.host_history'
/** Views that can stand apart, since they are kept between questions, and what each is made of. */
export const APART = {
  [LIVE_ROWS]: [
    'raw.recent_polls',
    'raw.recent_records',
    'raw.live_polls',
    'raw.live_snapshots',
    'raw.open_sessions',
  ],
  [POLL_SUMMARY]: ['polls'],
  [HOST_HISTORY]: ['polls'],
} as const satisfies Record<string, readonly TableName[]>
export type Apart = keyof typeof APART
export const APART_NAMES: readonly Apart[] = [LIVE_ROWS, POLL_SUMMARY, HOST_HISTORY]
const APART_TYPES: Record<Apart, Record<string, string>> = {
  [LIVE_ROWS]: columnTypes(sessionColumns),
  [POLL_SUMMARY]: summaryTypes,
  [HOST_HISTORY]: historyTypes,
}

const LATEST_POLLS = 'raw.latest_polls'

/** All views, each after those that it stands on. */
const ALL: readonly (readonly [name: string, select: string])[] = [
  ['raw.recent_subscription_polls', subscriptionPolls('raw.recent_records')],
  ['raw.recent_unfinished', unfinishedSlots('raw.recent_records')],
  ['runs', runsOf('raw.records')],
  ['recent_runs', runsOf('raw.recent_records')],
  ['subscription_polls', subscriptionPolls('raw.records')],
  ['recent_subscription_polls', 'FROM raw.recent_subscription_polls'],
  [HOST_HISTORY, historyOf('polls')],
  ['raw.known_hosts', wholeHistory(HOST_HISTORY)],
  ['hosts', hosts],
  [LATEST_POLLS, latestPolls],
  ['latest_polls', 'FROM raw.latest_polls'],
  ['active_sessions', activeSessions],
  [LIVE_ROWS, liveRows],
  ['sessions', sessions],
  [POLL_SUMMARY, summaryOf('polls')],
  ['raw.answers', answers],
  ['coverage', coverage],
  ['gaps', gaps],
  ['alert_events', alertEvents],
  ['alerts', alerts],
  ['notices', notices],
  ['azure.network.active_sessions', azureActiveSessions],
]
type View = (typeof ALL)[number]

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

/** Whether a question means `sessions`, and no other view or table. */
export function asksSessionsOnly(sql: string): boolean {
  const words = new Set(wordsIn(sql))
  const all = [...ALL.map(([name]) => name), ...TABLES.map(({ name }) => name)]
  const named = all.filter((name) => words.has(lastPart(name)))
  // In `raw` are macros, too.
  return named.join() === 'sessions' && !words.has('raw') && !mayListViews(sql)
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

/** What can name a view without its name. */
const LISTS_VIEWS = /\b(show|describe)\b|information_schema|duckdb_|sqlite_|pg_/i
/** It may stand for `DESCRIBE`, but most often it ends an ORDER BY. */
const DESC = /(^|[(;]|\bexplain|\banaly[sz]e)\s*desc\b/im
const COMMENTS = /--.*|\/\*[^]*?\*\//g

function mayListViews(sql: string): boolean {
  return (
    [sql, sql.replaceAll(COMMENTS, ' ')].some((text) => DESC.test(text)) || LISTS_VIEWS.test(sql)
  )
}

/**
 * The views and tables that a question may mean: each takes some milliseconds to make. Any that its
 * text mentions may be meant, and any that is mentioned by one of those.
 */
function everythingMeant({ sql, apart = false }: Meant): {
  views: readonly View[]
  tables: readonly Table[]
  apart: readonly Apart[]
} {
  const isAny = sql === undefined || mayListViews(sql)
  const words = new Set(wordsIn(sql ?? ''))
  const isNamed = (name: string) => words.has(lastPart(name))
  const standing: Apart[] = []
  const views = ALL.toReversed().filter(([name, select]) => {
    if (!isAny && !isNamed(name)) return false
    if (apart && isApart(name)) {
      standing.push(name)
      return false
    }
    for (const word of wordsIn(select)) words.add(word)
    return true
  })
  return {
    views: views.toReversed(),
    tables: TABLES.filter(
      ({ name }) => isNamed(name) || (isAny && (!apart || !name.startsWith('raw.'))),
    ),
    apart: standing,
  }
}

/** Whether a view can stand apart. */
export function isApart(name: string): name is Apart {
  return Object.hasOwn(APART, name)
}

function lastPart(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1)
}

function wordsIn(sql: string): string[] {
  return sql.toLowerCase().match(/\w+/g) ?? []
}
