/**
 * Catalog: what there is to read, settled once for each question.
 *
 * Days first, then the runs of all days that have no record: a day that is compacted in between is
 * read from its raw files, which stay for a day at least. The other way round it would be missing.
 */

import type { Store } from '../domain/edges.ts'
import { dayRecord, endOfDay, type DayRecord } from '../domain/day.ts'
import { dayOfRecord, dayRecordPath, DAYS, RECORDS, runIdOf } from './paths.ts'

export interface Catalog {
  /** Compacted days, oldest first. */
  days: readonly string[]
  /** Runs of all other days, in order of time. */
  runIds: readonly string[]
  /** The newest run of all. */
  newest: string
  /** The first run of the last day, counted back from the newest. */
  recentFrom: string
  /** Where the compacted days end, in milliseconds since 1970; null without any. */
  closedUntilMs: number | null
  /** Compacted days with polls after that end: of runs that lasted beyond midnight. */
  lateDays: readonly string[]
  /** What could not be read to know this, one line each. */
  damage: readonly string[]
}

/** How many days a poll can lie after its run (rebuild-sessions.ts). */
export const LATE_DAYS = 3
// 16 shards of a run every 5 minutes are 4,608 a day.
const MOST_RECENT = 5000

/** @returns null where no run is recorded. */
export async function readCatalog(store: Store): Promise<Catalog | null> {
  const days = await compactedDays(store)
  const last = days.slice(-LATE_DAYS)
  const [runIds, records] = await Promise.all([
    runsOfOtherDays(store, new Set(days)),
    Promise.all(last.map((date) => readDay(store, date))),
  ])
  const lastDay = days.at(-1)
  const newest = runIds.at(-1) ?? (lastDay && newestOf(lastDay, records.at(-1) ?? null))
  if (newest === undefined) return null
  const closedUntilMs = lastDay === undefined ? null : endOfDay(lastDay)
  const isLate = (record: DayRecord | null | undefined) =>
    closedUntilMs !== null &&
    // Without its record, nobody knows: then its files say.
    (!record ||
      (record.answered_until !== null && Date.parse(record.answered_until) >= closedUntilMs))
  const dayBefore = before(newest)
  const oldest = runIds.at(-MOST_RECENT) ?? ''
  return {
    days,
    runIds,
    newest,
    recentFrom: oldest > dayBefore ? oldest : dayBefore,
    closedUntilMs,
    lateDays: last.filter((_, index) => isLate(records[index])),
    damage: last.flatMap((date, index) =>
      records[index] ? [] : [`"${dayRecordPath(date)}" is no record of this day`],
    ),
  }
}

function newestOf(date: string, record: DayRecord | null): string {
  return record?.runs.at(-1)?.run_id ?? `${date.replaceAll('-', '')}T235959Z`
}

/** Days that have a record, oldest first. */
export async function compactedDays(store: Store): Promise<string[]> {
  const days: string[] = []
  for await (const { path } of store.list(DAYS)) {
    const date = dayOfRecord(path)
    if (date !== null) days.push(date)
  }
  return days.toSorted()
}

/** Ids of the recorded runs of one day, in order of time. */
export async function runsOfDay(store: Store, date: string): Promise<string[]> {
  const runIds: string[] = []
  for await (const { path } of store.list(`${RECORDS}date=${date}/`)) {
    const runId = runIdOf(path)
    if (runId !== null) runIds.push(runId)
  }
  return runIds.toSorted()
}

/** Days that have raw runs, oldest first. */
export async function rawDays(store: Store): Promise<string[]> {
  const folders = await store.folders(RECORDS)
  return folders.flatMap((name) => /^date=(\d{4}-\d{2}-\d{2})$/.exec(name)?.[1] ?? []).toSorted()
}

async function runsOfOtherDays(store: Store, days: ReadonlySet<string>): Promise<string[]> {
  const others = (await rawDays(store)).filter((date) => !days.has(date))
  const runIds: string[] = []
  for (const date of others) runIds.push(...(await runsOfDay(store, date)))
  return runIds
}

/** @returns null where there is none, or what is there is none. */
export async function readDay(store: Store, date: string): Promise<DayRecord | null> {
  const bytes = await store.read(dayRecordPath(date))
  const record = bytes && parseDay(bytes)
  return record?.date === date ? record : null
}

/** @returns null where it is no day's record: cut, or altered. */
export function parseDay(bytes: Uint8Array): DayRecord | null {
  try {
    return dayRecord.safeParse(JSON.parse(new TextDecoder().decode(bytes))).data ?? null
  } catch {
    return null
  }
}

/** The id of the slot 24 hours before a run's. */
function before(runId: string): string {
  const [, year, month, day, time] = /^(\d{4})(\d{2})(\d{2})(T\d{6}Z)/.exec(runId) ?? []
  const at = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day) - 1))
  return `${at.toISOString().slice(0, 10).replaceAll('-', '')}${time}`
}
