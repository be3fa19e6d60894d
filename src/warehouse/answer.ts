/**
 * Answer: one SELECT over the views, in an engine of its own that can read the ledger's files and
 * nothing else, and can write nowhere.
 */

import { dirname } from 'node:path'

import type { DuckDBConnection, DuckDBDataChunk, DuckDBResult } from '@duckdb/node-api'

import type { Cell, QueryResult } from '../domain/edges.ts'
import { type Budget, createBudget } from './budget.ts'
import { toCells, type ToCell } from './cells.ts'
import { bindingsOf, type Parameters } from './bindings.ts'
import { type Engine, startEngine } from './duckdb.ts'
import { lock, prepareSelect, requireSelect, type Select } from './guard.ts'
import { UnreadableViews } from './query-error.ts'
import { openRowStream, type RowStream, type Statement } from './row-stream.ts'
import { allViews, emptyTables, fillTables, type ViewFiles, type ViewOptions } from './views.ts'

export interface Question {
  sql: string
  parameters: Parameters
  signal: AbortSignal | undefined
  views: ViewOptions
}

export interface AnswerOptions {
  memoryLimitBytes: number
  queryTimeoutMs: number
}

/** Computed before anything is given out, so that an early failure is the question's, not the row's. */
const FIRST_ROWS = 16_384

// A join that spills without a bound has filled a disk.
const MOST_SPILLED = '20GB'

/** An engine with the views over some files, locked: all that is left to do is to ask it. */
export interface OpenViews extends AsyncDisposable {
  connection: DuckDBConnection
  budget: Budget
  question: Select
  warnings: string[]
}

export interface EngineOptions {
  /** Where DuckDB may spill; made when it does. */
  folder: string
  /** Folders that it may write into (default none). */
  writable?: readonly string[]
  /** More of DuckDB's settings. */
  settings?: Record<string, boolean>
}

/** An engine that may use so much memory, and can load nothing. */
export function startReader(
  { memoryLimitBytes }: AnswerOptions,
  { folder, settings = {} }: EngineOptions,
): Promise<Engine> {
  return startEngine({
    memory_limit: `${memoryLimitBytes}B`,
    temp_directory: folder,
    max_temp_directory_size: MOST_SPILLED,
    autoinstall_known_extensions: false,
    autoload_known_extensions: false,
    allow_community_extensions: false,
    ...settings,
  })
}

/**
 * Makes the views over these files, and locks the engine.
 *
 * @param keep Statements that keep what several questions need.
 * @throws Whatever DuckDB throws, as it is: whether that is damage, the caller finds out.
 */
export async function makeViews(
  connection: DuckDBConnection,
  views: ViewOptions,
  files: ViewFiles,
  { writable = [], keep = '' }: { writable?: readonly string[]; keep?: string } = {},
): Promise<void> {
  await connection.run(`${emptyTables()};\n${allViews(views)}`)
  await fill(connection, files)
  if (keep !== '') await connection.run(keep)
  await lock(connection, [...foldersOf(files), ...writable])
}

/**
 * Makes the views of these files, for one question.
 *
 * @throws As `makeViews`.
 */
export async function openViews(
  { sql, signal, views }: Question,
  options: AnswerOptions,
  files: ViewFiles,
  engineOptions: EngineOptions,
): Promise<OpenViews> {
  await using resources = new AsyncDisposableStack()
  const engine = resources.use(await startReader(options, engineOptions))
  const budget = resources.use(createBudget(engine.connection, options.queryTimeoutMs, signal))
  const { connection } = engine
  return await budget.spend(async () => {
    const question = await requireSelect(connection, sql)
    const { writable = [] } = engineOptions
    await makeViews(connection, views, files, { writable })
    const warnings = /active_sessions/i.test(sql) ? await unknownHosts(connection) : []
    const held = resources.move()
    return {
      connection,
      budget,
      question,
      warnings,
      [Symbol.asyncDispose]: () => held.disposeAsync(),
    }
  })
}

/**
 * Asks the question of these files.
 *
 * @throws As `openViews`.
 */
export async function answer(
  question: Question,
  options: AnswerOptions,
  files: ViewFiles,
  folder: string,
): Promise<QueryResult> {
  await using resources = new AsyncDisposableStack()
  const views = resources.use(await openViews(question, options, files, { folder }))
  const { connection, budget, warnings } = views
  return await budget.spend(async () => {
    const prepared = await prepareSelect(connection, views.question)
    const { select } = views.question
    const bindings = await bindingsOf(prepared, question.parameters)
    const rows = await startRows(connection, { prepared, select, bindings })
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

async function fill(connection: DuckDBConnection, files: ViewFiles): Promise<void> {
  const statements = fillTables(files)
  if (statements === '') return
  try {
    await connection.run(statements)
  } catch (cause) {
    throw new UnreadableViews('Cannot make the views', { cause })
  }
}

function foldersOf({ tables }: ViewFiles): string[] {
  const files = Object.values(tables).flatMap(({ days, runs }) => [...days, ...runs])
  const folders = files.map((file) => `${dirname(file)}/`)
  return [...new Set(folders)]
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
