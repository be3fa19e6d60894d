/**
 * Queries: the ledger, for the one who asks. What cannot be read is left out of the answer and
 * named; it never stops the answer.
 */

import type { Clock, Queries, QueryResult, Store } from '../domain/edges.ts'
import { LedgerError } from '../domain/errors.ts'
import { answer, type AnswerOptions, type Question } from './answer.ts'
import { checkContent, checkEnds, type Damage } from './damage.ts'
import { mayBeDamage, queryError } from './query-error.ts'
import { openQuestionFolder } from './question-folder.ts'
import { reachOf } from './reach.ts'
import { recordedRuns } from './records.ts'
import {
  pathsOf,
  recentRuns,
  storedRuns,
  viewFiles,
  type BringOptions,
  type StoredRun,
} from './stored-runs.ts'

export interface QueriesOptions extends AnswerOptions {
  /** A folder of this machine. */
  scratch: string
}

/** Opens the ledger for questions. Nothing is read before the first. */
export function openQueries(
  { store, clock }: { store: Store; clock: Clock },
  { scratch, ...options }: QueriesOptions,
): Queries {
  return {
    async query(sql, { parameters = [], signal, progress } = {}) {
      signal?.throwIfAborted()
      const runIds = await recordedRuns(store)
      if (runIds.length === 0) throw emptyError(store.location)
      const recentFrom = recentRuns(runIds)[0] ?? ''
      const question = { sql, parameters, signal, recentFrom, now: clock.now() }
      await using held = new AsyncDisposableStack()
      const { path: folder } = held.use(openQuestionFolder(scratch))
      const bring = { folder, signal, progress }
      try {
        const reach = await reachOf(question)
        const runs = await storedRuns(store, runIds, reach, bring)
        const result = held.use(await answerAround(store, question, options, { runs, bring }))
        const open = held.move()
        return { ...result, [Symbol.asyncDispose]: () => open.disposeAsync() }
      } catch (error) {
        throw passOn(error, signal)
      }
    },
  }
}

/** What a question is asked of. */
interface Asked {
  runs: readonly StoredRun[]
  bring: BringOptions
}

/** Asks; where that fails over damaged files, asks again without them. */
async function answerAround(
  store: Store,
  question: Question,
  options: AnswerOptions,
  { runs, bring }: Asked,
): Promise<QueryResult> {
  let damage = await checkAllEnds(store, { runs, bring })
  let compared = false
  for (;;) {
    try {
      const files = viewFiles(runs, damage, question.recentFrom)
      const result = await answer(question, options, files, bring.folder)
      return {
        ...result,
        warnings: [...damageWarnings(damage, runs), ...result.warnings],
        batches: () => withReason(result.batches(), store, { runs, bring }),
      }
    } catch (error) {
      if (!mayBeDamage(error)) throw error
      const found = await checkContent(store, runs, bring)
      // What was damaged on this machine only is mended by now: once, it may be worth another try.
      if (compared && [...found.keys()].every((path) => damage.has(path))) throw error
      compared = true
      damage = new Map([...damage, ...found])
    }
  }
}

/** Looks at the ends of all files; what looks damaged may be so on this machine only. */
async function checkAllEnds(store: Store, { runs, bring }: Asked): Promise<Damage> {
  const damage = checkEnds(runs)
  if (damage.size === 0) return damage
  await store.local([...damage.keys()], bring.folder, { doubted: true, signal: bring.signal })
  return checkEnds(runs)
}

/** After the first rows are out, the answer cannot begin again: a damaged file ends it, by name. */
async function* withReason(
  batches: ReturnType<QueryResult['batches']>,
  store: Store,
  { runs, bring }: Asked,
): ReturnType<QueryResult['batches']> {
  try {
    yield* batches
  } catch (error) {
    if (mayBeDamage(error)) {
      const damage = await checkContent(store, runs, bring)
      for (const run of runs) {
        const path = pathsOf([run]).find((one) => damage.has(one))
        if (path === undefined) continue
        throw new LedgerError('damaged', `Cannot read "${path}": ${damage.get(path)}`, {
          cause: error,
          hint: `Leave that run out: WHERE run_id <> '${run.runId}'`,
        })
      }
    }
    throw passOn(error, bring.signal)
  }
}

/** One line a damaged file that the query would have read. */
function damageWarnings(damage: Damage, runs: readonly StoredRun[]): string[] {
  const read = new Set(pathsOf(runs))
  return [...damage]
    .filter(([path]) => read.has(path))
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
