/**
 * Catalog: what there is to read, settled once for each question.
 *
 * Days first, then the runs of all days that have no record: a day that is compacted in between is
 * read from its raw files, which stay for a day at least. The other way round it would be missing.
 */

import type { Store } from '../domain/edges.ts'
import { dayRecord, endOfDay, type DayRecord } from '../domain/day.ts'
import { runDate, slotRunId } from '../domain/run.ts'
import { dayOfRecord, dayRecordPath, DAYS, LATE, lateRunOf, RECORDS, runIdOf } from './paths.ts'

export interface Catalog {
  /** Compacted days, oldest first. */
  days: readonly string[]
  /** Runs of all other days, and late ones of compacted days, in order of time. */
  runIds: readonly string[]
  /** The newest run of all. */
  newest: string
  /** The first run of the last day, counted back from the newest. */
  recentFrom: string
  /** Where the compacted days end, in milliseconds since 1970; null without any. */
  closedUntilMs: number | null
  /** Compacted days with polls after that end: of runs that lasted beyond midnight. */
  lateDays: readonly string[]
  /** Compacted days whose rows are read from their raw files: their runs are among `runIds`. */
  rawDays: readonly string[]
  /** What could not be read to know this, one line each. */
  damage: readonly string[]
}

/**
 * Compacted days that are read from their raw files, for their daily files are damaged: only their
 * `rows`, or `all`, as if they were not compacted.
 */
export type Replaced = ReadonlyMap<string, 'rows' | 'all'>

/** How many days a poll can lie after its run (rebuild-sessions.ts). */
export const LATE_DAYS = 3
// 16 shards of a run every 5 minutes are 4,608 a day.
const MOST_RECENT = 5000

/** Runs from a time on, and before another. A compacted day is in it whole, or not at all. */
export interface Period {
  from?: Date | undefined
  to?: Date | undefined
}

/**
 * @param period Leaves all else out, as if the ledger had nothing more.
 * @returns null where no run is recorded.
 */
export async function readCatalog(
  store: Store,
  period: Period = {},
  replaced: Replaced = new Map(),
): Promise<Catalog | null> {
  const all = await compactedDays(store)
  const compacted = all.filter((date) => replaced.get(date) !== 'all')
  const rawDays = compacted.filter((date) => replaced.has(date))
  const days = compacted.filter((date) => hasDay(period, date))
  const last = days.slice(-LATE_DAYS)
  const others = (await daysWithRuns(store)).filter((date) => !compacted.includes(date))
  const [runIds, gone, records] = await Promise.all([
    singleRuns(store, { days: compacted, rawDays, others }, period),
    goneDays(store, all, others),
    Promise.all(last.map((date) => readDay(store, date))),
  ])
  const lastDay = days.at(-1)
  // Single runs can be older than the last compacted day.
  const newest = [...runIds.slice(-1), ...(lastDay ? [newestOf(lastDay, records.at(-1))] : [])]
    .toSorted()
    .at(-1)
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
    rawDays,
    damage: [
      ...last.flatMap((date, index) =>
        records[index] ? [] : [`"${dayRecordPath(date)}" is no record of this day`],
      ),
      ...gone.map(
        (date) => `"${dayRecordPath(date)}" is missing, and the sessions that ended on that day`,
      ),
    ],
  }
}

function newestOf(date: string, record: DayRecord | null | undefined): string {
  return record?.runs.at(-1)?.run_id ?? `${date.replaceAll('-', '')}T235959Z`
}

/** Days that have a record, oldest first. */
export async function compactedDays(store: Store): Promise<string[]> {
  const days: string[] = []
  for await (const path of store.list(DAYS)) {
    const date = dayOfRecord(path)
    if (date !== null) days.push(date)
  }
  return days.toSorted()
}

/** Ids of the recorded runs of one day, in order of time. */
export async function runsOfDay(store: Store, date: string): Promise<string[]> {
  const runIds: string[] = []
  for await (const path of store.list(`${RECORDS}date=${date}/`)) {
    const runId = runIdOf(path)
    if (runId !== null) runIds.push(runId)
  }
  return runIds.toSorted()
}

/** Days that have raw runs, oldest first. */
export async function daysWithRuns(store: Store): Promise<string[]> {
  const folders = await store.folders(RECORDS)
  return folders.flatMap((name) => /^date=(\d{4}-\d{2}-\d{2})$/.exec(name)?.[1] ?? []).toSorted()
}

/** Ids of the runs that are marked as late, in order of time. */
export async function lateRuns(store: Store): Promise<string[]> {
  const runIds: string[] = []
  for await (const path of store.list(LATE)) {
    const runId = lateRunOf(path)
    if (runId !== null) runIds.push(runId)
  }
  return runIds.toSorted()
}

interface SingleDays {
  /** Compacted. */
  days: readonly string[]
  /** Compacted, but read from their raw files. */
  rawDays: readonly string[]
  /** Not compacted, with runs. */
  others: readonly string[]
}

/** The runs that are read from their own files. */
async function singleRuns(
  store: Store,
  { days, rawDays, others }: SingleDays,
  { from, to }: Period,
): Promise<string[]> {
  const late = await lateRuns(store)
  // What is late for a day that is not compacted (any more) is one of its runs.
  const runIds = late.filter((runId) => days.includes(runDate(runId)))
  for (const date of others) {
    if (hasDay({ from, to }, date)) runIds.push(...(await runsOfDay(store, date)))
  }
  for (const date of rawDays) runIds.push(...(await compactedRuns(store, date)))
  const [first, end] = [from ? slotRunId(from) : '', to ? slotRunId(to) : '~']
  return runIds.filter((runId) => runId >= first && runId < end).toSorted()
}

/** Days that the next one was compacted after, but which have no record any more. */
async function goneDays(
  store: Store,
  days: readonly string[],
  others: readonly string[],
): Promise<string[]> {
  const older = others.filter((date) => date < (days.at(-1) ?? ''))
  const next = older.map((date) => days.find((one) => one > date) ?? '')
  const records = await Promise.all(next.map((date) => readDay(store, date)))
  return older.filter((date, index) => records[index]?.previous === date)
}

/** The runs that a day was compacted from; those that it has now, where its record is damaged. */
export async function compactedRuns(store: Store, date: string): Promise<string[]> {
  const record = await readDay(store, date)
  return record ? record.runs.map((run) => run.run_id) : runsOfDay(store, date)
}

function hasDay({ from, to }: Period, date: string): boolean {
  const isBeforeEnd = !to || to > new Date(`${date}T00:00:00Z`)
  return isBeforeEnd && (!from || from.getTime() < endOfDay(date))
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
