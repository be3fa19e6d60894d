/**
 * A check: one thing that was looked at, what was found, and what to do about it.
 */

import { LedgerError, messageOf } from '../domain/errors.ts'
import type { Identity } from '../domain/inspection.ts'

export type CheckName =
  | 'program'
  | 'warehouse'
  | 'cloud'
  | 'token'
  | 'clock'
  | 'scope'
  | 'resource_graph'
  | 'subscription'

/**
 * What a failure means for collecting. `access`: not signed in, or not allowed · `unreachable`: Azure
 * did not answer · `unread`: this part cannot be read now · `other`: it must be mended first.
 */
export type Failure = 'access' | 'unreachable' | 'unread' | 'other'

export interface Check {
  check: CheckName
  status: 'ok' | 'warning' | 'failed'
  /** Of a subscription; null for all other checks. */
  subscriptionId: string | null
  /** One line. */
  message: string
  /** What to do; lines that begin with `az ` are commands. */
  hint: string | null
  /** Actions that the identity must be allowed, and is not. */
  missing: string[]
  failure: Failure | null
  /** Of the token; null for all other checks. */
  identity: Identity | null
}

type Rest = Partial<Pick<Check, 'subscriptionId' | 'hint' | 'missing' | 'identity'>>

export function ok(check: CheckName, message: string, rest: Rest = {}): Check {
  return { ...base(check, message, rest), status: 'ok', failure: null }
}

export function warning(check: CheckName, message: string, rest: Rest = {}): Check {
  return { ...base(check, message, rest), status: 'warning', failure: null }
}

export function failed(
  check: CheckName,
  failure: Failure,
  message: string,
  rest: Rest = {},
): Check {
  return { ...base(check, message, rest), status: 'failed', failure }
}

/** The check that an error makes of it. @throws The error, where the signal ended it all. */
export function refused(
  check: CheckName,
  error: unknown,
  signal: AbortSignal,
  missing: string[] = [],
): Check {
  signal.throwIfAborted()
  if (!(error instanceof LedgerError)) return failed(check, 'other', messageOf(error))
  const { code, message, hint = null } = error
  if (code === 'not_signed_in') return failed(check, 'access', message, { hint })
  if (code === 'no_permission') {
    return failed(check, 'access', message, { hint, missing: hint === null ? missing : [] })
  }
  if (code !== 'unreachable') return failed(check, 'other', message, { hint })
  return failed(check, 'unreachable', message, { hint: hint ?? REACH })
}

const REACH = 'Check that this machine reaches that address over HTTPS: DNS, proxy, firewall'

function base(check: CheckName, message: string, rest: Rest) {
  return { check, message, subscriptionId: null, hint: null, missing: [], identity: null, ...rest }
}
