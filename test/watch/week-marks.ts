/**
 * What every week has, and in which of its slots: a silence of the collector, hosts that come and go,
 * and answers that fail or lie at the worst time. Chance only moves it.
 */

import type { Random } from '../../src/simulator/random.ts'

/** What a host does instead of telling the truth. */
export type Trouble = 'denied' | 'down' | 'reset' | 'hangs' | 'says nobody' | 'leaves half out'

/** Whether a host gives no list of sessions then. */
export function isFailure(trouble: Trouble | undefined): boolean {
  return trouble !== undefined && trouble !== 'says nobody' && trouble !== 'leaves half out'
}

/** Runs that fail one after the other, from a slot on. */
interface Outage {
  first: number
  count: number
}

/** Slots in which what every week must have takes place. */
export interface Marks {
  /** Nobody collects for so long that everything is old; nor does anybody watch when it begins. */
  silence: Outage
  /** One run more missing than would be allowed, with a watch when that is not so yet. */
  pause: Outage
  /** One run is missing. */
  skip: Outage
  compactions: number[]
  /** After this slot the last host but one is deleted: it cannot be read then. */
  deletedAfter: number
  /** Before this slot the last host appears: it cannot be read at first. */
  createdBefore: number
  /** Troubles of each host. */
  hosts: [Trouble, Outage][][]
}

export function createMarks(random: Random): Marks {
  const silence = { first: 52 + random.below(8), count: 6 + random.below(3) }
  const pause = { first: 100 + random.below(8), count: 4 }
  const skip = { first: 20 + random.below(5), count: 1 + random.below(2) }
  const deletedAfter = 126 + random.below(8)
  const createdBefore = 34 + random.below(6)
  const after = silence.first + silence.count
  // One night it is left out.
  const left = 2 + random.below(4)
  const compactions = [1, 2, 3, 4, 5, 6]
    .filter((day) => day !== left)
    .map((day) => 24 * day + 3 + random.below(12))
  return {
    silence,
    pause,
    skip,
    compactions,
    deletedAfter,
    createdBefore,
    hosts: [
      [
        // It cannot be read yet when the others can again.
        ['denied', { first: after, count: 3 }],
        ['says nobody', { first: 90, count: 2 }],
        ['leaves half out', { first: 30, count: 1 }],
      ],
      [
        // It could not be read before nobody collected, and cannot after that.
        ['down', { first: silence.first - 5, count: 5 }],
        ['down', { first: after, count: 2 }],
        ['says nobody', { first: 80, count: 1 }],
        ['hangs', { first: 10 + random.below(5), count: 1 }],
      ],
      [['denied', { first: deletedAfter - 3, count: 4 }]],
      [['reset', { first: createdBefore, count: 5 }]],
    ],
  }
}
