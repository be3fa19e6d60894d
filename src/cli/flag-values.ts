/**
 * Values of flags that are no settings, each read where it enters.
 */

import { LedgerError } from '../domain/errors.ts'
import { parseTime, TIME_FORM } from '../domain/time.ts'
import { DURATION_FORM, parseDuration } from '../domain/units.ts'

const MOST_ROWS = 1_000_000
const LEAST_INTERVAL_MS = 1000
const MOST_INTERVAL_MS = 24 * 3_600_000

function refusal(flag: string, text: string, form: string): LedgerError {
  return new LedgerError(
    'usage',
    `Cannot use ${JSON.stringify(text)} for ${flag}: it takes ${form}`,
  )
}

/**
 * Makes the reader of a flag that takes one of a few words.
 *
 * @throws {LedgerError} `usage`, from the reader.
 */
export function choiceOf<Choice extends string>(flag: string, choices: readonly Choice[]) {
  return (text: string): Choice => {
    const choice = choices.find((one) => one === text)
    if (choice === undefined) throw refusal(flag, text, orList(choices))
    return choice
  }
}

/** The words as a sentence lists them: `table, csv or json`. */
export function orList(words: readonly string[]): string {
  return [words.slice(0, -1).join(', '), ...words.slice(-1)].filter(Boolean).join(' or ')
}

/** @throws {LedgerError} `usage`. */
export function readTime(flag: string, text: string, now: Date): Date {
  const at = parseTime(text, now)
  if (at === null) throw refusal(flag, text, TIME_FORM)
  return at
}

/** The values of `--from` and `--to`. */
export interface Period {
  from: Date | undefined
  to: Date | undefined
}

/**
 * Reads `--from` and `--to`.
 *
 * @param act What cannot be done with a wrong one, for the message: `list runs`.
 * @throws {LedgerError} `usage`.
 */
export function readPeriod(
  act: string,
  { from, to }: { from?: string; to?: string },
  now: Date,
): Period {
  const since = from === undefined ? undefined : readTime('--from', from, now)
  const until = to === undefined ? undefined : readTime('--to', to, now)
  if (since && until && since >= until) {
    throw new LedgerError('usage', `Cannot ${act}: --from "${from}" is not before --to "${to}"`)
  }
  return { from: since, to: until }
}

/** @throws {LedgerError} `usage`. */
export function readLimit(flag: string, text: string): number {
  const limit = /^\d{1,7}$/.test(text) ? Number(text) : NaN
  if (limit >= 1 && limit <= MOST_ROWS) return limit
  throw refusal(flag, text, `a whole number from 1 to ${MOST_ROWS}`)
}

/** A duration in milliseconds. @throws {LedgerError} `usage`. */
export function readDuration(flag: string, text: string): number {
  const ms = parseDuration(text)
  if (ms === null) throw refusal(flag, text, DURATION_FORM)
  return ms
}

/**
 * How far apart runs are, in milliseconds.
 *
 * @throws {LedgerError} `usage`.
 */
export function readInterval(flag: string, text: string): number {
  const ms = readDuration(flag, text)
  if (ms >= LEAST_INTERVAL_MS && ms <= MOST_INTERVAL_MS) return ms
  throw refusal(flag, text, 'from 1s to 24h')
}
