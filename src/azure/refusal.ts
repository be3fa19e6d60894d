/**
 * A refusal: why a host or a list could not be read. It becomes a row, never an empty answer.
 */

import { errorOf } from '../domain/answer.ts'
import type { PollOutcome } from '../domain/poll.ts'
import type { ArmResponse } from './arm.ts'

/** Any outcome that a request can have, but `ok`. */
export type RefusalOutcome = Exclude<PollOutcome, 'ok' | 'skipped_deadline'>

export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly outcome: RefusalOutcome
  /** Azure's error code, or ours. */
  readonly errorCode: string

  constructor(
    outcome: RefusalOutcome,
    errorCode: string,
    message: string,
    options?: { cause: unknown },
  ) {
    super(message, options)
    this.outcome = outcome
    this.errorCode = errorCode
  }
}

/** The refusal that a final status outside 2xx stands for. */
export function refusalOf(response: ArmResponse): Refusal {
  const { status, body } = response
  const { code, message } = errorOf(body.kind === 'json' ? body.value : undefined)
  return new Refusal(
    outcomeOf(status, code),
    code ?? `Http${status}`,
    message ?? `Azure answered ${status} without saying why`,
  )
}

function outcomeOf(status: number, code: string | null): RefusalOutcome {
  if (status === 401 || status === 403) return 'denied'
  if (status === 404) return 'not_found'
  if (status === 409) return 'conflict'
  if (status === 429) return 'throttled'
  // Azure's words for a host whose SKU has no session list, as far as they are known.
  if (status === 400 && /sku|unsupported|notsupported/i.test(code ?? '')) {
    return 'skipped_unsupported'
  }
  // A redirect is never followed: the token would go where it points.
  return status >= 300 && status < 400 ? 'malformed' : 'error'
}
