/**
 * The rival: a year in one file a table, sorted by hand, asked by somebody who knows which file.
 */

import { join } from 'node:path'

import type { DuckDBConnection } from '@duckdb/node-api'

import { startEngine } from '../../src/warehouse/duckdb.ts'
import { allViews, emptyTables } from '../../src/warehouse/views.ts'
import { NOW } from './year.ts'

const ORDER = 'host_id, target_resource_id, session_id, started_at'
const ORDERS = { snapshots: `${ORDER}, observed_at`, polls: 'host_id, run_id', sessions: ORDER }
type Table = keyof typeof ORDERS

export interface ByHand {
  /** Asks the file of a table, as a view of its name. */
  ask(table: Table, sql: string): Promise<number>
  /** Asks our own SQL of `coverage` and `gaps` over the one file of polls. */
  askSlots(sql: string): Promise<number>
}

/** Sorts the closed days of a warehouse into files. */
export async function sortByHand(
  connection: DuckDBConnection,
  year: string,
  { folder, spill, memory }: { folder: string; spill: string; memory: number },
): Promise<ByHand> {
  const fileOf = (table: Table) => join(folder, `${table}.parquet`)
  const daily = (table: string) =>
    `read_parquet('${year}/v1/daily/${table}/*/*.parquet', hive_partitioning = false)`
  for (const [table, order] of Object.entries(ORDERS)) {
    await connection.run(
      `COPY (FROM ${daily(table)} ORDER BY ${order}) TO '${join(folder, `${table}.parquet`)}'
       (FORMAT parquet, COMPRESSION zstd)`,
    )
  }
  const askIn = async (statements: string, sql: string) => {
    using engine = await startEngine({ memory_limit: `${memory}B`, temp_directory: spill })
    await engine.connection.run(statements)
    return (await engine.connection.runAndReadAll(sql)).getRows().length
  }
  return {
    ask: (table, sql) =>
      askIn(`CREATE VIEW ${table} AS FROM read_parquet('${fileOf(table)}')`, sql),
    askSlots: (sql) =>
      askIn(
        `${emptyTables()}; ${allViews({ recentFrom: '', now: NOW, intervalMs: 300_000 })};
         DROP TABLE polls; CREATE VIEW polls AS FROM read_parquet('${fileOf('polls')}');
         DROP TABLE raw.records; CREATE VIEW raw.records AS FROM ${daily('runs')}`,
        sql,
      ),
  }
}
