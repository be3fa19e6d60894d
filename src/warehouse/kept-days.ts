/**
 * Kept days: what is made of the files of many compacted days, in one file.
 *
 * A year of daily files takes some questions longer to open, or to go through, than their answer is
 * worth. Here the days before the last month are taken together, and those of the last month by
 * themselves, so that little is made anew each day. Where they are too large to be made in passing,
 * they are taken by year, and such a year by month; of larger months the daily files are read as they
 * are.
 *
 * The second question that needs a file makes it: who asks once on a machine, as in a container, does
 * not wait for the others.
 */

import {
  findKept,
  forgetKept,
  keptName,
  leaveMark,
  makeKept,
  trimKept,
  type KeepingPlace,
} from './kept-files.ts'
import type { Reader } from './reader.ts'
import { stampOf } from './stamp.ts'
import type { ClosedDay } from './view-tables.ts'

/** What is kept. */
export interface Keeping {
  /** What its files are called, before the year or month. */
  called: string
  /** The statement that makes a file of daily files. Another statement makes another file. */
  make: (daily: readonly string[], to: string) => string
}

// Fewer are opened as quickly.
const LEAST_DAYS = 3
// The sessions of a year of 50 hosts with 500 at a time have 90 MB, and are merged in some seconds.
const MOST_BYTES = 128e6

/** Days of one kept file. */
interface Days {
  /** `ended-all`; of a year, `ended-2026`; or of a month, `ended-2026-11`. */
  group: string
  files: readonly string[]
  name: string
}

/**
 * Finds or makes the files of many days. Of those that the question reaches in part, there is none.
 *
 * @returns By daily file, the file that has it.
 */
export async function keptDays(
  reader: Reader,
  keeping: Keeping,
  days: readonly ClosedDay[],
): Promise<ReadonlyMap<string, string>> {
  const kept = new Map<string, string>()
  if (reader.again) return kept
  const groups = await groupsOf(reader, keeping, days)
  for (const one of groups) {
    const file = findKept(reader, one.name) ?? (await make(reader, keeping, one, groups))
    if (file !== null) for (const daily of one.files) kept.set(daily, file)
  }
  return kept
}

/**
 * Finds the files of many days, and makes none.
 *
 * @returns By daily file, the file that has it; null where one that is worth it is not kept.
 */
export async function findDays(
  place: KeepingPlace,
  keeping: Keeping,
  days: readonly ClosedDay[],
): Promise<ReadonlyMap<string, string> | null> {
  const kept = new Map<string, string>()
  for (const { name, files } of await groupsOf(place, keeping, days)) {
    const file = findKept(place, name)
    if (file === null) return null
    for (const daily of files) kept.set(daily, file)
  }
  return kept
}

/** Removes what is kept of these days: it may be damaged. */
export async function forgetDays(
  place: KeepingPlace,
  keeping: Keeping,
  days: readonly ClosedDay[],
): Promise<void> {
  for (const { name } of await groupsOf(place, keeping, days)) await forgetKept(place, name)
}

/** What is worth a file, and of which every day is there to make it of. */
async function groupsOf(
  { root }: KeepingPlace,
  { called, make: statement }: Keeping,
  days: readonly ClosedDay[],
): Promise<Days[]> {
  const named = async (part: string, { stamps, files }: Stamped) => {
    const group = `${called}-${part}`
    return { group, files, name: await keptName(group, [statement([], ''), ...stamps]) }
  }
  const inParts = async (
    some: readonly ClosedDay[],
    [partOf, ...smaller]: readonly ((day: ClosedDay) => string)[],
  ): Promise<Days[]> => {
    const groups: Days[] = []
    for (const [part, ofPart] of partOf ? Map.groupBy(some, partOf) : []) {
      const stamped = stampsOf(ofPart, root)
      if (stamped.bytes > MOST_BYTES) groups.push(...(await inParts(ofPart, smaller)))
      else if (stamped.files.length >= LEAST_DAYS) groups.push(await named(part, stamped))
    }
    return groups
  }
  const lastMonth = days.slice(-1).map(monthOf)[0]
  const isOld = (day: ClosedDay) => monthOf(day) !== lastMonth
  const old = await inParts(days.filter(isOld), [() => 'all', yearOf, monthOf])
  const ofMonth = days.filter((day) => !isOld(day))
  return [...old, ...(await inParts(ofMonth, [monthOf]))]
}

function yearOf({ date }: ClosedDay): string {
  return date.slice(0, 4)
}

function monthOf({ date }: ClosedDay): string {
  return date.slice(0, 7)
}

type Stamped = ReturnType<typeof stampsOf>

/** The files of days; none where one of them is not there. */
function stampsOf(days: readonly ClosedDay[], root: string | null) {
  const stamps: string[] = []
  const files: string[] = []
  let bytes = 0
  for (const { date, file } of days) {
    const stamp = file === null ? null : stampOf(file, root)
    if (file === null || stamp === null) return { stamps: [], files: [], bytes: 0 }
    stamps.push(`${date} ${stamp.text}`)
    files.push(file)
    bytes += stamp.bytes
  }
  return { stamps, files, bytes }
}

async function make(
  reader: Reader,
  { called, make: statement }: Keeping,
  { group, files: daily, name }: Days,
  groups: readonly Days[],
): Promise<string | null> {
  const ofGroup = (one: string) => one === group
  if (leaveMark(reader, name, 'asked')) {
    // What there was of fewer days is of no use any more.
    await trimKept(reader, ofGroup, 1)
    return null
  }
  // Where it took longer than a question may take, the next ones must not wait for it too.
  if (!leaveMark(reader, name, 'tried')) return null
  const file = await makeKept(reader, name, (to) => reader.connection.run(statement(daily, to)))
  if (file === null) return null
  // With it what was kept until a month was over, or left the ledger.
  const there = new Set(groups.map((days) => days.group))
  await trimKept(reader, ofGroup, 1)
  await trimKept(reader, (one) => one.startsWith(`${called}-`) && !there.has(one), 0)
  return file
}
