/** The real clock. */

import { setTimeout as wait } from 'node:timers/promises'

import type { Clock } from '../domain/edges.ts'

export const systemClock: Clock = {
  now: () => new Date(),
  async sleep(ms, signal) {
    signal?.throwIfAborted()
    try {
      await wait(ms, undefined, signal === undefined ? {} : { signal })
    } catch (error) {
      signal?.throwIfAborted()
      throw error
    }
  },
}
