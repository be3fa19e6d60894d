/**
 * What a day is given by the days before it: their open sessions, and polls that were answered after
 * their end.
 */

import { endOfDay, type DailyTable, type DayRecord } from '../domain/day.ts'
import type { Store } from '../domain/edges.ts'
import { LedgerError } from '../domain/errors.ts'
import { fileChecksum } from '../system/checksum.ts'
import type { DayTask } from './day-task.ts'

export interface Carried {
  /** What the day before left open, on this machine; null on the first day. */
  open: string | null
  /** Daily files of days before with polls after their end. */
  late: { polls: string[]; snapshots: string[] }
}

/** What comes from the days before. */
export async function carriedFrom(
  store: Store,
  earlier: readonly DayRecord[],
  { folder, signal }: DayTask,
): Promise<Carried | { damage: string }> {
  const before = earlier.at(-1)
  if (!before) return { open: null, late: { polls: [], snapshots: [] } }
  const late = earlier.filter(
    ({ answered_until: until }) => until !== null && Date.parse(until) >= endOfDay(before.date),
  )
  const due = [
    fileOf(before, 'open_sessions'),
    ...late.map((day) => fileOf(day, 'polls')),
    ...late.map((day) => fileOf(day, 'snapshots')),
  ]
  const paths = due.map(({ path }) => path)
  const local = await store.local(paths, folder, { doubted: true, signal })
  for (const [index, { path, sha256 }] of due.entries()) {
    const sum = await fileChecksum(local[index] ?? '').catch(() => null)
    if (sum !== sha256) return { damage: `"${path}": it is missing, or not what its day recorded` }
  }
  const [open = '', ...rest] = local
  return {
    open,
    late: { polls: rest.slice(0, late.length), snapshots: rest.slice(late.length) },
  }
}

function fileOf({ date, files }: DayRecord, table: DailyTable) {
  const file = files.find((one) => one.table === table)
  if (file) return file
  throw new LedgerError('damaged', `The record of ${date} names no file of ${table}`)
}
