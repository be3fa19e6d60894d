/**
 * Parquet: a spool's lines as the file that stays.
 *
 * One `read_json` with explicit columns and one COPY a file, in one engine for all of a run's files. Nothing is inferred, so a run of
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
 * Writes Parquet files from files of lines, at the same time.
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
  const write = async (some: readonly Conversion[], memoryLimit: string): Promise<Failure[]> => {
    using engine = await startEngine({
      // More threads are slower here: one reads the text, and the others wait for it.
      threads: 1,
      memory_limit: memoryLimit,
      // The digest does not depend on the order of rows, and keeping it costs time and memory.
      preserve_insertion_order: false,
      temp_directory: join(scratch, 'spill'),
      autoinstall_known_extensions: false,
      autoload_known_extensions: false,
    })
    const failures: Failure[] = []
    await Promise.all(
      some.map(async (conversion) => {
        try {
          const connection = await engine.connect()
          await connection.run(copyStatement(runId, conversion))
        } catch (error) {
          failures.push({ conversion, error })
        }
      }),
    )
    return failures
  }
  const failures = await write(conversions, '256MB')
  const wide = failures.filter(isTooWide).map(({ conversion }) => conversion)
  // DuckDB works on 2,048 rows at a time: of very wide ones even so many can be too much.
  const again = wide.length > 0 ? await write(wide, '2GB') : []
  const [failure] = [...failures.filter((one) => !isTooWide(one)), ...again]
  if (failure) throw storageError(failure)
}

interface Failure {
  conversion: Conversion
  error: unknown
}

function isTooWide({ error }: Failure): boolean {
  return wordsOf(error).words.startsWith('Out of Memory')
}

function copyStatement(runId: string, conversion: Conversion): string {
  // With groups of 122,880 rows, DuckDB's own number, 200,000 sessions came up against the memory
  // limit: twice the time, and a third more memory, for a file that is 7 % smaller.
  return (
    `COPY (${rowsOf(runId, conversion)}) TO ${literal(conversion.to)} ` +
    '(FORMAT parquet, PARQUET_VERSION v1, COMPRESSION zstd, COMPRESSION_LEVEL 3, ' +
    "ROW_GROUP_SIZE 20480, ROW_GROUP_SIZE_BYTES '100MB')"
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
function storageError({ conversion, error: cause }: Failure): unknown {
  const { words } = wordsOf(cause)
  return /^(IO|Out of Memory) Error/.test(words)
    ? new LedgerError('storage', `Cannot write "${conversion.to}": ${words}`, { cause })
    : cause
}
