/**
 * Slots: HTTP requests in flight at the same time, over all subscriptions.
 *
 * A slot is held while a request is under way, never while something waits: holding it over a
 * `Retry-After` made 10,000 hosts take five times as long. And hosts are begun one at a time, when
 * a slot is free, so that the second page of one host never queues behind the first requests of
 * thousands.
 */

import pLimit from 'p-limit'

export interface Slots {
  /** Runs one request as soon as a slot is free. */
  run<Result>(request: () => Promise<Result>): Promise<Result>
  /** Resolves when a slot is free. Whoever waited must begin its request at once. */
  free(signal: AbortSignal): Promise<void>
}

export function createSlots(concurrency: number): Slots {
  const limit = pLimit(concurrency)
  const waiting: Array<() => void> = []
  const isFree = () => limit.activeCount + limit.pendingCount < concurrency
  const wake = () => {
    // One at a time: the one woken takes its slot before the next look.
    if (waiting.length > 0 && isFree()) waiting.shift()?.()
  }

  return {
    async run(request) {
      try {
        return await limit(request)
      } finally {
        wake()
      }
    },
    async free(signal) {
      signal.throwIfAborted()
      if (isFree()) return
      await new Promise<void>((resolve, reject) => {
        const enter = () => {
          signal.removeEventListener('abort', leave)
          resolve()
        }
        const leave = () => {
          waiting.splice(waiting.indexOf(enter), 1)
          reject(signal.reason)
        }
        signal.addEventListener('abort', leave, { once: true })
        waiting.push(enter)
      })
    },
  }
}
