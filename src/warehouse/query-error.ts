/**
 * Query errors: DuckDB's words on one line, and its suggestions as the hint.
 */

import { LedgerError, messageOf } from '../domain/errors.ts'
import { wordsOf } from './duckdb.ts'

/** Why DuckDB refused or gave up, for the person who wrote the SQL. */
export function queryError(cause: unknown): LedgerError {
  if (cause instanceof LedgerError) return cause
  const { words, advice } = wordsOf(cause)
  const hint = words.startsWith('Out of Memory') ? MEMORY_HINT : advice
  return new LedgerError('query', `Cannot run the query: ${words}`, {
    cause,
    ...(hint === '' ? {} : { hint }),
  })
}

const MEMORY_HINT = 'Ask for less at once, or allow more with --memory-limit'

/** The views could not even be made: the files under them are not what they should be. */
export class UnreadableViews extends Error {
  override readonly name = 'UnreadableViews'
}

// What a reader of files says, whichever file it was; DuckDB has no error of its own for damage.
const FILE_WORDS =
  /^(IO|Serialization|Corrupt|Invalid|INTERNAL|Fatal) Error.*|parquet|\.json|zstd|snappy|thrift|TProtocol|metadata|decompress|page header/i

/** Whether damage to a stored file may be the cause, rather than the SQL. */
export function mayBeDamage(error: unknown): boolean {
  if (error instanceof UnreadableViews) return true
  if (error instanceof LedgerError) return false
  const words = messageOf(error)
  return (
    FILE_WORDS.test(words) &&
    !/^(Parser|Binder|Catalog|Conversion|Permission|Out of Memory|INTERRUPT)/.test(words)
  )
}

/** Whether it names something that is not there. */
export function isUnknownName(error: unknown): boolean {
  return wordsOf(error).words.startsWith('Catalog Error')
}
