/**
 * Batch: several questions over the same files, in one engine. What one of them sees, all see.
 */

import type { DuckDBConnection } from '@duckdb/node-api'

import type { BatchAnswer, BatchQuestion, BatchRows, Cell } from '../domain/edges.ts'
import { LedgerError } from '../domain/errors.ts'
import {
  type AnswerOptions,
  columnsOf,
  converters,
  makeViews,
  rowsOf,
  startReader,
  startRows,
} from './answer.ts'
import { bindingsOf } from './bindings.ts'
import { createBudget } from './budget.ts'
import { prepareSelect, requireSelect } from './guard.ts'
import { mayBeDamage, queryError } from './query-error.ts'
import { keepLiveSessions, type ViewFiles, type ViewOptions } from './views.ts'

// To make them is most of what such a question costs.
const SESSIONS = /\bsessions\b/i

export interface Batch {
  /** Each with why it cannot be asked at all, where that is known. */
  questions: readonly (BatchQuestion & { error?: LedgerError })[]
  views: ViewOptions
  signal: AbortSignal | undefined
}

/**
 * Asks them one after the other. Each may take the whole time of a query.
 *
 * @throws What DuckDB throws, where damage may be the cause; `signal.reason` when aborted.
 */
export async function answerBatch(
  { questions, views, signal }: Batch,
  options: AnswerOptions,
  files: ViewFiles,
  folder: string,
): Promise<BatchAnswer & AsyncDisposable> {
  using engine = await startReader(options, { folder })
  const { connection } = engine
  const onSessions = questions.filter(({ sql, error }) => !error && SESSIONS.test(sql))
  const keep = onSessions.length > 1 ? keepLiveSessions() : ''
  await spend(connection, options, signal, () => makeViews(connection, views, files, { keep }))
  const answers: BatchAnswer['answers'][number][] = []
  for (const { error, ...question } of questions) {
    signal?.throwIfAborted()
    answers.push(
      error
        ? { error }
        : await spend(connection, options, signal, () => rowsFor(connection, question)).catch(
            (cause: unknown) => {
              if (signal?.aborted || mayBeDamage(cause)) throw cause
              return { error: queryError(cause) }
            },
          ),
    )
  }
  return { answers, warnings: [], async [Symbol.asyncDispose]() {} }
}

/** Works for as long as one query may. */
async function spend<T>(
  connection: DuckDBConnection,
  { queryTimeoutMs }: AnswerOptions,
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
): Promise<T> {
  await using budget = createBudget(connection, queryTimeoutMs, signal)
  return await budget.spend(work)
}

async function rowsFor(
  connection: DuckDBConnection,
  { sql, parameters, mostRows }: BatchQuestion,
): Promise<BatchRows> {
  const question = await requireSelect(connection, sql)
  const prepared = await prepareSelect(connection, question)
  const bindings = await bindingsOf(prepared, parameters)
  try {
    const stream = await startRows(connection, { prepared, select: question.select, bindings })
    const columns = columnsOf(stream.result).map(({ name }) => name)
    const convert = await converters(stream.result)
    const rows: Record<string, Cell>[] = []
    for (let chunk = await stream.next(); chunk; chunk = await stream.next()) {
      for (const cells of rowsOf(chunk, convert)) {
        rows.push(Object.fromEntries(columns.map((name, index) => [name, cells[index] ?? null])))
      }
      if (rows.length > mostRows) {
        throw new LedgerError('query', `Cannot take the answer: it has more than ${mostRows} rows`)
      }
    }
    return { columns, rows }
  } finally {
    // It is over either way; the next question needs a transaction of its own.
    await connection.run('ROLLBACK').catch(() => undefined)
    prepared.destroySync()
  }
}
