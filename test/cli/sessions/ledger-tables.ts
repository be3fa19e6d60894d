/** The views that `sessions` asks, as tables in an engine, with just the rows that a test gives. */

import type { Asking } from '../../../src/cli/sessions/asking.ts'
import { sessionColumns } from '../../../src/domain/session-columns.ts'
import { pollColumns } from '../../../src/domain/tables.ts'
import { VIEWS } from '../../../src/domain/views.ts'
import { startEngine } from '../../../src/warehouse/duckdb.ts'

/** Columns that a test says nothing about are NULL. */
export type Given = Record<string, string | number | boolean | null>

const TABLES = {
  sessions: sessionColumns,
  polls: pollColumns,
  latest_polls: pollColumns,
  hosts: VIEWS['hosts']?.columns ?? {},
  subscription_polls: VIEWS['subscription_polls']?.columns ?? {},
  gaps: VIEWS['gaps']?.columns ?? {},
} as const
type Table = keyof typeof TABLES

export interface LedgerTables extends Disposable {
  /** Puts these rows in the place of all others. */
  hold(given: Partial<Record<Table, readonly Given[]>>): Promise<void>
  /** Rows, with every value as text. */
  ask(question: Asking): Promise<Record<string, string | null>[]>
}

export async function openLedgerTables(): Promise<LedgerTables> {
  const engine = await startEngine({ threads: 1 })
  const { connection } = engine
  for (const [name, columns] of Object.entries(TABLES)) {
    const list = Object.entries(columns).map(([column, { type }]) => `"${column}" ${type}`)
    await connection.run(`CREATE TABLE ${name} (${list.join(', ')})`)
  }
  // Each answer by itself, where the ledger has those together that follow one another.
  await connection.run(
    `CREATE SCHEMA raw; CREATE VIEW raw.answers AS
      SELECT host_id, observed_at AS first_observed_at FROM polls WHERE outcome = 'ok'`,
  )
  return {
    async hold(given) {
      for (const name of Object.keys(TABLES)) await connection.run(`DELETE FROM ${name}`)
      for (const [name, rows] of Object.entries(given)) {
        for (const row of rows) {
          const columns = Object.keys(row)
          const values = columns.map((_, index) => `$${index + 1}`)
          await connection.run(
            `INSERT INTO ${name} (${columns.join(', ')}) VALUES (${values.join(', ')})`,
            Object.values(row),
          )
        }
      }
      await connection.run(
        `UPDATE hosts SET first_ok_at =
          (SELECT min(first_observed_at) FROM raw.answers WHERE host_id = hosts.host_id)`,
      )
    },
    async ask({ sql, parameters }) {
      const reader = await connection.runAndReadAll(sql, [...parameters])
      const names = reader.columnNames()
      return reader
        .getRows()
        .map((row) =>
          Object.fromEntries(
            row.map((value, index) => [names[index], value === null ? null : String(value)]),
          ),
        )
    },
    [Symbol.dispose]: () => engine[Symbol.dispose](),
  }
}
