/**
 * Kept summaries: the polls of compacted days, summarized for `coverage` and `gaps`. Without them,
 * each question about them goes through every poll of all years.
 */

import { parquetRows } from './daily-files.ts'
import { literal } from './duckdb.ts'
import { forgetDays, keptDays, type Keeping } from './kept-days.ts'
import { summaryOf } from './poll-summary.ts'
import type { Reader } from './reader.ts'
import type { ViewFiles } from './view-tables.ts'
import { apartRows, POLL_SUMMARY, putApart } from './views.ts'

/** Slots are as long as the interval, so another interval makes another summary. */
function summaries({ views }: Reader): Keeping {
  return {
    called: 'summary',
    make: (daily, to) =>
      `COPY (${summaryOf(parquetRows(daily))}) TO ${literal(to)} ` +
      `(FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1) -- ${views.intervalMs}`,
  }
}

/** Puts the summary in its place: what is kept of it, and the other polls, summarized now. */
export async function putPollSummary(reader: Reader, files: ViewFiles): Promise<void> {
  const kept = await keptDays(reader, summaries(reader), files.closedDays.polls)
  const { days, runs } = files.tables.polls
  const others = [...days.filter((daily) => !kept.has(daily)), ...runs]
  const rows = [
    ...(kept.size > 0 ? [apartRows(POLL_SUMMARY, [...new Set(kept.values())])] : []),
    ...(others.length > 0 ? [summaryOf(parquetRows(others))] : []),
  ]
  if (rows.length > 0) await reader.connection.run(putApart(POLL_SUMMARY, rows.join(' UNION ALL ')))
}

/** Removes what is kept of these files: it may be damaged. */
export async function forgetSummaries(reader: Reader, { closedDays }: ViewFiles): Promise<void> {
  await forgetDays(reader, summaries(reader), closedDays.polls)
}
