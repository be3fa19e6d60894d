/**
 * Errors: what could not be done, to what, why, and what to do next.
 *
 * Callers switch on `code`, never on the message. A failing host is no error: it is a poll with
 * its outcome (poll.ts). What is thrown stops the whole run or command.
 */

/**
 * Why a run or a command stopped.
 *
 * `usage`: a setting, flag, time or SQL text is wrong · `not_signed_in`: no token could be had ·
 * `no_permission`: signed in, but nothing may be read · `unreachable`: Azure did not answer ·
 * `storage`: the warehouse cannot be read or written · `damaged`: a stored file is not what its
 * record says · `empty`: the warehouse has no run yet · `query`: DuckDB refused the SQL.
 */
export type ErrorCode =
  | 'usage'
  | 'not_signed_in'
  | 'no_permission'
  | 'unreachable'
  | 'storage'
  | 'damaged'
  | 'empty'
  | 'query'

export interface LedgerErrorOptions {
  /** What a person can do about it, with the command or the missing permission. */
  hint?: string
  cause?: unknown
}

/** An error that a person can act on. Its message is one line: `Cannot <act> "<thing>": <why>`. */
export class LedgerError extends Error {
  override readonly name = 'LedgerError'
  readonly code: ErrorCode
  readonly hint: string | undefined

  constructor(code: ErrorCode, message: string, { hint, cause }: LedgerErrorOptions = {}) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
    this.hint = hint
  }
}

/** Azure answered, but not with what its specification promises. Retrying cannot help. */
export class WireFormatError extends Error {
  override readonly name = 'WireFormatError'
}

/** The words of anything that was thrown, on one line. */
export function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message || error.name : String(error)
  return text.replaceAll(/\s+/g, ' ').trim()
}
