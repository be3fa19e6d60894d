/**
 * Run filters: what DuckDB's filter on a scan says about the ids of the runs whose rows pass it.
 *
 * The text is DuckDB's, as `EXPLAIN` prints it: one line a column, or several where a value has a
 * line break. Only a line that is nothing but comparisons of one known column with constants is
 * read; all else, and anything that is not understood, is no limit.
 */

import { utcDate } from '../domain/time.ts'
import type { FileKind } from './stored-files.ts'

/** Run ids from `from` to `to`, both included, in order of text. */
export interface RunRange {
  from: string
  to: string
}

const DAY_MS = 86_400_000
/**
 * How long before a row's own times its run's id can lie: a run may be a day late, and last a day.
 * The other way round it cannot, but for a clock that was set back.
 */
const RUN_BEFORE_MS = 3 * DAY_MS
const RUN_AFTER_MS = DAY_MS

/** Whether a row's time bounds its run on both sides, or only says that it is no earlier. */
type Bounds = 'both' | 'from'
const POLLED: Record<string, Bounds> = { requested_at: 'both', observed_at: 'both' }
// A session is kept under the day on which its end was certain: any time after it was last seen.
const SEEN: Record<string, Bounds> = {
  first_seen_at: 'from',
  last_seen_at: 'from',
  ended_after: 'from',
  ended_before: 'from',
}
// `started_at` of snapshots and sessions is Azure's word, and may be anything.
const TIMES: Record<FileKind, Record<string, Bounds>> = {
  polls: POLLED,
  snapshots: POLLED,
  record: { scheduled_for: 'both', started_at: 'both', finished_at: 'both' },
  sessions: SEEN,
  open_sessions: {},
  alerts: {},
}

/** Whether a column of `sessions` says how new the file is that has its row. */
export function isSessionTime(column: string): boolean {
  return Object.hasOwn(SEEN, column)
}

const TERM = /^(\w+)(>=|<=|>|<|=)'([^']*)'(::TIMESTAMP WITH TIME ZONE)?$/

/** The runs whose rows, in files of this kind, can pass all of these filters. */
export function runFilter(kind: FileKind, filters: readonly string[]): RunRange {
  const range = { from: '', to: '~' }
  // A value with a line break may look like a filter of its own; then its quotes are torn apart.
  if (filters.some((line) => line.split("'").length % 2 === 0)) return range
  for (const line of filters) {
    const terms = line.split(' AND ').map((term) => parseTerm(TIMES[kind], term))
    if (terms.includes(null)) continue
    for (const term of terms) {
      if (term?.from && term.from > range.from) range.from = term.from
      if (term?.to && term.to < range.to) range.to = term.to
    }
  }
  return range
}

function parseTerm(times: Record<string, Bounds>, text: string): Partial<RunRange> | null {
  const [, column = '', operator = '', value = '', isTime] = TERM.exec(text) ?? []
  const atMost = operator.startsWith('<')
  const atLeast = operator.startsWith('>')
  const bounds = (from: string, to: string): Partial<RunRange> => ({
    ...(atMost ? {} : { from }),
    ...(atLeast ? {} : { to }),
  })
  if (column === 'run_id' && !isTime) return bounds(value, value)
  const known = Object.hasOwn(times, column) ? times[column] : undefined
  const ms = known && isTime ? timeOf(value) : NaN
  if (Number.isNaN(ms)) return null
  const { from, to } = bounds(dayOf(ms - RUN_BEFORE_MS), `${dayOf(ms + RUN_AFTER_MS)}~`)
  return { ...(from && { from }), ...(to && known === 'both' && { to }) }
}

/** `2026-11-20 10:00:00.5+00`, as the engine's zone is UTC; NaN for infinity and distant years. */
function timeOf(text: string): number {
  const [, date, time] = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.\d+)?\+00$/.exec(text) ?? []
  return Date.parse(`${date}T${time}Z`)
}

/** What the ids of a day's runs begin with. */
function dayOf(ms: number): string {
  return utcDate(new Date(ms)).replaceAll('-', '')
}
