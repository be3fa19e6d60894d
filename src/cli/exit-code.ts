/**
 * Exit codes: what a script can tell from a command without reading its words.
 */

import type { ErrorCode } from '../domain/errors.ts'

export const EXIT = {
  ok: 0,
  /** Wrong usage, or an unexpected error. */
  usage: 1,
  /** Something was found: alerts, a broken chain, a failed rule test. */
  findings: 2,
  /** Done, but some hosts or subscriptions did not answer, or stored files are damaged. */
  partial: 3,
  /** Not signed in, or no permission at all. */
  access: 4,
  /** Nothing could be read. */
  nothing: 5,
  interrupted: 130,
} as const
export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/** The codes, for the help. */
export const EXIT_CODES_HELP = `Exit codes:
  0    done
  1    wrong usage, or an unexpected error
  2    something was found
  3    partial: some hosts or subscriptions did not answer, or a stored file is damaged
  4    not signed in, or no permission at all
  5    nothing could be read
  130  interrupted; what was answered is stored`

const OF_ERROR: Record<ErrorCode, ExitCode> = {
  usage: EXIT.usage,
  query: EXIT.usage,
  storage: EXIT.usage,
  not_signed_in: EXIT.access,
  no_permission: EXIT.access,
  unreachable: EXIT.nothing,
  damaged: EXIT.nothing,
  empty: EXIT.nothing,
}

export function exitCodeOfError(code: ErrorCode): ExitCode {
  return OF_ERROR[code]
}
