/**
 * Run filters: what DuckDB's filter on a scan says about the ids of the runs whose rows pass it.
 *
 * The text is DuckDB's, as `EXPLAIN` prints it: one line a column, or several where a value has a
 * line break. Only a line that is nothing but comparisons of one known column with constants is
 * read; all else, and anything that is not understood, is no limit.
 */

import { utcDate } from '../domain/time.ts'

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

const TIMES = new Set(['requested_at', 'observed_at', 'scheduled_for', 'started_at', 'finished_at'])
const TERM = /^(\w+)(>=|<=|>|<|=)'([^']*)'(::TIMESTAMP WITH TIME ZONE)?$/

/** The runs whose rows can pass all of these filters. */
export function runFilter(filters: readonly string[]): RunRange {
  const range = { from: '', to: '~' }
  // A value with a line break may look like a filter of its own; then its quotes are torn apart.
  if (filters.some((line) => line.split("'").length % 2 === 0)) return range
  for (const line of filters) {
    const terms = line.split(' AND ').map(parseTerm)
    if (terms.includes(null)) continue
    for (const term of terms) {
      if (term?.from && term.from > range.from) range.from = term.from
      if (term?.to && term.to < range.to) range.to = term.to
    }
  }
  return range
}

function parseTerm(text: string): Partial<RunRange> | null {
  const [, column = '', operator = '', value = '', isTime] = TERM.exec(text) ?? []
  const atMost = operator.startsWith('<')
  const atLeast = operator.startsWith('>')
  const bounds = (from: string, to: string) => ({
    ...(atMost ? {} : { from }),
    ...(atLeast ? {} : { to }),
  })
  if (column === 'run_id' && !isTime) return bounds(value, value)
  const ms = TIMES.has(column) && isTime ? timeOf(value) : NaN
  if (Number.isNaN(ms)) return null
  return bounds(dayOf(ms - RUN_BEFORE_MS), `${dayOf(ms + RUN_AFTER_MS)}~`)
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
