/**
 * The tally of a run under way: how far it is, and one host to name for each outcome.
 */

import type { Progress } from '../../domain/edges.ts'
import { isFailure, type Poll, type PollOutcome } from '../../domain/poll.ts'

export interface Tally extends Progress {
  subscriptions: { listed: number; of: number }
  hosts: { done: number; failed: number; throttled: number; of: number }
  /** The first poll of each outcome but `ok`. */
  examples: Map<PollOutcome, Poll>
}

export function createTally(): Tally {
  const tally: Tally = {
    subscriptions: { listed: 0, of: 0 },
    hosts: { done: 0, failed: 0, throttled: 0, of: 0 },
    examples: new Map(),
    listed(listed, of) {
      tally.subscriptions = { listed, of }
    },
    polled(poll, of) {
      const { outcome } = poll
      const { done, failed, throttled } = tally.hosts
      tally.hosts = {
        done: done + 1,
        failed: failed + Number(isFailure(outcome)),
        throttled: throttled + Number(outcome === 'throttled'),
        of,
      }
      if (outcome !== 'ok' && !tally.examples.has(outcome)) tally.examples.set(outcome, poll)
    },
  }
  return tally
}
