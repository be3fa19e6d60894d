/**
 * Parquet: a spool's lines as the file that stays.
 *
 * One `read_json` with explicit columns and one COPY a file, in one engine for all of a run's files.
 * Nothing is inferred, so a run of whatever content has the same columns and types as every other.
 */

import { join } from 'node:path'

import { LedgerError } from '../domain/errors.ts'
import { isShared, pollColumns, snapshotColumns, type Columns } from '../domain/tables.ts'
import { literal, startEngine, wordsOf, type Engine } from './duckdb.ts'

/** The files of a run that hold rows. */
export type Table = 'snapshots' | 'polls'

const COLUMNS: Record<Table, Columns> = { snapshots: snapshotColumns, polls: pollColumns }

/** The lines of one table (lines.ts), to become one Parquet file. */
export interface Conversion {
  table: Table
  /** Files of lines. */
  from: readonly string[]
  to: string
  longestLineBytes: number
}

export interface ParquetWriter extends AsyncDisposable {
  /**
   * Writes Parquet files, at the same time.
   *
   * @param runId Becomes the column `run_id`.
   * @throws {LedgerError} `storage`, for a full disk.
   */
  write(runId: string, conversions: readonly Conversion[]): Promise<void>
}

/**
 * Opens a writer. Its engine starts meanwhile, so that it is there when the last host has answered;
 * where it cannot start, `write` says so.
 *
 * @param scratch Where DuckDB may spill.
 */
export function openParquetWriter(scratch: string): ParquetWriter {
  const starting = startEngine({
    // More threads are slower here: they work for longer, and need more memory.
    threads: 1,
    memory_limit: '256MB',
    // The digest does not depend on the order of rows, and keeping it costs time and memory.
    preserve_insertion_order: false,
    temp_directory: join(scratch, 'spill'),
    autoinstall_known_extensions: false,
    autoload_known_extensions: false,
  })
  // Nobody may ever write.
  starting.catch(() => undefined)

  return {
    async write(runId, conversions) {
      const engine = await starting
      const failures = await convert(engine, runId, conversions)
      const wide = failures.filter(isTooWide).map(({ conversion }) => conversion)
      let again: Failure[] = []
      if (wide.length > 0) {
        // DuckDB works on 2,048 rows at a time: of very wide ones even so many can be too much.
        await engine.connection.run("SET memory_limit = '2GB'")
        again = await convert(engine, runId, wide)
      }
      const [failure] = [...failures.filter((one) => !isTooWide(one)), ...again]
      if (failure) throw storageError(failure)
    },
    async [Symbol.asyncDispose]() {
      const engine = await starting.catch(() => null)
      engine?.[Symbol.dispose]()
    },
  }
}

async function convert(
  engine: Engine,
  runId: string,
  conversions: readonly Conversion[],
): Promise<Failure[]> {
  const failures: Failure[] = []
  await Promise.all(
    conversions.map(async (conversion) => {
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

interface Failure {
  conversion: Conversion
  error: unknown
}

function isTooWide({ error }: Failure): boolean {
  return wordsOf(error).words.startsWith('Out of Memory')
}

function copyStatement(runId: string, conversion: Conversion): string {
  // A group is held until it is whole. With 122,880 rows, DuckDB's own number, 200,000 sessions came up
  // against the memory limit and took twice the time; 20,480 take 30 MB more than this for a file that
  // is 3 to 8 % smaller.
  return (
    `COPY (${rowsOf(runId, conversion)}) TO ${literal(conversion.to)} ` +
    '(FORMAT parquet, PARQUET_VERSION v1, COMPRESSION zstd, COMPRESSION_LEVEL 3, ' +
    "ROW_GROUP_SIZE 8192, ROW_GROUP_SIZE_BYTES '100MB')"
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
  // Longer lines than this would be refused. DuckDB takes its default of 16 MiB where that is more.
  const lineBytes = longestLineBytes + 1
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
