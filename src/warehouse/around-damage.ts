/**
 * Around damage: an answer without the files that cannot be read, each named.
 */

import type { QueryResult, Store } from '../domain/edges.ts'
import { LedgerError } from '../domain/errors.ts'
import type { Catalog } from './catalog.ts'
import { checkContent } from './damage.ts'
import { damageWarnings, gather } from './gather.ts'
import { mayBeDamage, queryError } from './query-error.ts'
import type { Reach } from './reach.ts'
import { pathsOf, viewFiles, type BringOptions, type StoredPart } from './stored-files.ts'
import type { ViewFiles } from './view-tables.ts'

/** What a question is asked of. */
export interface Stored {
  store: Store
  catalog: Catalog
  reach: Reach
  bring: BringOptions
}

/** Asks; where that fails over damaged files, asks again without them. */
export async function answerAround<Result extends { warnings: readonly string[] }>(
  { store, catalog, reach, bring }: Stored,
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

/** The files that an answer is made of. */
export interface Read {
  parts: readonly StoredPart[]
  bring: BringOptions
  /** Removes what was kept of them: it may be damaged. */
  forget: () => Promise<void>
}

/** After the first rows are out, the answer cannot begin again: a damaged file ends it, by name. */
export async function* withReason(
  batches: ReturnType<QueryResult['batches']>,
  store: Store,
  { parts, bring, forget }: Read,
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

/** What is told of a failure: of an abort, its reason. */
export function passOn(error: unknown, signal: AbortSignal | undefined): unknown {
  return signal?.aborted ? signal.reason : queryError(error)
}
