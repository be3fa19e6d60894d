/**
 * Kept sessions: what the view `sessions` makes of the files since the last compacted day.
 *
 * To make it costs most of what a question on sessions costs, and it is the same until the next run
 * is recorded.
 */

import { findKept, forgetKept, keptName, makeKept, trimKept } from './kept-files.ts'
import { literal } from './duckdb.ts'
import type { Reader } from './reader.ts'
import type { ViewFiles } from './view-tables.ts'
import { allViews, APART, apartRows, LIVE_ROWS, liveViews, putApart } from './views.ts'

// With fewer runs it is made as fast as it is found.
const LEAST_RUNS = 8
const MOST_KEPT = 8
const GROUP = 'sessions'
/** All the SQL that it may be made by: another one makes another file. */
const MADE_BY = allViews({ recentFrom: '', now: new Date(0), intervalMs: 0 })

/**
 * Puts the live rows in their place: what is kept of them, or what is made and then kept.
 *
 * @throws What DuckDB throws where a file cannot be read.
 */
export async function putLiveRows(reader: Reader, files: ViewFiles): Promise<void> {
  const { connection, views, again } = reader
  const isWorthIt = files.tables['raw.live_snapshots'].runs.length >= LEAST_RUNS && !again
  const name = isWorthIt ? await nameOf(reader, files) : null
  const kept = name === null ? null : findKept(reader, name)
  if (kept !== null) {
    await connection.run(putApart(LIVE_ROWS, apartRows(LIVE_ROWS, [kept])))
    return
  }
  await connection.run(liveViews(files, views))
  if (name === null) return
  const made = await makeKept(reader, name, (file) =>
    connection.run(`COPY (FROM ${LIVE_ROWS}) TO ${literal(file)} (FORMAT parquet)`),
  )
  if (made === null) return
  await connection.run(putApart(LIVE_ROWS, apartRows(LIVE_ROWS, [made]), true))
  await trimKept(reader, (group) => group === GROUP, MOST_KEPT)
}

/** Removes what is kept of these files: it may be damaged. */
export async function forgetLiveRows(reader: Reader, files: ViewFiles): Promise<void> {
  await forgetKept(reader, await nameOf(reader, files))
}

/** Of all that it is made of. */
async function nameOf(
  { folder, root }: Reader,
  { tables, recentFrom, closedUntilMs }: ViewFiles,
): Promise<string> {
  const stored = (file: string) => file.replace(`${folder}/`, '').replace(`${root}/`, '')
  return await keptName(GROUP, [
    MADE_BY,
    ...APART[LIVE_ROWS].flatMap((name) => {
      const { days, runs } = tables[name]
      return [name, ...days.map(stored), '', ...runs.map(stored)]
    }),
    recentFrom,
    String(closedUntilMs),
  ])
}
