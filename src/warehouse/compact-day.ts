/**
 * One day's compaction: read and compared, sorted, compared again, sessions rebuilt, stored.
 */

import { readFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'

import type { CompactedDay, CompactOptions, CompactStep } from '../domain/edges.ts'
import { endOfDay, type DailyTable, type DayRecord } from '../domain/day.ts'
import { LedgerError } from '../domain/errors.ts'
import type { RunRecord } from '../domain/run.ts'
import { fileChecksum } from '../system/checksum.ts'
import { makeFolder } from '../system/make-folder.ts'
import { createBudget, type Budget } from './budget.ts'
import type { LedgerEdges } from './commit.ts'
import type { DaysOptions } from './compact.ts'
import { pollContents, snapshotContents, type RunContent } from './content-digests.ts'
import { parquetRows, recordRows, writeDaily } from './daily-files.ts'
import { checkContent } from './damage.ts'
import { ENDED, makeDaySessions, OPEN } from './day-sessions.ts'
import { startEngine, wordsOf } from './duckdb.ts'
import { markLateRuns } from './late-runs.ts'
import { dayRecordPath } from './paths.ts'
import { openQuestionFolder } from './question-folder.ts'
import { parseRecord } from './records.ts'
import { runsBegun, storeFiles, type DayToStore } from './store-day.ts'
import { pathsOf, runFiles, type StoredPart } from './stored-files.ts'
import { emptyTables } from './views.ts'

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
// A sort with more threads needs more at once than it can spill: of 7 million rows in 600 MB, four
// threads came to an end, and eight ran out of memory (DuckDB 1.5.5).
const THREAD_BYTES = 200e6
const SESSIONS_BYTES = 200e6
const MOST_SPILLED = '50GB'
// A day of 7 million snapshots takes a minute.
const LONGEST_MS = 6 * 3_600_000

/** @throws {LedgerError} `storage`, or `damaged` where a daily file is there with other rows. */
export async function compactDay(
  edges: LedgerEdges,
  options: DaysOptions,
  day: Day,
  { leaveOutDamaged = false, signal, progress }: CompactOptions,
): Promise<Made> {
  const { date, earlier } = day
  const before = earlier.at(-1) ?? null
  await using question = openQuestionFolder(options.scratch)
  const folder = question.path
  await makeFolder(folder)
  const step = (name: CompactStep) => {
    signal?.throwIfAborted()
    progress?.(date, name)
  }

  const memoryBytes = Math.round(options.memoryLimitBytes * SHARE_OF_MEMORY)
  using engine = await startEngine({
    memory_limit: `${memoryBytes}B`,
    threads: Math.max(1, Math.min(availableParallelism(), Math.floor(memoryBytes / THREAD_BYTES))),
    temp_directory: join(folder, 'spill'),
    max_temp_directory_size: MOST_SPILLED,
    autoinstall_known_extensions: false,
    autoload_known_extensions: false,
  })
  await using budget = createBudget(engine.connection, LONGEST_MS, signal)
  const task = { connection: engine.connection, budget, date, folder, signal }

  step('read')
  const carried = await carriedFrom(edges, earlier, task)
  if ('damage' in carried) return carried
  const rows = await comparedRows(edges, task, day, { leaveOutDamaged, step })
  if (!('records' in rows)) return rows
  const { records } = rows
  step('sessions')
  // By now Node holds what it compared with, and more than this makes it no faster (measured).
  await engine.connection.run(`SET memory_limit = '${Math.min(memoryBytes, SESSIONS_BYTES)}B'`)
  await rebuild(task, carried, before)
  step('store')
  const files = await storeFiles(edges.store, task, (table) => localFile(task, table))
  signal?.throwIfAborted()
  const record: DayRecord = {
    schema_version: 1,
    date,
    compacted_at: edges.clock.now().toISOString(),
    collector_version: options.collectorVersion,
    previous: before?.date ?? null,
    answered_until: await answeredUntil(task),
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

interface ComparedRows {
  records: RunRecord[]
  leftOut: DayRecord['left_out']
}

/** Sorts the rows of the day's runs, and sees to it that they are those that the runs recorded. */
async function comparedRows(
  { store }: LedgerEdges,
  task: Task,
  day: Day,
  { leaveOutDamaged, step }: { leaveOutDamaged: boolean; step: (name: CompactStep) => void },
): Promise<ComparedRows | { damage: string }> {
  const begun = await runsBegun(store, task)
  const runIds = day.runIds.filter((runId) => !begun || begun.has(runId))
  const parts = await runFiles(store, runIds, task)
  const damage = new Map(await checkContent(store, parts, task))
  const isWhole = (part: StoredPart) => !pathsOf([part]).some((path) => damage.has(path))
  for (;;) {
    if (damage.size > 0 && !leaveOutDamaged) return { damage: damageText(damage) }
    const whole = parts.filter(isWhole)
    const records = await recordsOf(whole)
    step('sort')
    await sortRows(task, whole)
    step('compare')
    const altered = await compare(task, whole, records)
    for (const path of altered) damage.set(path, 'it does not agree with the files that it names')
    if (altered.length > 0) continue
    const leftOut = parts
      .filter((part) => !isWhole(part))
      .flatMap((part) => pathsOf([part]))
      .map((path) => ({ path, why: damage.get(path) ?? 'it is of a run with a damaged file' }))
    return { records, leftOut }
  }
}

function damageText(damage: ReadonlyMap<string, string>): string {
  const [[path, why] = ['', '']] = damage
  const more = damage.size > 1 ? `, and ${damage.size - 1} more files are damaged` : ''
  return `"${path}": ${why}${more}`
}

interface Carried {
  /** What the day before left open, on this machine; null on the first day. */
  open: string | null
  /** Daily files of days before with polls after their end. */
  late: { polls: string[]; snapshots: string[] }
}

/** What comes from the days before. */
async function carriedFrom(
  { store }: LedgerEdges,
  earlier: readonly DayRecord[],
  { folder, signal }: Task,
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

interface Task extends DayToStore {
  budget: Budget
}

function localFile({ folder, date }: Task, table: DailyTable): string {
  return join(folder, `${date}-${table}.parquet`)
}

async function recordsOf(parts: readonly StoredPart[]): Promise<RunRecord[]> {
  return Promise.all(
    parts.map(async ({ id, files }) => {
      const record = parseRecord(await readFile(files.record?.file ?? ''))
      if (record) return record
      throw new LedgerError('damaged', `Cannot read the record of the run "${id}"`)
    }),
  )
}

async function sortRows(task: Task, parts: readonly StoredPart[]): Promise<void> {
  const { connection, budget } = task
  const filesOf = (kind: 'record' | 'snapshots' | 'polls') =>
    parts.flatMap(({ files }) => files[kind]?.file ?? [])
  const isEmpty = parts.length === 0
  // Where every run is damaged, and is to be left out.
  if (isEmpty) await connection.run(emptyTables())
  const sources = {
    snapshots: isEmpty ? 'snapshots' : parquetRows(filesOf('snapshots')),
    polls: isEmpty ? 'polls' : parquetRows(filesOf('polls')),
    runs: isEmpty ? 'raw.records' : recordRows(filesOf('record')),
  }
  for (const table of ['snapshots', 'polls', 'runs'] as const) {
    await spend(budget, table, () =>
      writeDaily(connection, table, sources[table], localFile(task, table)),
    )
  }
}

/**
 * Compares the sorted rows with what the runs recorded.
 *
 * @returns Records that do not agree with their own files: they are altered.
 * @throws {Error} Where the sorted rows are not those of the files: a fault of ours.
 */
async function compare(
  task: Task,
  parts: readonly StoredPart[],
  records: readonly RunRecord[],
): Promise<string[]> {
  const { connection, budget } = task
  const wrong = new Set<string>()
  for (const table of ['snapshots', 'polls'] as const) {
    const contents = table === 'snapshots' ? snapshotContents : pollContents
    const found = await budget.spend(() => contents(connection, localFile(task, table)))
    for (const [index, run] of records.entries()) {
      const runId = run.run_id
      if (isDue(run, table, found.get(runId))) continue
      const { record, [table]: raw } = parts[index]?.files ?? {}
      const own = await budget.spend(() => contents(connection, raw?.file ?? ''))
      if (!record || isDue(run, table, own.get(runId))) {
        throw new Error(`The sorted ${table} of the run "${runId}" are not those of its file`)
      }
      wrong.add(record.path)
    }
    for (const runId of found.keys()) {
      if (records.some((run) => run.run_id === runId)) continue
      throw new Error(
        `The sorted ${table} have rows of the run "${runId}", which is none of the day`,
      )
    }
  }
  return [...wrong]
}

function isDue(run: RunRecord, table: 'snapshots' | 'polls', got: RunContent | undefined): boolean {
  const due = contentOf(run, table)
  return (got?.rows ?? 0) === due?.rows && (!got || got.digest === due.content_digest)
}

function contentOf({ files }: RunRecord, table: 'snapshots' | 'polls') {
  const file = files.find(({ path }) => path.startsWith(`v1/raw/${table}/`))
  return file && { rows: file.rows, content_digest: file.content_digest }
}

async function rebuild(task: Task, { open, late }: Carried, before: DayRecord | null) {
  const { connection, budget, date } = task
  const fromMs = before === null ? null : endOfDay(before.date)
  const rows = (table: 'polls' | 'snapshots') => {
    const own = `SELECT * FROM ${parquetRows([localFile(task, table)])}`
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
    await writeDaily(connection, 'sessions', ENDED, localFile(task, 'sessions'))
    await writeDaily(connection, 'open_sessions', OPEN, localFile(task, 'open_sessions'))
    await connection.run(`DROP TABLE ${ENDED}; DROP TABLE ${OPEN}`)
  })
}

async function answeredUntil(task: Task): Promise<string | null> {
  const reader = await task.connection.runAndReadAll(
    `SELECT epoch_ms(max(observed_at)) FROM ${parquetRows([localFile(task, 'polls')])}`,
  )
  const ms = reader.getRows()[0]?.[0]
  return typeof ms === 'bigint' ? new Date(Number(ms)).toISOString() : null
}

/** DuckDB's words for a full disk or too little memory, as what they are to a person. */
async function spend<T>(budget: Budget, what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await budget.spend(work)
  } catch (cause) {
    const { words } = wordsOf(cause)
    if (!/^(IO|Out of Memory) Error/.test(words)) throw cause
    throw new LedgerError('storage', `Cannot compact the ${what} of a day: ${words}`, {
      cause,
      hint: 'Make room on the disk, or allow more memory with --memory-limit',
    })
  }
}
