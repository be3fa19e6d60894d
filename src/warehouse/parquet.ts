/**
 * Parquet: a spool's lines as the file that stays.
 *
 * One `read_json` with explicit columns and one COPY a file. Nothing is inferred, so a run of
 * whatever content has the same columns and types as every other.
 */

import type { DuckDBConnection } from '@duckdb/node-api'

import { LedgerError } from '../domain/errors.ts'
import { isShared, pollColumns, snapshotColumns, type Columns } from '../domain/tables.ts'
import { literal, startEngine, wordsOf } from './duckdb.ts'

/** The files of a run that hold rows. */
export type Table = 'snapshots' | 'polls'

export const tableColumns: Record<Table, Columns> = {
  snapshots: snapshotColumns,
  polls: pollColumns,
}

/** One file of lines (lines.ts), to become one Parquet file. */
export interface Conversion {
  table: Table
  from: string
  to: string
  longestLineBytes: number
}

/**
 * Writes Parquet files from files of lines.
 *
 * @param runId Becomes the column `run_id`.
 * @param scratch Where DuckDB may spill.
 * @throws {LedgerError} `storage`, for a full disk.
 */
export async function writeParquet(
  runId: string,
  scratch: string,
  conversions: readonly Conversion[],
): Promise<void> {
  using engine = await startEngine({
    threads: 1,
    memory_limit: '256MB',
    temp_directory: scratch,
    autoinstall_known_extensions: false,
    autoload_known_extensions: false,
  })
  for (const conversion of conversions) {
    await convert(engine.connection, runId, conversion)
  }
}

async function convert(
  connection: DuckDBConnection,
  runId: string,
  conversion: Conversion,
): Promise<void> {
  const { to } = conversion
  try {
    await connection.run(
      `COPY (${rowsOf(runId, conversion)}) TO ${literal(to)} ` +
        '(FORMAT parquet, PARQUET_VERSION v1, COMPRESSION zstd, COMPRESSION_LEVEL 3, ' +
        'ROW_GROUP_SIZE 122880)',
    )
  } catch (cause) {
    const { words } = wordsOf(cause)
    if (!/^(IO|Out of Memory) Error/.test(words)) throw cause
    throw new LedgerError('storage', `Cannot write "${to}": ${words}`, { cause })
  }
}

function rowsOf(runId: string, { table, from, longestLineBytes }: Conversion): string {
  const columns = Object.entries(tableColumns[table])
  const isList = (name: string) => table === 'snapshots' && !isShared(name)
  const select = columns.map(([name]) => {
    if (name === 'run_id') return `${literal(runId)} AS run_id`
    return isList(name) ? `unnest(${name}) AS ${name}` : name
  })
  const types = columns
    .filter(([name]) => name !== 'run_id')
    .map(([name, { type }]) => `${name}: '${type}${isList(name) ? '[]' : ''}'`)
  // DuckDB holds two lines of the greatest allowed length: its default of 16 MiB would cost 32 MiB,
  // and refuse longer ones.
  const lineBytes = Math.max(longestLineBytes + 1, 1024 * 1024)
  return (
    `SELECT ${select.join(', ')} FROM read_json(${literal(from)}, format = 'newline_delimited', ` +
    `maximum_object_size = ${lineBytes}, columns = {${types.join(', ')}})`
  )
}
