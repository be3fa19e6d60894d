/**
 * Comparing two ways of doing a thing, by turns, so that a noisy neighbour meets both.
 */

import { median } from './report.ts'

export const TIMES = 9
/** What takes long is hardly disturbed: then so many turns are enough. */
export const LEAST_TIMES = 3
const LONG_MS = 15_000

/** Milliseconds of both. */
export async function compare(
  one: () => Promise<unknown>,
  other: () => Promise<unknown>,
): Promise<[number, number]> {
  const times: [number[], number[]] = [[], []]
  const start = performance.now()
  for (let turn = 0; turn <= TIMES; turn += 1) {
    if (turn > LEAST_TIMES && performance.now() - start > LONG_MS) break
    for (const [index, ask] of [one, other].entries()) {
      const began = performance.now()
      await ask()
      // The first turn only warms the disk's cache.
      if (turn > 0) times[index]?.push(performance.now() - began)
    }
  }
  return [median(times[0]), median(times[1])]
}
