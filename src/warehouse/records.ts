/**
 * Records: which runs exist. A run exists when its record exists, under the run's own name, so
 * the names alone say which data files there are to read.
 */

import type { Store } from '../domain/edges.ts'
import { runRecord, slotRunId, type RunRecord } from '../domain/run.ts'
import { utcDate } from '../domain/time.ts'
import { recordPrefix, RECORDS, runIdOf, runPaths } from './paths.ts'

/** The recorded run of this slot: under its own name or, on a second try, with a suffix. */
export async function slotRun(store: Store, slot: Date): Promise<string | null> {
  const slotId = slotRunId(slot)
  for await (const path of store.list(recordPrefix(slotId))) {
    const runId = runIdOf(path)
    if (runId === slotId) return runId
    if (runId === null || runId.includes('.s')) continue
    // A person's run of the same second has a suffix too.
    const record = await readRecord(store, runId)
    if (record?.trigger === 'timer' && sameTime(record.scheduled_for, slot)) return runId
  }
  return null
}

export async function hasSlot(store: Store, slot: Date): Promise<boolean> {
  return (await slotRun(store, slot)) !== null
}

/** Whether this shard of its slot is recorded: under this name or, on a second try, with a suffix. */
export async function hasShard(store: Store, runId: string): Promise<boolean> {
  const [, slotId = '', shard = ''] = /^(\w+)(?:-\w{4})?(\.s\d+of\d+)$/.exec(runId) ?? []
  for await (const path of store.list(recordPrefix(slotId))) {
    const found = runIdOf(path)
    if (found?.endsWith(shard)) return true
  }
  return false
}

/** The newest run of the last day, whose shards are no runs of their own; null where there is none. */
export async function newestRecord(store: Store, now: Date): Promise<RunRecord | null> {
  for (const day of [now, new Date(now.getTime() - 86_400_000)]) {
    const runIds: string[] = []
    for await (const path of store.list(`${RECORDS}date=${utcDate(day)}/`)) {
      const runId = runIdOf(path)
      if (runId !== null && !runId.includes('.s')) runIds.push(runId)
    }
    for (const runId of runIds.toSorted().toReversed()) {
      const record = await readRecord(store, runId)
      if (record) return record
    }
  }
  return null
}

/** @returns null where there is no record, or what is there is none. */
export async function readRecord(store: Store, runId: string): Promise<RunRecord | null> {
  const bytes = await store.read(runPaths(runId).record)
  return bytes && parseRecord(bytes)
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
