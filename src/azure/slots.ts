/**
 * Slots: HTTP requests in flight at the same time, over all subscriptions.
 *
 * A slot is held while a request is under way, never while something waits: holding it over a
 * `Retry-After` made 10,000 hosts take five times as long. And hosts are begun one at a time, when
 * a slot is free, so that the second page of one host never queues behind the first requests of
 * thousands.
 */

import { createListeners } from './listeners.ts'

export interface Slots {
  /** Runs one request as soon as a slot is free. */
  run<Result>(request: () => Promise<Result>): Promise<Result>
  /** Resolves when a slot is free. Whoever waited must begin its request at once. */
  free(signal: AbortSignal): Promise<void>
}

interface Waiter {
  signal: AbortSignal
  resolve: () => void
  reject: (reason: unknown) => void
}

export function createSlots(concurrency: number): Slots {
  let taken = 0
  /** Requests in line: each is given the slot of one that has ended. */
  const line: Array<() => void> = []
  const waiting: Waiter[] = []
  const listen = createListeners((signal) => {
    for (const waiter of waiting.filter((one) => one.signal === signal)) {
      waiting.splice(waiting.indexOf(waiter), 1)
      waiter.reject(signal.reason)
    }
  })
  const giveBack = () => {
    const next = line.shift()
    if (next) {
      next()
      return
    }
    taken -= 1
    // One at a time: the one woken takes its slot before the next look.
    waiting.shift()?.resolve()
  }

  return {
    async run(request) {
      if (taken < concurrency) taken += 1
      else await new Promise<void>((resolve) => line.push(resolve))
      try {
        return await request()
      } finally {
        giveBack()
      }
    },
    free(signal) {
      if (signal.aborted) return Promise.reject(signal.reason)
      if (taken < concurrency) return Promise.resolve()
      return new Promise((resolve, reject) => {
        listen(signal)
        waiting.push({ signal, resolve, reject })
      })
    },
  }
}
