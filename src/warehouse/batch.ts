/**
 * Batch: several questions over the same files, in one engine. What one of them sees, all see.
 */

import type { DuckDBConnection } from '@duckdb/node-api'

import type { BatchAnswer, BatchQuestion, BatchRows, Cell } from '../domain/edges.ts'
import { LedgerError } from '../domain/errors.ts'
import { columnsOf, converters, type Put, rowsOf, startRows } from './answer.ts'
import { bindingsOf } from './bindings.ts'
import { createBudget } from './budget.ts'
import { prepareSelect, requireSelect } from './guard.ts'
import { mayBeDamage, queryError } from './query-error.ts'
import { type Question, type Reach, reachOfEach, together } from './reach.ts'
import type { QuestionEngine } from './reader.ts'
import { boundsTimes } from './time-bounds.ts'

/** A question of a batch, or why it cannot be asked at all. */
export type BatchPart = (Question & { mostRows: number }) | { error: LedgerError }

/** How long each question of a batch may take. */
export interface BatchTime {
  queryTimeoutMs: number
  signal: AbortSignal | undefined
}

/** Refuses those that are no question, each for itself. */
export async function parseBatch(
  { connection }: QuestionEngine,
  questions: readonly BatchQuestion[],
  time: BatchTime,
): Promise<BatchPart[]> {
  const parts: BatchPart[] = []
  for (const { sql, ...question } of questions) {
    const parsed = spend(connection, time, () => requireSelect(connection, sql))
    parts.push(await parsed.then((asked) => ({ ...question, asked })).catch(reasonIn(time)))
  }
  return parts
}

/** Whether all of them may reach only newer days (time-bounds.ts). */
export function boundsAllTimes(parts: readonly BatchPart[]): boolean {
  return parts.every((part) => 'error' in part || boundsTimes(part.asked))
}

/** What all of them reach; with the reason, where one cannot be planned. */
export async function planBatch(
  { connection }: QuestionEngine,
  parts: readonly BatchPart[],
  time: BatchTime,
): Promise<{ asked: BatchPart[]; reach: Reach }> {
  return await reachOfEach(connection, async (reachOf) => {
    const reaches: Reach[] = []
    const asked: BatchPart[] = []
    for (const part of parts) {
      const planned =
        'error' in part
          ? part
          : await spend(connection, time, () => reachOf(part)).catch(reasonIn(time))
      if (!isReason(planned)) reaches.push(planned)
      asked.push(isReason(planned) ? planned : part)
    }
    return { asked, reach: together(reaches) }
  })
}

/**
 * Asks them one after the other. Each may take the whole time of a query.
 *
 * @param engine Closed in any case.
 * @throws What DuckDB throws, where damage may be the cause; `signal.reason` when aborted.
 */
export async function answerBatch(
  parts: readonly BatchPart[],
  engine: QuestionEngine,
  put: Put,
  time: BatchTime,
): Promise<BatchAnswer & AsyncDisposable> {
  await using open = engine
  const { connection } = open
  await spend(connection, time, put)
  const answers: BatchAnswer['answers'][number][] = []
  for (const part of parts) {
    time.signal?.throwIfAborted()
    answers.push(
      'error' in part
        ? part
        : await spend(connection, time, () => rowsFor(connection, part)).catch((cause: unknown) => {
            if (mayBeDamage(cause)) throw cause
            return reasonIn(time)(cause)
          }),
    )
  }
  return { answers, warnings: [], async [Symbol.asyncDispose]() {} }
}

async function spend<T>(
  connection: DuckDBConnection,
  { queryTimeoutMs, signal }: BatchTime,
  work: () => Promise<T>,
): Promise<T> {
  await using budget = createBudget(connection, queryTimeoutMs, signal)
  return await budget.spend(work)
}

/** A failure as the answer; an abort ends all of them. */
function reasonIn({ signal }: BatchTime) {
  return (cause: unknown): { error: LedgerError } => {
    if (signal?.aborted) throw cause
    return { error: queryError(cause) }
  }
}

function isReason(one: Reach | { error: LedgerError }): one is { error: LedgerError } {
  return 'error' in one
}

async function rowsFor(
  connection: DuckDBConnection,
  { asked, parameters, mostRows }: Question & { mostRows: number },
): Promise<BatchRows> {
  const prepared = await prepareSelect(connection, asked)
  const bindings = await bindingsOf(prepared, parameters)
  try {
    const stream = await startRows(connection, { prepared, select: asked.select, bindings })
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
