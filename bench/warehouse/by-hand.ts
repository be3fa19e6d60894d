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
/** Our own views, which nobody writes by hand. */
const VIEWS = ['coverage', 'gaps', 'hosts', 'runs', 'subscription_polls']

/**
 * Asks the file of each table that the question names. Of our own views it asks the same SQL, over the
 * one file of polls.
 *
 * @returns How many rows there were.
 */
export type ByHand = (sql: string, parameters?: readonly string[]) => Promise<number>

/** Sorts the closed days of a warehouse into files. */
export async function sortByHand(
  connection: DuckDBConnection,
  year: string,
  { folder, spill, memory }: { folder: string; spill: string; memory: number },
): Promise<ByHand> {
  const daily = (table: string) =>
    `read_parquet('${year}/v1/daily/${table}/*/*.parquet', hive_partitioning = false)`
  const fileOf = (table: string) => join(folder, `${table}.parquet`)
  for (const [table, order] of Object.entries(ORDERS)) {
    await connection.run(
      `COPY (FROM ${daily(table)} ORDER BY ${order}) TO '${fileOf(table)}'
       (FORMAT parquet, COMPRESSION zstd)`,
    )
  }
  const byHand = (table: string) => `CREATE VIEW ${table} AS FROM read_parquet('${fileOf(table)}')`
  return async (sql, parameters = []) => {
    const words = new Set(sql.toLowerCase().match(/\w+/g))
    const named = Object.keys(ORDERS).filter((table) => words.has(table))
    const hasViews = VIEWS.some((view) => words.has(view))
    using engine = await startEngine({ memory_limit: `${memory}B`, temp_directory: spill })
    await engine.connection.run(
      hasViews ? ourViews(named, daily('runs'), byHand) : named.map(byHand).join('; '),
    )
    return (await engine.connection.runAndReadAll(sql, [...parameters])).getRows().length
  }
}

/** The statements that make all our views, over the one file of polls. */
function ourViews(named: readonly string[], runs: string, byHand: (table: string) => string) {
  return [
    emptyTables(),
    allViews({ recentFrom: '', now: NOW, intervalMs: 300_000 }),
    `DROP TABLE polls; ${byHand('polls')}`,
    `DROP TABLE raw.records; CREATE VIEW raw.records AS FROM ${runs}`,
    ...(named.includes('sessions') ? [`DROP VIEW sessions; ${byHand('sessions')}`] : []),
  ].join(';\n')
}
