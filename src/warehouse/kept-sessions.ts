/**
 * Kept sessions: what the view `sessions` makes of the files since the last compacted day.
 *
 * To make it costs most of what a question on sessions costs, and it is the same until the next run
 * is recorded. So it is kept on this machine under a name that says which files it was made of: these
 * never change, so neither does it. Whoever cannot keep it, or finds none, makes it anew.
 *
 * Several processes share what is kept without a lock: whoever uses a file makes a second name for
 * it in a folder of their own, so that it can be removed at any time.
 */

import { createHash } from 'node:crypto'
import { existsSync, linkSync, mkdirSync } from 'node:fs'
import { readdir, rm, stat, unlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'

import { sessionColumns } from '../domain/session-columns.ts'
import { codeOf } from '../domain/file-error.ts'
import type { Reader } from './reader.ts'
import { duckdbVersion, literal } from './duckdb.ts'
import { allViews, LIVE_ROWS, LIVE_TABLES, readRows, type ViewFiles } from './views.ts'

// With fewer runs it is made as fast as it is found.
const LEAST_RUNS = 8
const MOST_KEPT = 8
/** All the SQL that it may be made by: another one makes another file. */
const MADE_BY = allViews({ recentFrom: '', now: new Date(0), intervalMs: 0 })

/**
 * Finds what is kept of these files.
 *
 * @returns Where it is in the question's folder; null where nothing is.
 */
export async function findKept(reader: Reader, files: ViewFiles): Promise<string | null> {
  if (!isWorthIt(files)) return null
  const name = await nameOf(reader, files)
  const mine = join(reader.folder, name)
  return give(join(folderOf(reader), name), mine) ? mine : null
}

/** Removes what is kept of these files: it may be damaged. */
export async function forgetKept(reader: Reader, files: ViewFiles): Promise<void> {
  await rm(join(folderOf(reader), await nameOf(reader, files)), { force: true })
}

/**
 * Makes it in the question's folder, and keeps it.
 *
 * @returns Where it is; null where it cannot be made or kept: then the question makes it, or fails.
 */
export async function makeKept(reader: Reader, files: ViewFiles): Promise<string | null> {
  if (!isWorthIt(files)) return null
  const name = await nameOf(reader, files)
  const mine = join(reader.folder, name)
  try {
    mkdirSync(reader.folder, { recursive: true, mode: 0o700 })
    await reader.connection.run(
      `COPY (FROM ${LIVE_ROWS.name}) TO ${literal(mine)} (FORMAT parquet)`,
    )
  } catch {
    return null
  }
  give(mine, join(folderOf(reader), name))
  await trim(folderOf(reader))
  return mine
}

/** The statements that put it in the place of the view. */
export function readKept(file: string): string {
  const columns = Object.keys(sessionColumns)
  return `DROP VIEW ${LIVE_ROWS.name}; CREATE VIEW ${LIVE_ROWS.name} AS ${readRows(columns, [file])}`
}

function isWorthIt({ tables }: ViewFiles): boolean {
  return tables['raw.live_snapshots'].runs.length >= LEAST_RUNS
}

function folderOf({ scratch }: Reader): string {
  return join(scratch, 'kept')
}

/** Of all that it is made of. */
async function nameOf(
  { folder, root }: Reader,
  { tables, recentFrom, closedUntilMs }: ViewFiles,
): Promise<string> {
  const stored = (file: string) => file.replace(`${folder}/`, '').replace(`${root}/`, '')
  const hash = createHash('sha256').update(`${await duckdbVersion()}\n${MADE_BY}`)
  for (const name of LIVE_TABLES) {
    const { days, runs } = tables[name]
    hash.update(`\n${name}\n${days.map(stored).join('\n')}\n\n${runs.map(stored).join('\n')}`)
  }
  hash.update(`\n${recentFrom}\n${closedUntilMs}`)
  return `sessions-${hash.digest('hex').slice(0, 32)}.parquet`
}

/** Makes a second name for a file. @returns false where it is not there, or cannot have one. */
function give(file: string, to: string): boolean {
  try {
    if (!existsSync(file)) return false
    mkdirSync(dirname(to), { recursive: true, mode: 0o700 })
    linkSync(file, to)
    return true
  } catch (error) {
    return codeOf(error) === 'EEXIST'
  }
}

/** Removes what was kept first. */
async function trim(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => [])
  if (names.length <= MOST_KEPT) return
  const kept = await Promise.all(
    names.map(async (name) => {
      const path = join(folder, name)
      return { path, at: (await stat(path).catch(() => null))?.mtimeMs ?? 0 }
    }),
  )
  const oldest = kept.toSorted((one, other) => other.at - one.at).slice(MOST_KEPT)
  for (const { path } of oldest) await unlink(path).catch(() => undefined)
}
