/**
 * Patience: which requests came before the `Retry-After` that their client had been told.
 *
 * A 429 closes its whole subscription; any other answer closes only the path that it was given
 * for. A request that was already on its way when the 429 left is no fault of the client.
 */

import type { EarlyRequest } from './counters.ts'
import type { Route } from './route.ts'
import type { SimulatorClock } from './simulator-clock.ts'

export interface Patience {
  /** The early request that this one is, or null. */
  check(route: Route): EarlyRequest | null
  /** Notes what an answer that leaves now asks its client to wait. */
  note(route: Route, status: number, headers: Record<string, string>): void
}

interface Wait {
  untilMs: number
  /** By a real, monotonic clock. */
  leftAtMs: number
}

/**
 * Real milliseconds in which requests to other paths of a subscription may still have been on
 * their way: they were sent before the 429 could be read.
 */
const ON_THE_WAY_MS = 50
/** Timers fire up to a few milliseconds early. */
const TIMER_SLACK_MS = 5

// Waits that have passed are forgotten when so many paths have one.
const MOST_KEPT = 10_000

/**
 * Makes a memory of waits.
 *
 * @param monotonicMs A real clock that never steps, for how long ago an answer left.
 */
export function createPatience(
  clock: SimulatorClock,
  monotonicMs: () => number = () => performance.now(),
): Patience {
  const bySubscription = new Map<string, Wait>()
  const byPath = new Map<string, Wait>()

  const isEarly = (wait: Wait | undefined, graceMs: number): wait is Wait =>
    wait !== undefined &&
    clock.now().getTime() + TIMER_SLACK_MS * (clock.speed ?? 1) < wait.untilMs &&
    monotonicMs() - wait.leftAtMs >= graceMs

  function noteFor(key: string, waits: Map<string, Wait>, wait: Wait): void {
    // The last answer counts, unless an earlier one asked for longer.
    if ((waits.get(key)?.untilMs ?? 0) < wait.untilMs) waits.set(key, wait)
    if (waits.size <= MOST_KEPT) return
    const nowMs = clock.now().getTime()
    for (const [old, { untilMs }] of waits) if (untilMs <= nowMs) waits.delete(old)
  }

  return {
    check(route) {
      if (bySubscription.size === 0 && byPath.size === 0) return null
      const own = byPath.get(route.path.toLowerCase())
      const all = bySubscription.get(route.subscriptionId ?? 'tenant')
      const wait = isEarly(own, 0) ? own : isEarly(all, ON_THE_WAY_MS) ? all : null
      if (wait === null) return null
      return {
        path: route.path,
        at: clock.now().toISOString(),
        dueAt: new Date(wait.untilMs).toISOString(),
      }
    },
    note(route, status, headers) {
      const untilMs = readRetryAfter(headers['retry-after'], clock.now())
      if (untilMs === null) return
      const wait = { untilMs, leftAtMs: monotonicMs() }
      if (status === 429) noteFor(route.subscriptionId ?? 'tenant', bySubscription, wait)
      // Where an operation goes on is another path: its first answer's wait holds there.
      const places =
        status === 201 || status === 202
          ? [headers['azure-asyncoperation'], headers['location']]
          : [route.path]
      for (const place of places) {
        if (place !== undefined) noteFor(pathOf(place), byPath, wait)
      }
    },
  }
}

function pathOf(place: string): string {
  return new URL(place, 'https://127.0.0.1').pathname.toLowerCase()
}

function readRetryAfter(text: string | undefined, now: Date): number | null {
  if (text === undefined) return null
  const seconds = Number(text)
  const untilMs = Number.isNaN(seconds) ? Date.parse(text) : now.getTime() + seconds * 1000
  return Number.isNaN(untilMs) ? null : untilMs
}
