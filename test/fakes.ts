/** Fakes of the domain's own edges, for tests that need no outside world. */

import type { Clock, Dice } from '../src/domain/edges.ts'

export interface FakeClock extends Clock {
  /** Moves the time on and wakes whoever has slept long enough, in order. */
  advance(ms: number): Promise<void>
}

/** A clock that stands still until it is told to go on. */
export function fakeClock(start: string): FakeClock {
  let nowMs = Date.parse(start)
  const sleepers: Array<{ atMs: number; wake(): void }> = []
  return {
    now: () => new Date(nowMs),
    async sleep(ms, signal) {
      signal?.throwIfAborted()
      await new Promise<void>((resolve, reject) => {
        const sleeper = { atMs: nowMs + ms, wake: resolve }
        sleepers.push(sleeper)
        signal?.addEventListener('abort', () => {
          if (sleepers.includes(sleeper)) sleepers.splice(sleepers.indexOf(sleeper), 1)
          reject(signal.reason)
        })
      })
    },
    async advance(ms) {
      const untilMs = nowMs + ms
      await settle()
      for (;;) {
        const [next] = sleepers.toSorted((a, b) => a.atMs - b.atMs)
        if (!next || next.atMs > untilMs) break
        nowMs = Math.max(nowMs, next.atMs)
        sleepers.splice(sleepers.indexOf(next), 1)
        next.wake()
        await settle()
      }
      nowMs = untilMs
    },
  }
}

/** Lets everything run that is ready to. */
function settle(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}

/** Dice that always show the same. */
export function fixedDice(value = 0): Dice {
  return { roll: () => value }
}
