/**
 * One day's compaction: read and compared, sorted, sessions rebuilt, compared again, stored.
 */

import type { CompactedDay, CompactOptions, CompactStep } from '../domain/edges.ts'
import { endOfDay, type DayRecord } from '../domain/day.ts'
import { makeFolder } from '../system/make-folder.ts'
import { carriedFrom, type Carried } from './carried.ts'
import type { LedgerEdges } from './commit.ts'
import type { DaysOptions } from './compact.ts'
import { parquetRows, writeDaily } from './daily-files.ts'
import { ENDED, makeDaySessions, OPEN } from './day-sessions.ts'
import { inEngine, localFile, spend, type DayStep, type DayTask } from './day-task.ts'
import { markLateRuns } from './late-runs.ts'
import { dayRecordPath } from './paths.ts'
import { openQuestionFolder } from './question-folder.ts'
import { comparedRows, contentOf } from './sort-day.ts'
import { storeFiles } from './store-day.ts'

export interface Day {
  date: string
  /** Its recorded runs, in order. */
  runIds: readonly string[]
  /** The compacted days before, as far back as a late poll can lie, the latest last. */
  earlier: readonly DayRecord[]
}

type Made = Pick<CompactedDay, 'rows' | 'rawBytes' | 'dailyBytes'> | { damage: string }

// DuckDB goes beyond its limit while it writes Parquet, and Node needs some too: measured.
const SHARE_OF_MEMORY = 0.5

/** @throws {LedgerError} `storage`, or `damaged` where a daily file is there with other rows. */
export async function compactDay(
  edges: LedgerEdges,
  options: DaysOptions,
  day: Day,
  { leaveOutDamaged = false, signal, progress }: CompactOptions,
): Promise<Made> {
  const { date, earlier } = day
  const before = earlier.at(-1) ?? null
  using question = openQuestionFolder(options.scratch)
  const folder = question.path
  await makeFolder(folder)
  const step = (name: CompactStep) => {
    signal?.throwIfAborted()
    progress?.(date, name)
  }

  const memoryBytes = Math.round(options.memoryLimitBytes * SHARE_OF_MEMORY)
  const task: DayTask = { date, folder, signal, memoryBytes }

  step('read')
  const carried = await carriedFrom(edges.store, earlier, task)
  if ('damage' in carried) return carried
  const rows = await comparedRows(edges.store, task, day, {
    leaveOutDamaged,
    step,
    async onSorted() {
      step('sessions')
      await inEngine(task, memoryBytes, (one) => rebuild(one, carried, before))
    },
  })
  if (!('records' in rows)) return rows
  const { records } = rows
  step('store')
  const { files, answeredUntil } = await inEngine(task, memoryBytes, async (one) => ({
    files: await storeFiles(edges.store, one, (table) => localFile(task, table)),
    answeredUntil: await lastAnswer(one),
  }))
  signal?.throwIfAborted()
  const record: DayRecord = {
    schema_version: 1,
    date,
    compacted_at: edges.clock.now().toISOString(),
    collector_version: options.collectorVersion,
    previous: before?.date ?? null,
    answered_until: answeredUntil,
    runs: records.flatMap((run) => {
      const [snapshots, polls] = [contentOf(run, 'snapshots'), contentOf(run, 'polls')]
      return snapshots && polls ? [{ run_id: run.run_id, snapshots, polls }] : []
    }),
    left_out: rows.leftOut,
    files,
  }
  // Runs that came meanwhile: before the record, so that nobody misses them, and after it, for
  // their collectors did not see it.
  await markLateRuns(edges.store, record)
  // Where another collector was quicker, its record says the same.
  await edges.store.create(dayRecordPath(date), { text: `${JSON.stringify(record, null, 2)}\n` })
  await markLateRuns(edges.store, record)
  return {
    rows: files.find(({ table }) => table === 'snapshots')?.rows ?? 0,
    rawBytes: records.flatMap((run) => run.files).reduce((sum, { bytes }) => sum + bytes, 0),
    dailyBytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
  }
}

async function rebuild(step: DayStep, { open, late }: Carried, before: DayRecord | null) {
  const { connection, budget, date } = step
  const fromMs = before === null ? null : endOfDay(before.date)
  const rows = (table: 'polls' | 'snapshots') => {
    const own = `SELECT * FROM ${parquetRows([localFile(step, table)])}`
    if (late[table].length === 0 || fromMs === null) return `(${own})`
    const after = `observed_at >= TIMESTAMPTZ '${new Date(fromMs).toISOString()}'`
    return `(${own} UNION ALL SELECT * FROM ${parquetRows(late[table])} WHERE ${after})`
  }
  await spend(budget, 'sessions', async () => {
    await makeDaySessions(connection, {
      polls: rows('polls'),
      snapshots: rows('snapshots'),
      open: open === null ? null : parquetRows([open]),
      fromMs,
      toMs: endOfDay(date),
    })
    await writeDaily(connection, 'sessions', ENDED, localFile(step, 'sessions'))
    await writeDaily(connection, 'open_sessions', OPEN, localFile(step, 'open_sessions'))
    await connection.run(`DROP TABLE ${ENDED}; DROP TABLE ${OPEN}`)
  })
}

async function lastAnswer(step: DayStep): Promise<string | null> {
  const reader = await step.connection.runAndReadAll(
    `SELECT epoch_ms(max(observed_at)) FROM ${parquetRows([localFile(step, 'polls')])}`,
  )
  const ms = reader.getRows()[0]?.[0]
  return typeof ms === 'bigint' ? new Date(Number(ms)).toISOString() : null
}
