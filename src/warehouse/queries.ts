/**
 * Queries: the ledger, for the one who asks. What cannot be read is left out of the answer and
 * named; it never stops the answer.
 */

import type {
  BatchQuestion,
  Clock,
  Queries,
  QueryOptions,
  QueryResult,
  ScriptOptions,
  Store,
} from '../domain/edges.ts'
import { LedgerError } from '../domain/errors.ts'
import type { BlobAddress } from '../domain/warehouse-address.ts'
import { answer, forgetAll, type Question } from './answer.ts'
import { answerBatch } from './batch.ts'
import { createBudget } from './budget.ts'
import { readCatalog, type Catalog } from './catalog.ts'
import { COPY_SETTINGS, copyAnswer } from './copy-answer.ts'
import { viewScript } from './connect-script.ts'
import { checkContent } from './damage.ts'
import { damageWarnings, gather } from './gather.ts'
import { isUnknownName, mayBeDamage, queryError } from './query-error.ts'
import { openQuestionFolder } from './question-folder.ts'
import { type Reach, reachOf, reachOfEach, together } from './reach.ts'
import { type AnswerOptions, openReader, type Reader } from './reader.ts'
import { pathsOf, viewFiles, type BringOptions, type StoredPart } from './stored-files.ts'
import type { ViewFiles } from './view-tables.ts'
import type { ViewOptions } from './views.ts'

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
  { scratch, intervalMs, address = null, ...options }: QueriesOptions,
): Queries {
  const root = store.folder
  const requireCatalog = async (period: ScriptOptions = {}) => {
    const catalog = await readCatalog(store, period)
    if (!catalog) throw emptyError(store.location, period)
    return catalog
  }
  /** Finds the files that questions read, and asks them. */
  const over = async <Planned extends { reach: Reach }, Result extends Answered>(
    sql: string,
    { now = clock.now(), signal, progress, settings = {} }: AskOptions,
    plan: (reader: Reader) => Promise<Planned>,
    respond: (planned: Planned, reader: Reader, files: ViewFiles, read: Read) => Promise<Result>,
  ): Promise<Result> => {
    signal?.throwIfAborted()
    const listing = requireCatalog()
    await using held = new AsyncDisposableStack()
    const { path: folder } = held.use(openQuestionFolder(scratch))
    const bring = { folder, signal, progress }
    let meant: string | undefined = sql
    const viewsOver = async (): Promise<ViewOptions> => {
      const { recentFrom } = await listing
      return { recentFrom, now, intervalMs, sql: meant, apart: true }
    }
    const open = (again = false) =>
      openReader(viewsOver(), { ...options, scratch, folder, root, signal, settings, again })
    const planIn = async (reader: Reader) => {
      try {
        return await plan(reader)
      } catch (error) {
        await reader[Symbol.asyncDispose]()
        throw error
      }
    }
    let first: Reader | null = null
    try {
      first = await open()
      const planned = await planIn(first).catch(async (error: unknown) => {
        // A view that is not there: DuckDB knows what was meant only where all of them are.
        if (!isUnknownName(error)) throw error
        meant = undefined
        first = await open()
        return await planIn(first)
      })
      const asked = { store, catalog: await listing, reach: planned.reach, bring }
      const result = held.use(
        await answerAround(asked, async (files, parts) => {
          // Each answer closes its reader.
          const reader = first ?? (await open(true))
          first = null
          return await respond(planned, reader, files, { parts, bring })
        }),
      )
      const opened = held.move()
      return { ...result, [Symbol.asyncDispose]: () => opened.disposeAsync() }
    } catch (error) {
      await first?.[Symbol.asyncDispose]()
      throw passOn(error, signal)
    }
  }
  return {
    query(sql, { parameters = [], ...given } = {}) {
      const question = { sql, parameters }
      return over(sql, given, reachFor(question), async ({ reach }, reader, files, read) => {
        const result = await answer(question, reader, files, reach)
        const again = () => forgetAll(reader, files)
        return { ...result, batches: () => withReason(result.batches(), store, read, again) }
      })
    },
    copy(sql, { parameters = [], ...given } = {}) {
      const question = { sql, parameters }
      const asking = { ...given, settings: COPY_SETTINGS }
      return over(sql, asking, reachFor(question), ({ reach }, reader, files, { bring }) =>
        copyAnswer(question, reader, files, { reach, folder: bring.folder }),
      )
    },
    async batch(questions, given = {}) {
      const sql = questions.map((one) => one.sql).join('\n')
      const { queryTimeoutMs } = options
      const plan = ({ connection }: Reader) =>
        planBatch(connection, questions, async (work) => {
          await using budget = createBudget(connection, queryTimeoutMs, given.signal)
          return await budget.spend(work)
        })
      await using result = await over(sql, given, plan, (planned, reader, files) =>
        answerBatch(planned.questions, reader, files, {
          reach: planned.reach,
          queryTimeoutMs,
          signal: given.signal,
        }),
      )
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

function reachFor(question: Question) {
  return ({ connection, budget }: Reader) =>
    budget.spend(async () => ({ reach: await reachOf(connection, question) }))
}

/** A batch's reach, and its questions: with the reason, where one cannot be asked. */
async function planBatch(
  connection: Reader['connection'],
  questions: readonly BatchQuestion[],
  spend: Parameters<typeof reachOfEach>[2],
) {
  const planned = await reachOfEach(connection, questions, spend)
  const reaches = planned.filter((one): one is Reach => !isError(one))
  return {
    reach: together(reaches),
    questions: questions.map((question, index) => {
      const one = planned[index]
      return one && isError(one) ? { ...question, error: queryError(one.error) } : question
    }),
  }
}

function isError(planned: Reach | { error: unknown }): planned is { error: unknown } {
  return 'error' in planned
}

interface AskOptions extends Pick<QueryOptions, 'signal' | 'progress'> {
  now?: Date
  /** More of DuckDB's settings. */
  settings?: Record<string, boolean>
}

type Answered = AsyncDisposable & { warnings: readonly string[] }

/** The files that an answer is made of. */
interface Read {
  parts: readonly StoredPart[]
  bring: BringOptions
}

/** What a question is asked of. */
interface Asked {
  store: Store
  catalog: Catalog
  reach: Reach
  bring: BringOptions
}

/** Asks; where that fails over damaged files, asks again without them. */
async function answerAround<Result extends Answered>(
  { store, catalog, reach, bring }: Asked,
  respond: (files: ViewFiles, parts: readonly StoredPart[]) => Promise<Result>,
): Promise<Result> {
  let gathered = await gather(store, reach, bring, { catalog })
  let compared = false
  for (;;) {
    const { parts, damage } = gathered
    try {
      const files = viewFiles(parts, damage, { catalog: gathered.catalog, reach })
      const result = await respond(files, parts)
      return { ...result, warnings: [...damageWarnings(gathered), ...result.warnings] }
    } catch (error) {
      if (!mayBeDamage(error)) throw error
      const found = await checkContent(store, parts, bring)
      // What was damaged on this machine only is mended by now: once, it may be worth another try.
      if (compared && [...found.keys()].every((path) => damage.has(path))) throw error
      compared = true
      gathered = await gather(store, reach, bring, {
        ...gathered,
        damage: new Map([...damage, ...found]),
      })
    }
  }
}

/** After the first rows are out, the answer cannot begin again: a damaged file ends it, by name. */
async function* withReason(
  batches: ReturnType<QueryResult['batches']>,
  store: Store,
  { parts, bring }: Read,
  forget: () => Promise<void>,
): ReturnType<QueryResult['batches']> {
  try {
    yield* batches
  } catch (error) {
    if (mayBeDamage(error)) {
      await forget()
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

function passOn(error: unknown, signal: AbortSignal | undefined): unknown {
  return signal?.aborted ? signal.reason : queryError(error)
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
