/**
 * Compaction: closed days, each from hundreds of raw files to one sorted file a table.
 *
 * In order of time, for the sessions that are open at the end of one day are carried into the next.
 * A day is whole or not begun: its record is written last, and until then its raw files are read.
 */

import { readdir } from 'node:fs/promises'

import type { CompactedDay, CompactOptions, Days, Store } from '../domain/edges.ts'
import { CLOSED_AFTER_MS, endOfDay, isClosed, type DayRecord } from '../domain/day.ts'
import { codeOf, fileError } from '../domain/file-error.ts'
import { runDate } from '../domain/run.ts'
import { compactedDays, LATE_DAYS, lateRuns, daysWithRuns, readDay, runsOfDay } from './catalog.ts'
import type { LedgerEdges } from './commit.ts'
import { compactDay } from './compact-day.ts'
import { markLateRuns } from './late-runs.ts'
import { parseSpoolName, spoolsIn } from './spool.ts'

export interface DaysOptions {
  /** A folder of this machine. */
  scratch: string
  collectorVersion: string
  /** What DuckDB may use, and Node beside it. */
  memoryLimitBytes: number
  /** Turns what crashed runs had been answered into runs: they may be of a day that is closed. */
  recover: () => Promise<unknown>
}

/** Opens the closed days. Nothing is read or written before it is asked for. */
export function openDays(edges: LedgerEdges, options: DaysOptions): Days {
  return {
    async compact(given = {}) {
      if (!given.dryRun) await options.recover()
      const days = await compactedDays(edges.store)
      if (!given.dryRun) await markLate(edges.store, days.slice(-LATE_DAYS))
      const others = (await daysWithRuns(edges.store)).filter((date) => !days.includes(date))
      const results: CompactedDay[] = []
      let previous = days.at(-1) ?? null
      let waitsFor: string | null = null
      for (const date of others) {
        given.signal?.throwIfAborted()
        const result = await tryDay(edges, options, { date, previous, waitsFor }, given)
        if (result.runs === 0) continue
        results.push(result)
        given.done?.(result)
        if (result.outcome === 'compacted' || result.outcome === 'ready') previous = date
        else if (previous === null || date > previous) waitsFor ??= date
      }
      return results
    },
  }
}

/** Where a compaction or a collector was killed before it could mark them. */
async function markLate(store: Store, days: readonly string[]): Promise<void> {
  for (const date of days) {
    const record = await readDay(store, date)
    if (record) await markLateRuns(store, record)
  }
}

interface Turn {
  date: string
  /** The compacted day before. */
  previous: string | null
  /** An earlier day that is not compacted. */
  waitsFor: string | null
}

async function tryDay(
  edges: LedgerEdges,
  options: DaysOptions,
  { date, previous, waitsFor }: Turn,
  given: CompactOptions,
): Promise<CompactedDay> {
  const { store, clock } = edges
  const late = new Set(await lateRuns(store))
  const runIds = (await runsOfDay(store, date)).filter((runId) => !late.has(runId))
  const not = (outcome: CompactedDay['outcome'], why: string | null): CompactedDay => ({
    date,
    outcome,
    why,
    runs: runIds.length,
    rows: null,
    rawBytes: null,
    dailyBytes: null,
  })
  const closesAt = new Date(endOfDay(date) + CLOSED_AFTER_MS)
  if (!isClosed(date, clock.now())) {
    return not('open', `it is closed at ${closesAt.toISOString().slice(0, 16).replace('T', ' ')}`)
  }
  if (previous !== null && date < previous) {
    return not('waiting', `it came after ${previous} was compacted; it is read from its raw files`)
  }
  if (await hasRunUnderWay(options.scratch, date)) return not('open', 'a run of it is under way')
  if (waitsFor !== null) return not('waiting', `${waitsFor} comes first`)
  if (given.dryRun || runIds.length === 0) return not('ready', null)
  const days = previous === null ? [] : (await compactedDays(store)).slice(-LATE_DAYS)
  const earlier: DayRecord[] = []
  for (const day of days) {
    const record = await readDay(store, day)
    if (record === null) return not('damaged', `the record of ${day} cannot be read`)
    earlier.push(record)
  }
  const made = await compactDay(edges, options, { date, runIds, earlier }, given)
  return 'damage' in made ? not('damaged', made.damage) : { ...not('compacted', null), ...made }
}

/** Whether this machine has a run of that day which is not recorded yet. */
async function hasRunUnderWay(scratch: string, date: string): Promise<boolean> {
  const folder = spoolsIn(scratch)
  try {
    return (await readdir(folder)).some((name) => {
      const spool = parseSpoolName(name)
      return spool !== null && runDate(spool.runId) === date
    })
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false
    throw fileError('list', folder, error)
  }
}
