/**
 * A day's rows, sorted, and seen to be those that its runs recorded: first the raw files by their
 * checksums, then the sorted ones by their content.
 */

import { readFile } from 'node:fs/promises'

import type { DayRecord } from '../domain/day.ts'
import type { CompactStep, Store } from '../domain/edges.ts'
import { LedgerError } from '../domain/errors.ts'
import type { RunRecord } from '../domain/run.ts'
import { pollContents, snapshotContents, type RunContent } from './content-digests.ts'
import { parquetRows, recordRows, writeDaily } from './daily-files.ts'
import { checkContent } from './damage.ts'
import { inEngine, localFile, spend, type DayStep, type DayTask } from './day-task.ts'
import { parseRecord } from './records.ts'
import { runsBegun } from './store-day.ts'
import { pathsOf, runFiles, type StoredPart } from './stored-files.ts'
import { emptyTables } from './views.ts'

type Sorted = 'snapshots' | 'polls' | 'runs'

export interface ComparedRows {
  records: RunRecord[]
  leftOut: DayRecord['left_out']
}

// Node holds what it compares with, and more than this makes nothing faster (measured).
const COMPARE_BYTES = 200e6

export interface CompareOptions {
  leaveOutDamaged: boolean
  step: (name: CompactStep) => void
  /**
   * What is made of the sorted rows. It comes before they are compared, for Node keeps what that
   * took, and again where a run must be left out.
   */
  onSorted: () => Promise<void>
}

/** Sorts the rows of the day's runs, and sees to it that they are those that the runs recorded. */
export async function comparedRows(
  store: Store,
  task: DayTask,
  day: { runIds: readonly string[] },
  { leaveOutDamaged, step, onSorted }: CompareOptions,
): Promise<ComparedRows | { damage: string }> {
  const compareBytes = Math.min(task.memoryBytes, COMPARE_BYTES)
  const begun = await inEngine(task, compareBytes, (one) => runsBegun(store, one))
  const runIds = day.runIds.filter((runId) => !begun || begun.has(runId))
  const parts = await runFiles(store, runIds, task)
  const damage = new Map(await checkContent(store, parts, task))
  const isWhole = (part: StoredPart) => !pathsOf([part]).some((path) => damage.has(path))
  for (;;) {
    if (damage.size > 0 && !leaveOutDamaged) return { damage: damageText(damage) }
    const whole = parts.filter(isWhole)
    const records = await recordsOf(whole)
    step('sort')
    for (const tables of [['snapshots'], ['polls', 'runs']] as const) {
      await inEngine(task, task.memoryBytes, (one) => sortRows(one, whole, tables))
    }
    await onSorted()
    step('compare')
    const altered = await inEngine(task, compareBytes, (one) => compare(one, whole, records))
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

async function recordsOf(parts: readonly StoredPart[]): Promise<RunRecord[]> {
  return Promise.all(
    parts.map(async ({ id, files }) => {
      const record = parseRecord(await readFile(files.record?.file ?? ''))
      if (record) return record
      throw new LedgerError('damaged', `Cannot read the record of the run "${id}"`)
    }),
  )
}

async function sortRows(
  step: DayStep,
  parts: readonly StoredPart[],
  tables: readonly Sorted[],
): Promise<void> {
  const { connection, budget, memoryBytes } = step
  // Blocks that come and go have a place of their own, and do not tear the rest to pieces: 100 MB
  // less at the peak. What it takes is given back when the engine is closed.
  await connection.run(`SET block_allocator_memory = '${memoryBytes}B'`)
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
  for (const table of tables) {
    await spend(budget, table, () =>
      writeDaily(connection, table, sources[table], localFile(step, table)),
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
  step: DayStep,
  parts: readonly StoredPart[],
  records: readonly RunRecord[],
): Promise<string[]> {
  const { connection, budget } = step
  const wrong = new Set<string>()
  for (const table of ['snapshots', 'polls'] as const) {
    const contents = table === 'snapshots' ? snapshotContents : pollContents
    const found = await budget.spend(() => contents(connection, localFile(step, table)))
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

export function contentOf({ files }: RunRecord, table: 'snapshots' | 'polls') {
  const file = files.find(({ path }) => path.startsWith(`v1/raw/${table}/`))
  return file && { rows: file.rows, content_digest: file.content_digest }
}
