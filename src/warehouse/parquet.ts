/**
 * Parquet: a spool's lines as the file that stays.
 *
 * One `read_json` with explicit columns and one COPY a file. Nothing is inferred, so a run of
 * whatever content has the same columns and types as every other.
 */

import { join } from 'node:path'

import { LedgerError } from '../domain/errors.ts'
import { isShared, pollColumns, snapshotColumns, type Columns } from '../domain/tables.ts'
import { literal, startEngine, wordsOf } from './duckdb.ts'

/** The files of a run that hold rows. */
export type Table = 'snapshots' | 'polls'

const COLUMNS: Record<Table, Columns> = { snapshots: snapshotColumns, polls: pollColumns }

/** One file of lines (lines.ts), to become one Parquet file. */
export interface Conversion {
  table: Table
  from: string
  to: string
  longestLineBytes: number
}

/**
 * Writes one Parquet file from one file of lines.
 *
 * @param runId Becomes the column `run_id`.
 * @param scratch Where DuckDB may spill.
 * @throws {LedgerError} `storage`, for a full disk.
 */
export async function writeParquet(
  runId: string,
  scratch: string,
  conversion: Conversion,
): Promise<void> {
  try {
    await convert(runId, scratch, conversion, '256MB')
  } catch (error) {
    // DuckDB works on 2,048 rows at a time: of very wide ones even so many can be too much.
    if (!wordsOf(error).words.startsWith('Out of Memory')) throw storageError(conversion, error)
    await convert(runId, scratch, conversion, '2GB').catch((again: unknown) => {
      throw storageError(conversion, again)
    })
  }
}

async function convert(
  runId: string,
  scratch: string,
  conversion: Conversion,
  memoryLimit: string,
): Promise<void> {
  using engine = await startEngine({
    // More threads are slower here: one reads the text, and the others wait for it.
    threads: 1,
    memory_limit: memoryLimit,
    // The digest does not depend on the order of rows, and keeping it costs time and memory.
    preserve_insertion_order: false,
    temp_directory: join(scratch, `spill-${conversion.table}`),
    autoinstall_known_extensions: false,
    autoload_known_extensions: false,
  })
  // With groups of 122,880 rows, DuckDB's own number, 200,000 sessions came up against the memory
  // limit: twice the time, and a third more memory, for a file that is 7 % smaller.
  await engine.connection.run(
    `COPY (${rowsOf(runId, conversion)}) TO ${literal(conversion.to)} ` +
      '(FORMAT parquet, PARQUET_VERSION v1, COMPRESSION zstd, COMPRESSION_LEVEL 3, ' +
      "ROW_GROUP_SIZE 20480, ROW_GROUP_SIZE_BYTES '100MB')",
  )
}

function rowsOf(runId: string, { table, from, longestLineBytes }: Conversion): string {
  const columns = Object.entries(COLUMNS[table])
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

/** The disk's and the memory's fault, told from a fault in the lines. */
function storageError({ to }: Conversion, cause: unknown): unknown {
  const { words } = wordsOf(cause)
  return /^(IO|Out of Memory) Error/.test(words)
    ? new LedgerError('storage', `Cannot write "${to}": ${words}`, { cause })
    : cause
}
