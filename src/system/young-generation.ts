/**
 * The young generation: the part of V8's heap where everything begins, and nearly everything ends.
 *
 * Whoever asks thousands of hosts leaves garbage at a steady rate, for which V8 lets it grow to 128 MB
 * on Node 24, and keeps that (`scavenger_max_new_space_capacity_mb`, V8 13; up to Node 22 it was 32 MB).
 * Beyond 32 MB nothing gets faster. `--max-semi-space-size` is read only when a process starts, which
 * neither the Functions host nor every shell lets us say; the factor of growth is read at each growth.
 */

import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8'

const MOST_BYTES = 32 * 1024 * 1024
const LOOK_EVERY_MS = 20

/** Lets it grow to 32 MB and no further, until this is closed. */
export function boundYoungGeneration(): Disposable {
  const timer = setInterval(() => {
    if (youngBytes() < MOST_BYTES) return
    clearInterval(timer)
    setFlagsFromString('--semi-space-growth-factor=1')
  }, LOOK_EVERY_MS)
  timer.unref()
  return {
    [Symbol.dispose]() {
      clearInterval(timer)
      // V8's own.
      setFlagsFromString('--semi-space-growth-factor=2')
    },
  }
}

function youngBytes(): number {
  const space = getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space')
  return space?.space_size ?? 0
}
