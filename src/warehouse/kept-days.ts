/**
 * Kept days: the sessions that ended on many compacted days, in one file.
 *
 * A year of daily files takes a question on sessions longer to open than to read, and the rows of one
 * host are in all of them. Here the days before the last month are merged by year, and those of the
 * last month by themselves, so that little is made anew each day. The second question that needs a
 * file makes it: who asks once on a machine, as in a container, does not wait for the others. Years that are too large to be made
 * in passing are merged by month; and larger months take long to read, not to open: their daily files
 * are read as they are.
 */

import { statSync } from 'node:fs'

import { sessionColumns } from '../domain/session-columns.ts'
import { ORDER } from './daily-files.ts'
import { literal } from './duckdb.ts'
import { findKept, forgetKept, keptName, leaveMark, makeKept, trimKept } from './kept-files.ts'
import type { Reader } from './reader.ts'
import { readRows, type ClosedDay, type ViewFiles } from './view-tables.ts'

// Fewer are opened as quickly.
const LEAST_DAYS = 3
// A year of 50 hosts with 500 sessions at a time has 90 MB, and is merged in some seconds.
const MOST_BYTES = 128e6
const GROUP = 'ended-'

/** Another way to make it makes another file. */
const MADE_BY = mergeInto('', [])

/** Days of one kept file. */
interface Days {
  /** `ended-2026`, or of a month, `ended-2026-11`. */
  group: string
  files: readonly string[]
  name: string
}

/**
 * Finds or makes the files of many days, and puts each in the place of the daily ones. Where the
 * question reaches only some of its days, the daily files are read.
 */
export async function withKeptDays(reader: Reader, files: ViewFiles): Promise<ViewFiles> {
  if (reader.again) return files
  const merged = new Map<string, string>()
  const kept = await keptDaysOf(reader, files)
  for (const days of kept) {
    const file = findKept(reader, days.name) ?? (await make(reader, days, kept))
    if (file !== null) for (const daily of days.files) merged.set(daily, file)
  }
  const { days, runs } = files.tables['raw.closed_sessions']
  const read = new Set(days.map((daily) => merged.get(daily) ?? daily))
  const tables = { ...files.tables, 'raw.closed_sessions': { days: [...read], runs } }
  return { ...files, tables }
}

/** Removes what is kept of these files: it may be damaged. */
export async function forgetDays(reader: Reader, files: ViewFiles): Promise<void> {
  for (const { name } of await keptDaysOf(reader, files)) await forgetKept(reader, name)
}

/** What is worth a file, and of which every day is there to make it of. */
async function keptDaysOf({ root }: Reader, { closedDays }: ViewFiles): Promise<Days[]> {
  const lastMonth = closedDays.slice(-1).map(monthOf)[0]
  const parts = Map.groupBy(closedDays, (day) =>
    monthOf(day) === lastMonth ? lastMonth : day.date.slice(0, 4),
  )
  const kept: (Days | null)[] = []
  for (const [part, days] of parts) {
    const stamped = stampsOf(days, root)
    if (stamped.bytes <= MOST_BYTES) kept.push(await named(part, stamped))
    else if (part !== lastMonth) {
      for (const [month, some] of Map.groupBy(days, monthOf)) {
        const ofMonth = stampsOf(some, root)
        if (ofMonth.bytes <= MOST_BYTES) kept.push(await named(month, ofMonth))
      }
    }
  }
  return kept.filter((days) => days !== null)
}

function monthOf({ date }: ClosedDay): string {
  return date.slice(0, 7)
}

type Stamped = ReturnType<typeof stampsOf>

/**
 * The files of days. One that somebody put in the place of another has another size, time or node;
 * the time of one that was fetched is changed whenever it is compared (storage/blob-cache.ts).
 */
function stampsOf(days: readonly ClosedDay[], root: string | null) {
  const stamps: string[] = []
  const files: string[] = []
  let bytes = 0
  for (const { date, file } of days) {
    const found = file === null ? undefined : statSync(file, { throwIfNoEntry: false })
    if (file === null || !found) return { stamps: [], files: [], bytes: 0 }
    const { size, ino, mtimeMs } = found
    stamps.push([date, size, ino, ...(root === null ? [] : [mtimeMs])].join(' '))
    files.push(file)
    bytes += found.size
  }
  return { stamps, files, bytes }
}

/** @returns null where there are too few days. */
async function named(part: string, { stamps, files }: Stamped): Promise<Days | null> {
  if (files.length < LEAST_DAYS) return null
  const group = `${GROUP}${part}`
  return { group, files, name: await keptName(group, [MADE_BY, ...stamps]) }
}

async function make(
  reader: Reader,
  { group, files: daily, name }: Days,
  kept: readonly Days[],
): Promise<string | null> {
  const ofGroup = (one: string) => one === group
  if (leaveMark(reader, name, 'asked')) {
    // What there was of fewer days is of no use any more.
    await trimKept(reader, ofGroup, 1)
    return null
  }
  // Where it took longer than a question may take, the next ones must not wait for it too.
  if (!leaveMark(reader, name, 'tried')) return null
  const file = await makeKept(reader, name, (to) => reader.connection.run(mergeInto(to, daily)))
  if (file === null) return null
  // With it what was kept until a month was over, or left the ledger.
  const groups = new Set(kept.map((days) => days.group))
  await trimKept(reader, ofGroup, 1)
  await trimKept(reader, (one) => one.startsWith(GROUP) && !groups.has(one), 0)
  return file
}

function mergeInto(to: string, daily: readonly string[]): string {
  const rows = readRows(Object.keys(sessionColumns), daily)
  // Small groups, for a question by target reads only those that can have it.
  return (
    `COPY (${rows} ORDER BY ${ORDER.sessions}) TO ${literal(to)} ` +
    '(FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, ROW_GROUP_SIZE 20480)'
  )
}
