/**
 * Batch: several questions over the same files, in one engine. What one of them sees, all see.
 */

import type { DuckDBConnection } from '@duckdb/node-api'

import type { BatchAnswer, BatchQuestion, BatchRows, Cell } from '../domain/edges.ts'
import { LedgerError } from '../domain/errors.ts'
import { columnsOf, converters, putFiles, rowsOf, startRows } from './answer.ts'
import { bindingsOf } from './bindings.ts'
import { createBudget } from './budget.ts'
import { prepareSelect, requireSelect } from './guard.ts'
import { mayBeDamage, queryError } from './query-error.ts'
import type { Reach } from './reach.ts'
import type { Reader } from './reader.ts'
import type { ViewFiles } from './view-tables.ts'

/** Questions, each with why it cannot be asked at all, where that is known. */
export type BatchQuestions = readonly (BatchQuestion & { error?: LedgerError })[]

/**
 * Asks them one after the other. Each may take the whole time of a query.
 *
 * @param reader Closed in any case.
 * @throws What DuckDB throws, where damage may be the cause; `signal.reason` when aborted.
 */
export async function answerBatch(
  questions: BatchQuestions,
  reader: Reader,
  files: ViewFiles,
  {
    reach,
    queryTimeoutMs,
    signal,
  }: { reach: Reach; queryTimeoutMs: number; signal: AbortSignal | undefined },
): Promise<BatchAnswer & AsyncDisposable> {
  await using open = reader
  const { connection } = open
  const spend = async <T>(work: () => Promise<T>) => {
    await using budget = createBudget(connection, queryTimeoutMs, signal)
    return await budget.spend(work)
  }
  await spend(() => putFiles(open, files, reach))
  const answers: BatchAnswer['answers'][number][] = []
  for (const { error, ...question } of questions) {
    signal?.throwIfAborted()
    answers.push(
      error
        ? { error }
        : await spend(() => rowsFor(connection, question)).catch((cause: unknown) => {
            if (signal?.aborted || mayBeDamage(cause)) throw cause
            return { error: queryError(cause) }
          }),
    )
  }
  return { answers, warnings: [], async [Symbol.asyncDispose]() {} }
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
