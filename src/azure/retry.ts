/**
 * Retrying: which answers are worth another try, and how long to wait before it.
 */

import type { Dice } from '../domain/edges.ts'
import type { RequestKind } from './bucket.ts'

const FIRST_BACKOFF_MS = 500
const LONGEST_BACKOFF_MS = 8000

/** Whether the same request may be answered differently a little later. */
export function isPassing(status: number): boolean {
  return status === 408 || status === 429 || status >= 500
}

/** The wait before the next try: doubling, and jittered so that many do not come back at once. */
export function backoffMs(tries: number, dice: Dice): number {
  const ms = Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** tries)
  return Math.round(ms * (0.5 + dice.roll() / 2))
}

/** How many requests of this kind ARM says are left, or null where it says nothing. */
export function remainingOf(kind: RequestKind, headers: Record<string, string>): number | null {
  const text = headers[`x-ms-ratelimit-remaining-subscription-${kind}`]
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : null
}
