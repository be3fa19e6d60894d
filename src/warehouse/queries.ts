/**
 * Queries: the ledger, for the one who asks. What cannot be read is left out of the answer and
 * named; it never stops the answer.
 */

import type { BatchAnswer, Clock, Queries, ScriptOptions, Store } from '../domain/edges.ts'
import { LedgerError } from '../domain/errors.ts'
import type { BlobAddress } from '../domain/warehouse-address.ts'
import { answer } from './answer.ts'
import { withReason } from './around-damage.ts'
import { ask, type Answered, type AskOptions, type Warehouse, type Way } from './ask.ts'
import { answerBatch, boundsAllTimes, type BatchPart, parseBatch, planBatch } from './batch.ts'
import type { Parameters } from './bindings.ts'
import { readCatalog } from './catalog.ts'
import { viewScript } from './connect-script.ts'
import { COPY_SETTINGS, copyAnswer } from './copy-answer.ts'
import { requireSelect } from './guard.ts'
import { type Question, reachOf } from './reach.ts'
import type { AnswerOptions } from './reader.ts'
import { boundsTimes } from './time-bounds.ts'

export interface QueriesOptions extends AnswerOptions {
  /** A folder of this machine. */
  scratch: string
  /** How far apart scheduled runs are. */
  intervalMs: number
  /** Where the warehouse is, if it is no folder of this machine (default null). */
  address?: BlobAddress | null
}

/** Opens the ledger for questions. Nothing is read before the first. */
export function openQueries(
  { store, clock }: { store: Store; clock: Clock },
  { scratch, intervalMs, address = null, ...limits }: QueriesOptions,
): Queries {
  const warehouse: Warehouse = { store, clock, scratch, intervalMs, limits }
  const requireCatalog = async (period: ScriptOptions = {}) => {
    const catalog = await readCatalog(store, period)
    if (!catalog) throw emptyError(store.location, period)
    return catalog
  }
  const over = async <Asked, Result extends Answered>(
    way: Way<Asked, Result>,
    given: AskOptions,
  ): Promise<Result> => {
    given.signal?.throwIfAborted()
    const listing = requireCatalog()
    // Whoever asks hears of its failure, unless another comes first.
    listing.catch(() => undefined)
    return await ask(warehouse, listing, way, given)
  }
  return {
    query(sql, { parameters = [], ...given } = {}) {
      const way = wayOf(sql, parameters, async (engine, question, put, read) => {
        const result = await answer(question, engine, put)
        return { ...result, batches: () => withReason(result.batches(), store, read) }
      })
      return over(way, given)
    },
    copy(sql, { parameters = [], ...given } = {}) {
      const way = wayOf(sql, parameters, (engine, question, put, { bring }) =>
        copyAnswer(question, engine, put, bring.folder),
      )
      return over(way, { ...given, settings: COPY_SETTINGS })
    },
    async batch(questions, given = {}) {
      const time = { queryTimeoutMs: limits.queryTimeoutMs, signal: given.signal }
      const way: Way<readonly BatchPart[], BatchAnswer & AsyncDisposable> = {
        sql: questions.map(({ sql }) => sql).join('\n'),
        parse: (engine) => parseBatch(engine, questions, time),
        isBounded: boundsAllTimes,
        plan: (engine, parts) => planBatch(engine, parts, time),
        answer: (engine, parts, put) => answerBatch(parts, engine, put, time),
      }
      await using result = await over(way, given)
      return result
    },
    async script(period = {}) {
      const catalog = await requireCatalog(period)
      const { from, to } = period
      return await viewScript(
        { store, catalog, from, to },
        { address, intervalMs, now: clock.now() },
      )
    },
  }
}

/** One question, to be answered like this. */
function wayOf<Result extends Answered>(
  sql: string,
  parameters: Parameters,
  respond: Way<Question, Result>['answer'],
): Way<Question, Result> {
  return {
    sql,
    parse: ({ connection, budget }) =>
      budget.spend(async () => ({ asked: await requireSelect(connection, sql), parameters })),
    isBounded: ({ asked }) => boundsTimes(asked),
    plan: ({ connection, budget }, asked) =>
      budget.spend(async () => ({ asked, reach: await reachOf(connection, asked) })),
    answer: respond,
  }
}

function emptyError(location: string, { from, to }: ScriptOptions = {}): LedgerError {
  if (from || to) {
    return new LedgerError('empty', `The warehouse "${location}" has no run in that time`, {
      hint: 'bastion-ledger runs lists those that it has',
    })
  }
  return new LedgerError('empty', `The warehouse "${location}" has no run yet`, {
    hint: 'bastion-ledger collect, or bastion-ledger demo to see it with made-up data',
  })
}
