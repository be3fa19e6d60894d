/**
 * Kept sessions: what the view `sessions` makes of the files since the last compacted day.
 *
 * To make it costs most of what a question on sessions costs, and it is the same until the next run
 * is recorded.
 */

import { literal } from './duckdb.ts'
import {
  findKept,
  forgetKept,
  keptName,
  makeKept,
  trimKept,
  type KeepingPlace,
} from './kept-files.ts'
import type { Reader } from './reader.ts'
import { stampOf } from './stamp.ts'
import type { ViewFiles } from './view-tables.ts'
import { APART, LIVE_ROWS } from './view-list.ts'
import { allViews, apartRows, liveViews, putApart } from './views.ts'

/** With fewer runs it is made as fast as it is found. */
export const LEAST_RUNS = 8
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
  const name = isWorthIt(files) && !again ? await nameOf(reader, files) : null
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

/** @returns Where the live rows of these files are; null where they are not kept. */
export async function findLiveRows(place: KeepingPlace, files: ViewFiles): Promise<string | null> {
  return isWorthIt(files) ? findKept(place, await nameOf(place, files)) : null
}

/** Removes what is kept of these files: it may be damaged. */
export async function forgetLiveRows(place: KeepingPlace, files: ViewFiles): Promise<void> {
  await forgetKept(place, await nameOf(place, files))
}

function isWorthIt({ tables }: ViewFiles): boolean {
  return tables['raw.live_snapshots'].runs.length >= LEAST_RUNS
}

/** Of all that it is made of: of files that were fetched, their paths say enough. */
async function nameOf(
  { folder, root }: KeepingPlace,
  { tables, recentFrom, closedUntilMs }: ViewFiles,
): Promise<string> {
  const stamps = new Map<string, string>()
  const stampedOf = (file: string) => {
    const stamped =
      stamps.get(file) ?? `${file.slice(`${root}/`.length)} ${stampOf(file, root)?.text}`
    stamps.set(file, stamped)
    return stamped
  }
  const stored = (file: string) =>
    root === null ? file.slice(`${folder}/`.length) : stampedOf(file)
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
