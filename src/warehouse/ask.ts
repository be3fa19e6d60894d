/**
 * Asking: one question, or several at once, from the engine to the answer.
 *
 * A question is planned over empty tables (reach.ts), the files that it reaches are settled, and it
 * is answered over them, around damage. What is kept of sessions shortens the way (kept-view.ts).
 */

import type { Clock, QueryOptions, Store } from '../domain/edges.ts'
import { allEnded } from '../system/all-ended.ts'
import { forgetAll, type Put, putFiles } from './answer.ts'
import { answerAround, passOn, type Read } from './around-damage.ts'
import type { Catalog } from './catalog.ts'
import type { KeepingPlace } from './kept-files.ts'
import { findKeptView, type KeptView, putKeptView, replaceView } from './kept-view.ts'
import { isUnknownName, mayBeDamage } from './query-error.ts'
import { openQuestionFolder } from './question-folder.ts'
import type { Reach } from './reach.ts'
import {
  type AnswerOptions,
  makeReader,
  openEngine,
  type QuestionEngine,
  type Reader,
} from './reader.ts'
import type { BringOptions } from './stored-files.ts'
import { asksSessionsOnly } from './views-meant.ts'

/** What questions are asked of. */
export interface Warehouse {
  store: Store
  clock: Clock
  /** A folder of this machine. */
  scratch: string
  /** How far apart scheduled runs are. */
  intervalMs: number
  limits: AnswerOptions
}

export interface AskOptions extends Pick<QueryOptions, 'signal' | 'progress'> {
  now?: Date
  /** More of DuckDB's settings. */
  settings?: Record<string, boolean> | undefined
}

/** How something is asked. */
export interface Way<Asked, Result extends Answered> {
  /** All its SQL. */
  sql: string
  /** Refuses what is no question. */
  parse(engine: QuestionEngine): Promise<Asked>
  /** Whether it may reach only newer days (time-bounds.ts). */
  isBounded(asked: Asked): boolean
  plan(engine: QuestionEngine, asked: Asked): Promise<{ asked: Asked; reach: Reach }>
  /** @param engine Closed with the answer, or where there is none. */
  answer(engine: QuestionEngine, asked: Asked, put: Put, read: Read): Promise<Result>
}

export type Answered = AsyncDisposable & { warnings: readonly string[] }

/**
 * Asks.
 *
 * @param listing What there is to read.
 */
export async function ask<Asked, Result extends Answered>(
  { store, clock, scratch, intervalMs, limits }: Warehouse,
  listing: Promise<Catalog>,
  way: Way<Asked, Result>,
  { now = clock.now(), signal, progress, settings }: AskOptions,
): Promise<Result> {
  await using held = new AsyncDisposableStack()
  const { path: folder } = held.use(openQuestionFolder(scratch))
  const bring = { folder, signal, progress }
  const place: KeepingPlace = { folder, scratch, root: store.folder }
  // Each answer closes its engine; any other is closed with all the rest.
  const open = async () => held.use(await openEngine(folder, { ...limits, signal, settings }))
  const answered = async (): Promise<Result> => {
    // Beside an engine that starts, to look into folders takes four times as long.
    if (store.folder !== null) await listing
    const opening = open()
    const [catalog, kept, parsed] = await allEnded([
      listing,
      store.folder !== null && asksSessionsOnly(way.sql)
        ? findKeptView(store, await listing, place, bring)
        : null,
      opening.then((engine) => way.parse(engine)),
    ])
    const { recentFrom } = catalog
    const asking: Asking = {
      store,
      catalog,
      place,
      bring,
      open,
      read: (engine, { sql, again }) =>
        makeReader(engine, { recentFrom, now, intervalMs, sql, apart: true }, place, again),
    }
    const attempt: Attempt = { sql: way.sql, again: false }
    if (!kept) return await fromFiles(asking, way, parsed, await opening, attempt)
    const shortly = await fromKept(asking, way, parsed, await opening, kept)
    if ('result' in shortly) return shortly.result
    const result = await fromFiles(asking, way, parsed, await open(), shortly)
    // Only now: the question itself may have failed with words of damage.
    if (shortly.again) await kept.forget()
    return result
  }
  try {
    const result = held.use(await answered())
    const all = held.move()
    return { ...result, [Symbol.asyncDispose]: () => all.disposeAsync() }
  } catch (error) {
    throw passOn(error, signal)
  }
}

interface Asking {
  store: Store
  catalog: Catalog
  place: KeepingPlace
  bring: BringOptions
  open: () => Promise<QuestionEngine>
  read: (engine: QuestionEngine, attempt: Attempt) => Promise<Reader>
}

/** How the views are made. */
interface Attempt {
  /** The SQL that they are made for; undefined for all of them. */
  sql: string | undefined
  /** Whether it failed before: what is kept may be the cause. */
  again: boolean
}

/** Asks over what is kept. @returns How to ask otherwise, where that does not do. */
async function fromKept<Asked, Result extends Answered>(
  { place, bring, read }: Asking,
  way: Way<Asked, Result>,
  parsed: Asked,
  engine: QuestionEngine,
  kept: KeptView,
): Promise<{ result: Result } | Attempt> {
  const { sql } = way
  try {
    const reader = way.isBounded(parsed) ? await read(engine, { sql, again: false }) : null
    const planned = reader && (await way.plan(reader, parsed))
    const files = kept.files(planned && planned.reach)
    if (files === null) return { sql, again: false }
    const put = () => (reader ? replaceView(reader, files) : putKeptView(engine, files, place))
    const asked = planned ? planned.asked : parsed
    return { result: await way.answer(engine, asked, put, { ...kept, bring }) }
  } catch (error) {
    if (isUnknownName(error)) return { sql: undefined, again: false }
    if (!mayBeDamage(error)) throw error
    return { sql, again: true }
  }
}

/** Asks over the files that the question reaches, around damage. */
async function fromFiles<Asked, Result extends Answered>(
  { store, catalog, bring, open, read }: Asking,
  way: Way<Asked, Result>,
  parsed: Asked,
  engine: QuestionEngine,
  { sql, again }: Attempt,
): Promise<Result> {
  let attempt: Attempt = { sql, again }
  let reader: Reader | null = await read(engine, attempt)
  const { asked, reach } = await way.plan(reader, parsed).catch(async (error: unknown) => {
    // A view that is not there: DuckDB knows what was meant only where all of them are.
    if (!isUnknownName(error)) throw error
    attempt = { sql: undefined, again }
    reader = await read(await open(), attempt)
    return await way.plan(reader, parsed)
  })
  return await answerAround({ store, catalog, reach, bring }, async (files, parts) => {
    const one = reader ?? (await read(await open(), { ...attempt, again: true }))
    reader = null
    const put = () => putFiles(one, files, reach)
    const forget = () => forgetAll(one, files)
    const result = await way.answer(one, asked, put, { parts, bring, forget })
    if (one.again) await forget()
    return result
  })
}
