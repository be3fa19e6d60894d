/**
 * Kept summaries: what the polls of compacted days come to, for `hosts`, `coverage` and `gaps`. Without
 * them, each question about them goes through every poll of all years.
 */

import { parquetRows } from './daily-files.ts'
import { literal } from './duckdb.ts'
import { historyOf } from './host-history.ts'
import { forgetDays, keptDays, type Keeping } from './kept-days.ts'
import { summaryOf } from './poll-summary.ts'
import type { Reach } from './reach.ts'
import type { Reader } from './reader.ts'
import type { ViewFiles } from './view-tables.ts'
import { HOST_HISTORY, POLL_SUMMARY } from './view-list.ts'
import { apartRows, putApart } from './views.ts'

/** What each is called, and how it is made of polls. */
const SUMMARIES = {
  [POLL_SUMMARY]: { called: 'summary', of: summaryOf },
  [HOST_HISTORY]: { called: 'hosts', of: historyOf },
}
type Summary = keyof typeof SUMMARIES
const NAMES: readonly Summary[] = [POLL_SUMMARY, HOST_HISTORY]

/** Slots are as long as the interval, so another interval makes other files. */
function keeping({ views }: Reader, name: Summary): Keeping {
  const { called, of } = SUMMARIES[name]
  return {
    called,
    make: (daily, to) =>
      `COPY (${of(parquetRows(daily))}) TO ${literal(to)} ` +
      `(FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1) -- ${views.intervalMs}`,
  }
}

/** Puts those that are reached in their place: what is kept of them, and the other polls, summarized now. */
export async function putSummaries(reader: Reader, files: ViewFiles, reach: Reach): Promise<void> {
  for (const name of NAMES) if (reach[name]) await putSummary(reader, files, name)
}

async function putSummary(reader: Reader, files: ViewFiles, name: Summary): Promise<void> {
  const kept = await keptDays(reader, keeping(reader, name), files.closedDays.polls)
  const { days, runs } = files.tables.polls
  const others = [...days.filter((daily) => !kept.has(daily)), ...runs]
  const rows = [
    ...(kept.size > 0 ? [apartRows(name, [...new Set(kept.values())])] : []),
    ...(others.length > 0 ? [SUMMARIES[name].of(parquetRows(others))] : []),
  ]
  if (rows.length > 0) await reader.connection.run(putApart(name, rows.join(' UNION ALL ')))
}

/** Removes what is kept of these files: it may be damaged. */
export async function forgetSummaries(reader: Reader, { closedDays }: ViewFiles): Promise<void> {
  for (const name of NAMES) await forgetDays(reader, keeping(reader, name), closedDays.polls)
}
