/**
 * A reader: an engine of its own for one question, with the views, that can read the ledger's files and
 * nothing else.
 *
 * It plans the question over empty tables first (reach.ts), and then answers it over files (answer.ts).
 * Both count towards the time that a question may take.
 */

import type { DuckDBConnection } from '@duckdb/node-api'

import { type Budget, createBudget } from './budget.ts'
import { startEngine } from './duckdb.ts'
import { confinement } from './guard.ts'
import type { KeepingPlace } from './kept-files.ts'
import { allViews, emptyTables, type ViewOptions } from './views.ts'

export interface AnswerOptions {
  memoryLimitBytes: number
  queryTimeoutMs: number
}

// A join that spills without a bound has filled a disk.
const MOST_SPILLED = '20GB'

/** An engine for one question, and the time that it may take. */
export interface QuestionEngine extends AsyncDisposable {
  connection: DuckDBConnection
  budget: Budget
}

/** An engine with the views, over empty tables. It can read the ledger's files and nothing else. */
export interface Reader extends QuestionEngine, KeepingPlace {
  /** What the views are made for. */
  views: ViewOptions
  /** Whether the question failed before: what is kept may be the cause. */
  again: boolean
}

export interface EngineOptions extends AnswerOptions {
  signal: AbortSignal | undefined
  /** More of DuckDB's settings. */
  settings?: Record<string, boolean>
}

/**
 * Opens an engine that may use so much memory and can load nothing.
 *
 * @param folder The question's: DuckDB may spill there.
 */
export async function openEngine(
  folder: string,
  { memoryLimitBytes, queryTimeoutMs, signal, settings = {} }: EngineOptions,
): Promise<QuestionEngine> {
  await using resources = new AsyncDisposableStack()
  const engine = await startEngine({
    memory_limit: `${memoryLimitBytes}B`,
    temp_directory: folder,
    max_temp_directory_size: MOST_SPILLED,
    autoinstall_known_extensions: false,
    autoload_known_extensions: false,
    allow_community_extensions: false,
    ...settings,
  })
  const { connection } = resources.use(engine)
  const budget = resources.use(createBudget(connection, queryTimeoutMs, signal))
  const held = resources.move()
  return { connection, budget, [Symbol.asyncDispose]: () => held.disposeAsync() }
}

/** Makes the views in an engine, which then reads the files of these places and no others. */
export async function makeReader(
  engine: QuestionEngine,
  views: ViewOptions,
  place: KeepingPlace,
  again: boolean,
): Promise<Reader> {
  const { connection, budget } = engine
  await connection.run([emptyTables(views), allViews(views), confinement(place)].join(';\n'))
  return {
    ...place,
    connection,
    budget,
    views,
    again,
    [Symbol.asyncDispose]: () => engine[Symbol.asyncDispose](),
  }
}
