/**
 * Daily files: a closed day's rows, merged and sorted, one Parquet file a table.
 *
 * Sorted by host, target and session, the snapshots of one session lie together and differ in their
 * times only: 2.8 bytes a row instead of the 55 of the runs' own files.
 */

import type { DuckDBConnection } from '@duckdb/node-api'

import type { DailyTable } from '../domain/day.ts'
import { literal } from './duckdb.ts'
import { recordsFrom } from './views-runs.ts'

/** Every order is total, so that the same rows make the same file. */
export const ORDER: Record<DailyTable, string> = {
  snapshots: 'host_id, target_resource_id, session_id, started_at, observed_at, run_id',
  polls: 'host_id, run_id',
  runs: 'run_id',
  sessions: 'host_id, target_resource_id, session_id, started_at, first_seen_at, first_run_id',
  open_sessions: 'host_id, target_resource_id, session_id, started_at, first_seen_at, first_run_id',
}

/**
 * Above so many values, times are written plain instead of by a dictionary: the sessions of one host
 * repeat the same times, and only as whole bytes does zstd see that (4.4 bytes a row become 2.8).
 */
const DICTIONARY_VALUES = 2000

/**
 * Writes one daily file.
 *
 * @param rows A relation, as it can stand after FROM.
 * @param to On this machine.
 */
export async function writeDaily(
  connection: DuckDBConnection,
  table: DailyTable,
  rows: string,
  to: string,
): Promise<void> {
  await connection.run(
    `COPY (SELECT * FROM ${rows} ORDER BY ${ORDER[table]}) TO ${literal(to)} ` +
      '(FORMAT parquet, PARQUET_VERSION v1, COMPRESSION zstd, COMPRESSION_LEVEL 6, ' +
      `ROW_GROUP_SIZE 122880, DICTIONARY_SIZE_LIMIT ${DICTIONARY_VALUES})`,
  )
}

/** The rows of Parquet files that have the same columns, as a relation. */
export function parquetRows(files: readonly string[]): string {
  // Without this, `date=` in the path would become one more column.
  return `read_parquet(${literal(files)}, hive_partitioning = false)`
}

/** The runs' records as a relation. */
export function recordRows(files: readonly string[]): string {
  return `(${recordsFrom(files)})`
}

/** Whether two files have the same rows, in whatever order. */
export async function sameRows(
  connection: DuckDBConnection,
  one: string,
  other: string,
): Promise<boolean> {
  const reader = await connection.runAndReadAll(
    `SELECT count(*) FROM ((${sumOf(one)}) INTERSECT (${sumOf(other)}))`,
  )
  return reader.getRows()[0]?.[0] === 1n
}

function sumOf(file: string): string {
  return `SELECT count(*), sum(hash(one)::HUGEINT), bit_xor(hash(one)) FROM ${parquetRows([file])} AS one`
}
