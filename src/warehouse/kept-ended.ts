/**
 * Kept ended sessions: those that ended on compacted days, merged, and sorted by host and target: so
 * who was on a machine is found in few rows.
 */

import { sessionColumns } from '../domain/session-columns.ts'
import { ORDER } from './daily-files.ts'
import { literal } from './duckdb.ts'
import { findDays, forgetDays, keptDays, type Keeping } from './kept-days.ts'
import type { KeepingPlace } from './kept-files.ts'
import type { Reader } from './reader.ts'
import { readRows, type ClosedDay, type ViewFiles } from './view-tables.ts'

const ENDED: Keeping = {
  called: 'ended',
  make(daily, to) {
    const rows = readRows(Object.keys(sessionColumns), daily)
    // Small groups, for a question by target reads only those that can have it.
    return (
      `COPY (${rows} ORDER BY ${ORDER.sessions}) TO ${literal(to)} ` +
      '(FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, ROW_GROUP_SIZE 61440)'
    )
  },
}

/** Puts what is kept, or made now, in the place of the daily files. */
export async function withEnded(reader: Reader, files: ViewFiles): Promise<ViewFiles> {
  const kept = await keptDays(reader, ENDED, files.closedDays.sessions)
  const { days, runs } = files.tables['raw.closed_sessions']
  return {
    ...files,
    tables: { ...files.tables, 'raw.closed_sessions': { days: inPlace(days, kept), runs } },
  }
}

/** @returns By daily file, what has its sessions; null where what is worth it is not kept. */
export async function findEnded(
  place: KeepingPlace,
  days: readonly ClosedDay[],
): Promise<ReadonlyMap<string, string> | null> {
  return await findDays(place, ENDED, days)
}

/** Removes what is kept of these days: it may be damaged. */
export async function forgetEnded(place: KeepingPlace, days: readonly ClosedDay[]): Promise<void> {
  await forgetDays(place, ENDED, days)
}

/** What is kept in the place of daily files, each once. */
export function inPlace(days: readonly string[], kept: ReadonlyMap<string, string>): string[] {
  return [...new Set(days.map((daily) => kept.get(daily) ?? daily))]
}
