/**
 * Records: which runs exist. A run exists when its record exists, under the run's own name, so
 * the names alone say which data files there are to read.
 */

import type { Store } from '../domain/edges.ts'
import { runRecord, slotRunId, type RunRecord } from '../domain/run.ts'
import { recordPrefix, RECORDS, runIdOf } from './paths.ts'

/** Ids of all recorded runs, in order of time. */
export async function recordedRuns(store: Store): Promise<string[]> {
  const runIds: string[] = []
  for await (const { path } of store.list(RECORDS)) {
    const runId = runIdOf(path)
    if (runId !== null) runIds.push(runId)
  }
  return runIds.toSorted()
}

/** Whether a run of this slot is recorded: under its own name or, on a second try, with a suffix. */
export async function hasSlot(store: Store, slot: Date): Promise<boolean> {
  const slotId = slotRunId(slot)
  for await (const { path } of store.list(recordPrefix(slotId))) {
    const runId = runIdOf(path)
    if (runId === slotId) return true
    if (runId === null || runId.includes('.s')) continue
    // A person's run of the same second has a suffix too.
    const bytes = await store.read(path)
    const record = bytes && parseRecord(bytes)
    if (record?.trigger === 'timer' && sameTime(record.scheduled_for, slot)) return true
  }
  return false
}

/** @returns null where it is no record: cut, or altered. */
export function parseRecord(bytes: Uint8Array): RunRecord | null {
  try {
    return runRecord.safeParse(JSON.parse(new TextDecoder().decode(bytes))).data ?? null
  } catch {
    return null
  }
}

function sameTime(instant: string | null, at: Date): boolean {
  return instant !== null && new Date(instant).getTime() === at.getTime()
}
