/**
 * A day under way: its files on this machine until they are stored, and the engine of each of its
 * steps.
 *
 * Every step has an engine of its own. DuckDB's allocator gives memory back late, some only when the
 * engine is closed: a step would begin with several hundred megabytes of the one before.
 */

import { availableParallelism } from 'node:os'
import { join } from 'node:path'

import type { DuckDBConnection } from '@duckdb/node-api'

import type { DailyTable } from '../domain/day.ts'
import { LedgerError } from '../domain/errors.ts'
import { createBudget, type Budget } from './budget.ts'
import { startEngine, wordsOf } from './duckdb.ts'

export interface DayTask {
  date: string
  /** Of this machine. */
  folder: string
  signal: AbortSignal | undefined
  /** What DuckDB may use to sort. */
  memoryBytes: number
}

/** One step of it, with its engine. */
export interface DayStep extends DayTask {
  connection: DuckDBConnection
  budget: Budget
}

// A sort with more threads needs more at once than it can spill: of 7 million rows, two threads ran
// out of 400 MB, and eight of 600 MB (DuckDB 1.5.5).
const THREAD_BYTES = 240e6
const MOST_SPILLED = '50GB'
// A day of 7 million snapshots takes a minute.
const LONGEST_MS = 6 * 3_600_000

/**
 * Does a step of a day in an engine that is closed after it.
 *
 * @param limitBytes What DuckDB may use for it.
 */
export async function inEngine<T>(
  task: DayTask,
  limitBytes: number,
  work: (step: DayStep) => Promise<T>,
): Promise<T> {
  const { folder, memoryBytes, signal } = task
  signal?.throwIfAborted()
  using engine = await startEngine({
    memory_limit: `${Math.round(limitBytes)}B`,
    threads: Math.max(1, Math.min(availableParallelism(), Math.floor(memoryBytes / THREAD_BYTES))),
    temp_directory: join(folder, 'spill'),
    max_temp_directory_size: MOST_SPILLED,
    autoinstall_known_extensions: false,
    autoload_known_extensions: false,
  })
  const { connection } = engine
  await using budget = createBudget(connection, LONGEST_MS, signal)
  return await work({ ...task, connection, budget })
}

/** Where a table's file is on this machine. */
export function localFile(
  { folder, date }: Pick<DayTask, 'folder' | 'date'>,
  table: DailyTable,
): string {
  return join(folder, `${date}-${table}.parquet`)
}

/** DuckDB's words for a full disk or too little memory, as what they are to a person. */
export async function spend<T>(budget: Budget, what: string, work: () => Promise<T>): Promise<T> {
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
