/**
 * A poll: what one Bastion host answered in one run.
 *
 * A host that failed, or was never reached, has a poll too. Without it, silence and "nobody was
 * connected" would look the same.
 */

import type { Host } from './host.ts'
import type { Session } from './session.ts'

/**
 * What came of asking a host. Only `ok` proves anything, an empty list included.
 *
 * `denied`: 401 or 403 · `not_found`: 404, deleted since it was listed · `conflict`: 409, a lock or
 * a disabled subscription · `throttled`: 429 to the end, or a wait beyond the bound · `timeout`: a
 * hang, or an operation that does not end · `error`: 5xx, a reset, a failed operation ·
 * `malformed`: an answer that is no list · `untrusted_link`: a link to another origin ·
 * `skipped_deadline`: the run ended first · `skipped_unsupported`: Azure says that this host has no
 * sessions to list.
 */
export const POLL_OUTCOMES = [
  'ok',
  'denied',
  'not_found',
  'conflict',
  'throttled',
  'timeout',
  'error',
  'malformed',
  'untrusted_link',
  'skipped_deadline',
  'skipped_unsupported',
] as const
export type PollOutcome = (typeof POLL_OUTCOMES)[number]

export interface Poll {
  host: Host
  outcome: PollOutcome
  /** When the request that was answered left; null where none was sent. */
  requestedAt: Date | null
  /** When its answer was complete; null where none was sent. */
  observedAt: Date | null
  httpStatus: number | null
  errorCode: string | null
  errorMessage: string | null
  /** Azure's `x-ms-request-id`, for a support case. */
  requestId: string | null
  /** The form of the answer met on the wire, for example `array` or `202>async:output.value`. */
  responseShape: string | null
  /** HTTP requests sent, first tries and retries, pages and operation reads. */
  requests: number
  retries: number
  pages: number
  /** From the first request to the answer, rounded up; null where none was sent. */
  latencyMs: number | null
  /** Empty unless `ok`. */
  sessions: Session[]
}

/** Whether a run without this poll's answer is incomplete. */
export function isFailure(outcome: PollOutcome): boolean {
  return outcome !== 'ok' && !isSkip(outcome)
}

/** Whether the host was not asked to the end, and why that is no fault of its own. */
export function isSkip(outcome: PollOutcome): boolean {
  return outcome === 'skipped_deadline' || outcome === 'skipped_unsupported'
}

/** The poll of a host that the run did not reach. */
export function unreachedPoll(host: Host, errorCode: 'deadline' | 'interrupted' | 'crashed'): Poll {
  const why = {
    deadline: 'The run reached its deadline first',
    interrupted: 'The run was interrupted first',
    crashed: 'The collector ended before it asked',
  }[errorCode]
  return {
    host,
    outcome: 'skipped_deadline',
    requestedAt: null,
    observedAt: null,
    httpStatus: null,
    errorCode,
    errorMessage: why,
    requestId: null,
    responseShape: null,
    requests: 0,
    retries: 0,
    pages: 0,
    latencyMs: null,
    sessions: [],
  }
}
