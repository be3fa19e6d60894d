/**
 * A day under way: the engine that compacts it, and its files on this machine until they are stored.
 */

import { join } from 'node:path'

import type { DailyTable } from '../domain/day.ts'
import { LedgerError } from '../domain/errors.ts'
import type { Budget } from './budget.ts'
import { wordsOf } from './duckdb.ts'
import type { DayToStore } from './store-day.ts'

export interface DayTask extends DayToStore {
  budget: Budget
  /** What DuckDB may use to sort. */
  memoryBytes: number
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
