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
import { confine } from './guard.ts'
import { allViews, emptyTables, type ViewOptions } from './views.ts'

export interface AnswerOptions {
  memoryLimitBytes: number
  queryTimeoutMs: number
}

// A join that spills without a bound has filled a disk.
const MOST_SPILLED = '20GB'

/** An engine with the views, over empty tables. It can read the ledger's files and nothing else. */
export interface Reader extends AsyncDisposable {
  connection: DuckDBConnection
  budget: Budget
  /** What the views are made for. */
  views: ViewOptions
  /** The question's folder. */
  folder: string
  /** Where the ledger's files are; null where they are in the question's folder. */
  root: string | null
  /** Where this machine keeps things for later questions. */
  scratch: string
  /** Whether the question failed before: what is kept may be the cause. */
  again: boolean
}

export interface ReaderOptions extends AnswerOptions {
  /** The question's folder: DuckDB may spill there, and write. */
  folder: string
  /** Where the ledger's files are; null where they are brought into the question's folder. */
  root: string | null
  /** Where this machine keeps things for later questions. */
  scratch: string
  /** Whether the question failed before (default no). */
  again?: boolean
  signal: AbortSignal | undefined
  /** More of DuckDB's settings. */
  settings?: Record<string, boolean>
}

/**
 * Opens an engine that may use so much memory and can load nothing, and makes the views in it.
 *
 * @param meant Awaited while the engine starts.
 */
export async function openReader(
  meant: ViewOptions | Promise<ViewOptions>,
  { memoryLimitBytes, queryTimeoutMs, signal, settings = {}, ...places }: ReaderOptions,
): Promise<Reader> {
  const { folder, root, scratch, again = false } = places
  await using resources = new AsyncDisposableStack()
  const starting = startEngine({
    memory_limit: `${memoryLimitBytes}B`,
    temp_directory: folder,
    max_temp_directory_size: MOST_SPILLED,
    autoinstall_known_extensions: false,
    autoload_known_extensions: false,
    allow_community_extensions: false,
    ...settings,
  })
  const [views] = await Promise.allSettled([meant, starting])
  const { connection } = resources.use(await starting)
  const budget = resources.use(createBudget(connection, queryTimeoutMs, signal))
  if (views.status === 'rejected') throw views.reason
  await connection.run(`${emptyTables(views.value)};\n${allViews(views.value)}`)
  await confine(connection, [`${folder}/`, ...(root === null ? [] : [`${root}/`])])
  const held = resources.move()
  return {
    connection,
    budget,
    views: views.value,
    folder,
    root,
    scratch,
    again,
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  }
}
