/**
 * Storing a day: its daily files, one after the other, each under a name that is used once.
 *
 * Where a file of a compaction that was killed is there already, it is used if it has the same rows.
 * The list of runs is stored first, so that the next compaction takes the same ones: a run that came
 * in between would change every file.
 */

import { stat } from 'node:fs/promises'
import { join } from 'node:path'

import type { DuckDBConnection } from '@duckdb/node-api'

import { DAILY_TABLES, type DailyTable, type DayRecord } from '../domain/day.ts'
import type { Store } from '../domain/edges.ts'
import { LedgerError } from '../domain/errors.ts'
import { fileChecksum } from '../system/checksum.ts'
import { parquetRows, sameRows } from './daily-files.ts'
import { dailyPath } from './paths.ts'

export interface DayToStore {
  connection: DuckDBConnection
  date: string
  /** Of this machine, for what is stored already. */
  folder: string
  signal: AbortSignal | undefined
}

const IN_ORDER: readonly DailyTable[] = [
  'runs',
  ...DAILY_TABLES.filter((table) => table !== 'runs'),
]

/** The runs that a compaction which was killed had begun to store; null where there was none. */
export async function runsBegun(store: Store, day: DayToStore): Promise<Set<string> | null> {
  try {
    const reader = await day.connection.runAndReadAll(
      `SELECT run_id FROM ${parquetRows([await stored(store, day, 'runs')])}`,
    )
    return new Set(reader.getRows().map(([runId]) => String(runId)))
  } catch {
    // What cannot be read has other rows, and is named when it is in the way.
    return null
  }
}

/**
 * @param fileOf Where each table's file is on this machine.
 * @throws {LedgerError} `damaged` where a file is there with other rows.
 */
export async function storeFiles(
  store: Store,
  day: DayToStore,
  fileOf: (table: DailyTable) => string,
): Promise<DayRecord['files']> {
  const files: DayRecord['files'] = []
  for (const table of IN_ORDER) {
    day.signal?.throwIfAborted()
    const path = dailyPath(table, day.date)
    let file = fileOf(table)
    if ((await store.create(path, { file }, day.signal && { signal: day.signal })) === 'exists') {
      const there = await stored(store, day, table)
      if (!(await isSame(day, file, there))) {
        throw new LedgerError('damaged', `Cannot compact ${day.date}: "${path}" has other rows`, {
          hint: 'No record names that file. Remove it, and compact again',
        })
      }
      file = there
    }
    const reader = await day.connection.runAndReadAll(
      `SELECT count(*)::INTEGER FROM ${parquetRows([file])}`,
    )
    files.push({
      table,
      path,
      bytes: (await stat(file)).size,
      rows: Number(reader.getRows()[0]?.[0]),
      sha256: await fileChecksum(file),
    })
  }
  return files
}

async function stored(store: Store, { date, folder }: DayToStore, table: DailyTable) {
  const path = dailyPath(table, date)
  const [file = ''] = await store.local([path], join(folder, 'there'), { doubted: true })
  return file
}

async function isSame({ connection }: DayToStore, one: string, other: string): Promise<boolean> {
  try {
    return await sameRows(connection, one, other)
  } catch {
    // What cannot be read has other rows.
    return false
  }
}
