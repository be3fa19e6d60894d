/**
 * Queries: the ledger, for the one who asks. What cannot be read is left out of the answer and
 * named; it never stops the answer.
 */

import type { Clock, Queries, QueryResult, Store } from '../domain/edges.ts'
import { LedgerError } from '../domain/errors.ts'
import { answer, type AnswerOptions, type Question } from './answer.ts'
import { checkContent, checkEnds, type Damage } from './damage.ts'
import { mayBeDamage, queryError } from './query-error.ts'
import { recordedRuns } from './records.ts'
import { storedRuns, viewFiles, type StoredRun } from './stored-runs.ts'

/** Opens the ledger for questions. Nothing is read before the first. */
export function openQueries(
  { store, clock }: { store: Store; clock: Clock },
  options: AnswerOptions,
): Queries {
  return {
    async query(sql, { parameters = [], signal } = {}) {
      signal?.throwIfAborted()
      const runs = await storedRuns(store, await recordedRuns(store))
      if (runs.length === 0) throw emptyError(store.location)
      return answerAround({ sql, parameters, signal, now: clock.now() }, options, runs)
    },
  }
}

/** Asks; where that fails over damaged files, asks again without them. */
async function answerAround(
  question: Question,
  options: AnswerOptions,
  runs: readonly StoredRun[],
): Promise<QueryResult> {
  let damage = checkEnds(runs)
  for (;;) {
    try {
      const result = await answer(question, options, viewFiles(runs, damage))
      return {
        ...result,
        warnings: [...damageWarnings(damage, question.sql), ...result.warnings],
        batches: () => withReason(result.batches(), runs, question.signal),
      }
    } catch (error) {
      if (!mayBeDamage(error)) throw passOn(error, question.signal)
      const found = await checkContent(runs, question.signal)
      if ([...found.keys()].every((path) => damage.has(path))) throw passOn(error, question.signal)
      damage = new Map([...damage, ...found])
    }
  }
}

/** After the first rows are out, the answer cannot begin again: a damaged file ends it, by name. */
async function* withReason(
  batches: ReturnType<QueryResult['batches']>,
  runs: readonly StoredRun[],
  signal: AbortSignal | undefined,
): ReturnType<QueryResult['batches']> {
  try {
    yield* batches
  } catch (error) {
    const damage = mayBeDamage(error) ? await checkContent(runs, signal) : new Map<string, string>()
    for (const run of runs) {
      const path = [run.snapshots.path, run.polls.path].find((one) => damage.has(one))
      if (path === undefined) continue
      throw new LedgerError('damaged', `Cannot read "${path}": ${damage.get(path)}`, {
        cause: error,
        hint: `Leave that run out: WHERE run_id <> '${run.runId}'`,
      })
    }
    throw passOn(error, signal)
  }
}

/** One line a damaged file that the query may have read, by the words in it. */
function damageWarnings(damage: Damage, sql: string): string[] {
  const reads = (path: string) => {
    if (path.includes('/snapshots/')) return /snapshots|sessions/i.test(sql)
    if (path.includes('/polls/')) return /polls|hosts|sessions/i.test(sql)
    return /runs|subscription_polls|hosts|sessions/i.test(sql)
  }
  return [...damage]
    .filter(([path]) => reads(path))
    .map(([path, why]) => `"${path}" is left out: ${why}`)
}

function passOn(error: unknown, signal: AbortSignal | undefined): unknown {
  return signal?.aborted ? signal.reason : queryError(error)
}

function emptyError(location: string): LedgerError {
  return new LedgerError('empty', `The warehouse "${location}" has no run yet`, {
    hint: 'bastion-ledger collect, or bastion-ledger demo to see it with made-up data',
  })
}
