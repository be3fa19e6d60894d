/**
 * Row stream: the rows of one statement, chunk by chunk, to the end.
 *
 * A stream that fails after its first chunk ends as if it were complete, and so does one that is
 * interrupted (measured with @duckdb/node-api 1.5.5-r.5; a result that is not streamed does tell,
 * but is held in memory that no limit counts). Only the transaction knows: it is aborted. So every
 * stream has a transaction of its own, and has ended well when that still takes a statement; COMMIT
 * would do for an aborted one too.
 */

import type {
  DuckDBConnection,
  DuckDBDataChunk,
  DuckDBPreparedStatement,
  DuckDBResult,
} from '@duckdb/node-api'

import type { Bindings } from './bindings.ts'

export interface RowStream {
  /** For the columns; its rows must be read by `next` alone. */
  result: DuckDBResult
  /** @returns null when the last row was given. @throws what DuckDB failed with. */
  next(): Promise<DuckDBDataChunk | null>
}

export interface Statement {
  prepared: DuckDBPreparedStatement
  /** The SELECT that it answers or explains, with no semicolon after it. */
  select: string
  bindings: Bindings
}

/** Starts a statement, whose parameters are bound. */
export async function openRowStream(
  connection: DuckDBConnection,
  statement: Statement,
): Promise<RowStream> {
  await connection.run('BEGIN TRANSACTION')
  const result = await statement.prepared.stream()
  return {
    result,
    async next() {
      const chunk = await result.fetchChunk()
      if (chunk && chunk.rowCount > 0) return chunk
      await requireEnd(connection, statement)
      return null
    },
  }
}

async function requireEnd(connection: DuckDBConnection, statement: Statement): Promise<void> {
  try {
    await connection.run('SELECT 1')
  } catch (error) {
    throw await reasonOf(connection, statement, error)
  }
}

/** Why the stream broke off. Its rows are computed once more, for only so does DuckDB say it. */
async function reasonOf(
  connection: DuckDBConnection,
  { select, bindings: { values, types } }: Statement,
  cause: unknown,
): Promise<unknown> {
  try {
    await connection.run('ROLLBACK')
    await connection.run(`SELECT max(hash(answer)) FROM (${select}\n) AS answer`, values, types)
  } catch (error) {
    return error
  }
  return new Error('IO Error: the answer broke off', { cause })
}
