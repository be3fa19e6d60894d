/**
 * Late runs: recorded when their day was compacted already, as by a collector that crashed and was
 * started again days later. The day's files do not have them, so they are read from their own.
 *
 * Each has a marker, for nobody lists the raw runs of a compacted day. A run with a marker is in no
 * daily file: a day that is compacted again leaves it out. The marker comes after the run's record,
 * so it never names a run that does not exist; what a crash leaves without one gets it from the next
 * recovery or compaction.
 */

import type { Store } from '../domain/edges.ts'
import { endOfDay, type DayRecord } from '../domain/day.ts'
import { runDate } from '../domain/run.ts'
import { readDay, runsOfDay } from './catalog.ts'
import type { LedgerEdges } from './commit.ts'
import { lateMarker, runPaths } from './paths.ts'

/** Marks a run that was just recorded, where its day has been compacted without it. */
export async function markIfLate({ store, clock }: LedgerEdges, runId: string): Promise<void> {
  const date = runDate(runId)
  if (clock.now().getTime() < endOfDay(date)) return
  const day = await readDay(store, date)
  if (day === null || isKnown(day, runId)) return
  // Another collector may have recorded the slot under its own name.
  if ((await store.read(runPaths(runId).record)) !== null) await mark(store, runId)
}

/** Marks every run of a compacted day that it does not know. */
export async function markLateRuns(store: Store, day: Known & { date: string }): Promise<void> {
  const runIds = await runsOfDay(store, day.date)
  for (const runId of runIds) if (!isKnown(day, runId)) await mark(store, runId)
}

type Known = Pick<DayRecord, 'runs' | 'left_out'>

function isKnown({ runs, left_out: leftOut }: Known, runId: string): boolean {
  const paths: string[] = Object.values(runPaths(runId))
  return (
    runs.some((run) => run.run_id === runId) || leftOut.some(({ path }) => paths.includes(path))
  )
}

async function mark(store: Store, runId: string): Promise<void> {
  await store.create(lateMarker(runId), { text: '' })
}
