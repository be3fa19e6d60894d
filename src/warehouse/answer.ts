/**
 * Answer: one SELECT over the views, by a reader.
 */

import type { DuckDBConnection, DuckDBDataChunk, DuckDBResult } from '@duckdb/node-api'

import type { Cell, QueryResult } from '../domain/edges.ts'
import { toCells, type ToCell } from './cells.ts'
import { bindingsOf } from './bindings.ts'
import { LOCK_SETTINGS, prepareSelect } from './guard.ts'
import { forgetEnded, withEnded } from './kept-ended.ts'
import { forgetLiveRows, putLiveRows } from './kept-sessions.ts'
import { forgetSummaries, putSummaries } from './kept-summaries.ts'
import { UnreadableViews } from './query-error.ts'
import { asksWhoIsConnected, type Question, type Reach } from './reach.ts'
import type { QuestionEngine, Reader } from './reader.ts'
import { openRowStream, type RowStream, type Statement } from './row-stream.ts'
import type { ViewFiles } from './view-tables.ts'
import { LIVE_ROWS } from './view-list.ts'
import { fillTables, holdLatestPolls } from './views.ts'

/** Puts files under a question's engine, and locks it. */
export type Put = () => Promise<void>

/** Computed before anything is given out, so that an early failure is the question's, not the row's. */
const FIRST_ROWS = 16_384

/**
 * Puts files under the views of a reader, once, and locks it.
 *
 * @throws Whatever DuckDB throws, as it is: whether that is damage, the caller finds out.
 */
export async function putFiles(reader: Reader, files: ViewFiles, reach: Reach): Promise<void> {
  const { connection, views } = reader
  const read = reach['raw.closed_sessions'] ? await withEnded(reader, files) : files
  try {
    const statements = fillTables(read, views)
    if (statements !== '') await connection.run(statements)
    if (reach[LIVE_ROWS]) await putLiveRows(reader, files)
    await putSummaries(reader, files, reach)
  } catch (cause) {
    throw new UnreadableViews('Cannot make the views', { cause })
  }
  // Who is connected reads them twice, and the rules of alerts many times.
  const hold = reach['raw.recent_polls'] ? holdLatestPolls(views) : ''
  if (hold !== '') await connection.run(hold)
  await connection.run(LOCK_SETTINGS)
}

/** Removes all that is kept for these files: it may be damaged. */
export async function forgetAll(reader: Reader, files: ViewFiles): Promise<void> {
  await forgetEnded(reader, files.closedDays.sessions)
  await forgetSummaries(reader, files)
  await forgetLiveRows(reader, files)
}

/** What an answer about who is connected must say beside it. */
export async function warningsFor(
  connection: DuckDBConnection,
  { asked }: Question,
): Promise<string[]> {
  return asksWhoIsConnected(asked) ? await unknownHosts(connection) : []
}

/**
 * Asks a question of the files that are put under it.
 *
 * @param engine Closed with the answer, or where there is none.
 * @throws As `put`.
 */
export async function answer(
  question: Question,
  engine: QuestionEngine,
  put: Put,
): Promise<QueryResult> {
  await using resources = new AsyncDisposableStack()
  const { connection, budget } = resources.use(engine)
  return await budget.spend(async () => {
    await put()
    const warnings = await warningsFor(connection, question)
    const { asked, parameters } = question
    const prepared = await prepareSelect(connection, asked)
    const bindings = await bindingsOf(prepared, parameters)
    const rows = await startRows(connection, { prepared, select: asked.select, bindings })
    const ahead = await readAhead(rows)
    const convert = await converters(rows.result)
    const held = resources.move()
    return {
      columns: columnsOf(rows.result),
      warnings,
      async *batches() {
        for (const chunk of ahead.chunks) yield rowsOf(chunk, convert)
        if (ahead.complete) return
        for (;;) {
          const chunk = await budget.spend(() => rows.next())
          if (!chunk) return
          yield rowsOf(chunk, convert)
        }
      },
      [Symbol.asyncDispose]: () => held.disposeAsync(),
    }
  })
}

/** Who is connected is not known for hosts whose latest poll failed: the answer must say so. */
async function unknownHosts(connection: DuckDBConnection): Promise<string[]> {
  const reader = await connection.runAndReadAll(
    `SELECT count(*)::INTEGER, count(*) FILTER (outcome NOT IN ('ok', 'skipped_unsupported'))::INTEGER
     FROM raw.latest_polls`,
  )
  const [all, unknown] = reader.getRows()[0] ?? []
  if (!unknown) return []
  return [
    `${String(unknown)} of ${String(all)} hosts could not be read in their last poll; who is connected ` +
      "through them is unknown (SELECT * FROM hosts WHERE listed AND last_outcome <> 'ok')",
  ]
}

/** Binds a statement's parameters, and starts it. */
export async function startRows(
  connection: DuckDBConnection,
  statement: Statement,
): Promise<RowStream> {
  const { values, types } = statement.bindings
  statement.prepared.bind(values, types)
  return openRowStream(connection, statement)
}

interface ReadAhead {
  chunks: DuckDBDataChunk[]
  complete: boolean
}

async function readAhead(stream: RowStream): Promise<ReadAhead> {
  const chunks: DuckDBDataChunk[] = []
  for (let rows = 0; rows < FIRST_ROWS; rows += chunks.at(-1)?.rowCount ?? 0) {
    const chunk = await stream.next()
    if (!chunk) return { chunks, complete: true }
    chunks.push(chunk)
  }
  return { chunks, complete: false }
}

export function columnsOf(result: DuckDBResult): QueryResult['columns'] {
  const types = result.columnTypes()
  // A name that comes twice would lose a column in every JSON reader.
  return result
    .deduplicatedColumnNames()
    .map((name, index) => ({ name, type: String(types[index]) }))
}

/** How the values of each column become cells. */
export async function converters(result: DuckDBResult): Promise<ToCell[]> {
  const api = await import('@duckdb/node-api')
  return result.columnTypes().map((type) => toCells(api, type))
}

/** A chunk's rows as cells. */
export function rowsOf(chunk: DuckDBDataChunk, convert: readonly ToCell[]): Cell[][] {
  const vectors = convert.map((toCell, index) => ({ toCell, vector: chunk.getColumnVector(index) }))
  return Array.from({ length: chunk.rowCount }, (_, row) =>
    vectors.map(({ toCell, vector }) => toCell(vector.getItem(row))),
  )
}
