/**
 * Queries: the ledger, for the one who asks. What cannot be read is left out of the answer and
 * named; it never stops the answer.
 */

import type { Clock, Queries, QueryOptions, QueryResult, Store } from '../domain/edges.ts'
import { LedgerError } from '../domain/errors.ts'
import { answer, type AnswerOptions, type Question } from './answer.ts'
import { readCatalog, type Catalog } from './catalog.ts'
import { copyAnswer } from './copy-answer.ts'
import { checkContent, checkEnds, type Damage } from './damage.ts'
import { mayBeDamage, queryError } from './query-error.ts'
import { openQuestionFolder } from './question-folder.ts'
import { reachOf } from './reach.ts'
import {
  pathsOf,
  storedFiles,
  viewFiles,
  type BringOptions,
  type StoredPart,
} from './stored-files.ts'
import type { ViewFiles } from './views.ts'

export interface QueriesOptions extends AnswerOptions {
  /** A folder of this machine. */
  scratch: string
  /** How far apart scheduled runs are. */
  intervalMs: number
}

/** Opens the ledger for questions. Nothing is read before the first. */
export function openQueries(
  { store, clock }: { store: Store; clock: Clock },
  { scratch, intervalMs, ...options }: QueriesOptions,
): Queries {
  /** Finds the files that a question reads, and asks it of them. */
  const over = async <Result extends Answered>(
    sql: string,
    { parameters = [], signal, progress }: QueryOptions,
    respond: Respond<Result>,
  ): Promise<Result> => {
    signal?.throwIfAborted()
    const catalog = await readCatalog(store)
    if (!catalog) throw emptyError(store.location)
    const views = { recentFrom: catalog.recentFrom, now: clock.now(), intervalMs }
    const question = { sql, parameters, signal, views }
    await using held = new AsyncDisposableStack()
    const { path: folder } = held.use(openQuestionFolder(scratch))
    const bring = { folder, signal, progress }
    try {
      const reach = await reachOf(question)
      const parts = await storedFiles(store, catalog, reach, bring)
      const asked = { catalog, parts, bring }
      const result = held.use(await answerAround(store, question, respond, asked))
      const open = held.move()
      return { ...result, [Symbol.asyncDispose]: () => open.disposeAsync() }
    } catch (error) {
      throw passOn(error, signal)
    }
  }
  return {
    query: (sql, given = {}) =>
      over(sql, given, async (question, files, asked) => {
        const result = await answer(question, options, files, asked.bring.folder)
        return { ...result, batches: () => withReason(result.batches(), store, asked) }
      }),
    copy: (sql, given = {}) =>
      over(sql, given, (question, files, { bring }) =>
        copyAnswer(question, options, files, bring.folder),
      ),
  }
}

type Answered = AsyncDisposable & { warnings: readonly string[] }
type Respond<Result> = (question: Question, files: ViewFiles, asked: Asked) => Promise<Result>

/** What a question is asked of. */
interface Asked {
  catalog: Catalog
  parts: readonly StoredPart[]
  bring: BringOptions
}

/** Asks; where that fails over damaged files, asks again without them. */
async function answerAround<Result extends Answered>(
  store: Store,
  question: Question,
  respond: Respond<Result>,
  asked: Asked,
): Promise<Result> {
  const { catalog, parts, bring } = asked
  let damage = await checkAllEnds(store, asked)
  let compared = false
  for (;;) {
    try {
      const files = viewFiles(parts, damage, catalog)
      const result = await respond(question, files, asked)
      return { ...result, warnings: [...damageWarnings(damage, asked), ...result.warnings] }
    } catch (error) {
      if (!mayBeDamage(error)) throw error
      const found = await checkContent(store, parts, bring)
      // What was damaged on this machine only is mended by now: once, it may be worth another try.
      if (compared && [...found.keys()].every((path) => damage.has(path))) throw error
      compared = true
      damage = new Map([...damage, ...found])
    }
  }
}

/** Looks at the ends of all files; what looks damaged may be so on this machine only. */
async function checkAllEnds(store: Store, { parts, bring }: Asked): Promise<Damage> {
  const damage = checkEnds(parts)
  if (damage.size === 0) return damage
  await store.local([...damage.keys()], bring.folder, { doubted: true, signal: bring.signal })
  return checkEnds(parts)
}

/** After the first rows are out, the answer cannot begin again: a damaged file ends it, by name. */
async function* withReason(
  batches: ReturnType<QueryResult['batches']>,
  store: Store,
  { parts, bring }: Asked,
): ReturnType<QueryResult['batches']> {
  try {
    yield* batches
  } catch (error) {
    if (mayBeDamage(error)) {
      const damage = await checkContent(store, parts, bring)
      for (const part of parts) {
        const path = pathsOf([part]).find((one) => damage.has(one))
        if (path === undefined) continue
        throw new LedgerError('damaged', `Cannot read "${path}": ${damage.get(path)}`, {
          cause: error,
          hint: part.isDay
            ? 'Ask for a time before or after that day'
            : `Leave that run out: WHERE run_id <> '${part.id}'`,
        })
      }
    }
    throw passOn(error, bring.signal)
  }
}

/** One line a damaged file that the query would have read. */
function damageWarnings(damage: Damage, { catalog, parts }: Asked): string[] {
  const read = new Set(pathsOf(parts))
  return [
    ...catalog.damage,
    ...[...damage]
      .filter(([path]) => read.has(path))
      .map(([path, why]) => `"${path}" is left out: ${why}`),
  ]
}

function passOn(error: unknown, signal: AbortSignal | undefined): unknown {
  return signal?.aborted ? signal.reason : queryError(error)
}

function emptyError(location: string): LedgerError {
  return new LedgerError('empty', `The warehouse "${location}" has no run yet`, {
    hint: 'bastion-ledger collect, or bastion-ledger demo to see it with made-up data',
  })
}
