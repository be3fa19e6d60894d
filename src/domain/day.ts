/**
 * A day's record: what the daily files of one closed UTC day hold. It is written last, so a day is
 * compacted when this file exists, and whatever it names is whole.
 */

import { z } from 'zod'

/** The daily tables, each in one file a day. */
export const DAILY_TABLES = ['snapshots', 'polls', 'runs', 'sessions', 'open_sessions'] as const
export type DailyTable = (typeof DAILY_TABLES)[number]

const count = z.int().nonnegative()
const sha256 = z.string().regex(/^[0-9a-f]{64}$/)
const date = z.string().regex(/^\d{4}-\d{2}-\d{2}$/)

export const dayRecord = z.object({
  schema_version: z.literal(1),
  date,
  compacted_at: z.iso.datetime({ offset: true }),
  collector_version: z.string(),
  /** The compacted day before, whose open sessions this one carries on; null for the first. */
  previous: date.nullable(),
  /** Until when its polls were answered: a run can last beyond midnight. Null without an answer. */
  answered_until: z.iso.datetime({ offset: true }).nullable(),
  /** Its runs, in order. The digests are those of the runs' own records, and the daily files agree. */
  runs: z.array(
    z.object({
      run_id: z.string(),
      snapshots: z.object({ rows: count, content_digest: sha256 }),
      polls: z.object({ rows: count, content_digest: sha256 }),
    }),
  ),
  /** Raw files that could not be read, and so are in no daily file. */
  left_out: z.array(z.object({ path: z.string(), why: z.string() })),
  files: z.array(
    z.object({ table: z.enum(DAILY_TABLES), path: z.string(), bytes: count, rows: count, sha256 }),
  ),
})
export type DayRecord = z.infer<typeof dayRecord>

const DAY_MS = 86_400_000
/** How long after its midnight a day is closed: its last runs have ended by then. */
export const CLOSED_AFTER_MS = 2 * 3_600_000

/** The first moment after a day, in milliseconds since 1970. */
export function endOfDay(day: string): number {
  return Date.parse(`${day}T00:00:00Z`) + DAY_MS
}

/** Whether no run of a day is to be expected any more. */
export function isClosed(day: string, now: Date): boolean {
  return now.getTime() >= endOfDay(day) + CLOSED_AFTER_MS
}
