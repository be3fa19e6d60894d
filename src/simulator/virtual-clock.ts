/**
 * A virtual clock: time that runs faster than real time, stands still, or jumps ahead.
 *
 * It has the form of the domain's `Clock`, so that the collector and the simulator can live by
 * the same one: a day of five-minute runs then takes as long as its requests do.
 */

// setTimeout treats a longer delay as none at all.
const LONGEST_TIMER_MS = 2 ** 31 - 1

export interface VirtualClock {
  now(): Date
  /** Waits `ms` of this clock's time. Rejects with `signal.reason` at once when aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
  /**
   * Skips to a moment, and wakes whoever slept until then or less.
   *
   * @throws {RangeError} If the moment has passed: time never runs backwards.
   */
  jumpTo(at: Date): void
  /** Milliseconds of this clock in one real millisecond. */
  readonly speed: number
}

export interface VirtualClockOptions {
  /** What the clock shows first (default the real time). */
  startAt?: Date
  /** Milliseconds of this clock in one real millisecond (default 1); 0 stands still until a jump. */
  speed?: number
}

interface Sleeper {
  dueMs: number
  timer: NodeJS.Timeout | undefined
  wake: () => void
}

/** Makes a clock that begins at once. */
export function createVirtualClock({
  startAt = new Date(),
  speed = 1,
}: VirtualClockOptions = {}): VirtualClock {
  if (!(speed >= 0 && Number.isFinite(speed))) throw new RangeError(`Cannot run at speed ${speed}`)
  const sleepers = new Set<Sleeper>()
  const realStartMs = performance.now()
  let offsetMs = startAt.getTime()
  const nowMs = () => offsetMs + (performance.now() - realStartMs) * speed

  function arm(sleeper: Sleeper): void {
    clearTimeout(sleeper.timer)
    const leftMs = sleeper.dueMs - nowMs()
    if (leftMs <= 0) sleeper.wake()
    else if (speed > 0) {
      // A timer may fire a little early: `arm` then finds time left and waits again.
      const delayMs = Math.min(Math.ceil(leftMs / speed), LONGEST_TIMER_MS)
      sleeper.timer = setTimeout(arm, delayMs, sleeper)
    }
  }

  return {
    speed,
    now: () => new Date(nowMs()),
    sleep(ms, signal) {
      return new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason)
        const stop = () => {
          clearTimeout(sleeper.timer)
          sleepers.delete(sleeper)
          signal?.removeEventListener('abort', abort)
        }
        const abort = () => {
          stop()
          reject(signal?.reason)
        }
        const sleeper: Sleeper = {
          dueMs: nowMs() + ms,
          timer: undefined,
          wake: () => {
            stop()
            resolve()
          },
        }
        sleepers.add(sleeper)
        signal?.addEventListener('abort', abort)
        arm(sleeper)
      })
    },
    jumpTo(at) {
      const aheadMs = at.getTime() - nowMs()
      // Half a millisecond of rounding is no step back: `now()` shows whole ones.
      if (!(aheadMs > -1)) throw new RangeError(`Cannot jump back to ${at.toISOString()}`)
      offsetMs += Math.max(aheadMs, 0)
      for (const sleeper of [...sleepers].toSorted((a, b) => a.dueMs - b.dueMs)) arm(sleeper)
    },
  }
}
