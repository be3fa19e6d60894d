/**
 * Engines that read Parquet: DuckDB, and two that share no code with it, hyparquet (JavaScript) and
 * Polars (Rust).
 */

import type { DuckDBConnection } from '@duckdb/node-api'
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from 'hyparquet'
import { compressors } from 'hyparquet-compressors'
import polars from 'nodejs-polars'
import { expect } from 'vitest'

type Row = Record<string, unknown>

/** What an engine makes of a file: its columns with their types, and its rows. */
interface Read {
  types: string[]
  rows: Row[]
}

export async function byDuckdb(connection: DuckDBConnection, path: string): Promise<Row[]> {
  const reader = await connection.runAndReadAll(
    `FROM read_parquet('${path}', hive_partitioning = false)`,
  )
  return reader.getRowObjectsJS().map(comparable)
}

export async function byHyparquet(path: string): Promise<Read> {
  const file = await asyncBufferFromFile(path)
  const { schema } = await parquetMetadataAsync(file)
  const types = schema.slice(1).map((column) => {
    const zone = column.logical_type?.type === 'TIMESTAMP' && column.logical_type.isAdjustedToUTC
    return [column.name, column.type, column.converted_type, zone && 'UTC']
      .filter(Boolean)
      .join(' ')
  })
  const rows = await parquetReadObjects({ file, compressors })
  return { types, rows: rows.map(comparable) }
}

export function byPolars(path: string): Read {
  return ofFrame(polars.readParquet(path))
}

/** The values of a column that is not in the files but in their folders' names. */
export function folderColumn(glob: string, column: string): unknown[] {
  const all = polars.scanParquet(glob, { hivePartitioning: true })
  return ofFrame(all.select(column).collectSync()).rows.map((row) => row[column])
}

function ofFrame(frame: polars.DataFrame): Read {
  return {
    types: frame.getColumns().map(({ name, dtype }) => {
      return `${name} ${String(dtype).replace(/^DataType\((.*)\)$/, '$1')}`
    }),
    rows: frame.toRecords().map(comparable),
  }
}

/** A row whose values look the same from every engine: numbers of any width, times as text. */
function comparable(row: Row): Row {
  const text = JSON.stringify(row, (_, value: unknown) => {
    if (typeof value !== 'bigint') return value
    expect(Number.isSafeInteger(Number(value))).toBe(true)
    return Number(value)
  })
  const parsed: Row = JSON.parse(text)
  // hyparquet leaves a struct that is NULL out of its row.
  return 'files' in parsed ? { scope: null, shards: null, ...parsed } : parsed
}
