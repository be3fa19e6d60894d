/**
 * Kept ended sessions: those that ended on compacted days, merged, and sorted by host and target: so
 * who was on a machine is found in few rows.
 */

import { sessionColumns } from '../domain/session-columns.ts'
import { ORDER } from './daily-files.ts'
import { literal } from './duckdb.ts'
import { forgetDays, keptDays, type Keeping } from './kept-days.ts'
import type { Reader } from './reader.ts'
import { readRows, type ViewFiles } from './view-tables.ts'

const ENDED: Keeping = {
  called: 'ended',
  make(daily, to) {
    const rows = readRows(Object.keys(sessionColumns), daily)
    // Small groups, for a question by target reads only those that can have it.
    return (
      `COPY (${rows} ORDER BY ${ORDER.sessions}) TO ${literal(to)} ` +
      '(FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, ROW_GROUP_SIZE 20480)'
    )
  },
}

/** Puts what is kept, or made now, in the place of the daily files. */
export async function withEnded(reader: Reader, files: ViewFiles): Promise<ViewFiles> {
  const kept = await keptDays(reader, ENDED, files.closedDays.sessions)
  const { days, runs } = files.tables['raw.closed_sessions']
  const read = new Set(days.map((daily) => kept.get(daily) ?? daily))
  return {
    ...files,
    tables: { ...files.tables, 'raw.closed_sessions': { days: [...read], runs } },
  }
}

/** Removes what is kept of these files: it may be damaged. */
export async function forgetEnded(reader: Reader, { closedDays }: ViewFiles): Promise<void> {
  await forgetDays(reader, ENDED, closedDays.sessions)
}
