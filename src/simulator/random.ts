/**
 * Seeded randomness: the same numbers for the same seed, on every machine.
 *
 * Seeds are derived (`mixSeeds`), never shared: what happens on one host cannot shift the numbers
 * of another, so everything can be computed on its own and in any order.
 */

export interface Random {
  /** A number from 0 up to, not including, 1. */
  next(): number
  /** A whole number from 0 up to, not including, `bound`. */
  below(bound: number): number
  /** Whether something of this probability happens. */
  chance(probability: number): boolean
  /** @throws {RangeError} If the list is empty. */
  pick<T>(list: readonly T[]): T
  uuid(): string
}

/** A sequence of random numbers (mulberry32). */
export function createRandom(seed: number): Random {
  let state = seed | 0
  const bits = () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return (mixed ^ (mixed >>> 14)) >>> 0
  }
  const next = () => bits() / 2 ** 32
  const below = (bound: number) => Math.floor(next() * bound)
  return {
    next,
    below,
    chance: (probability) => next() < probability,
    pick: (list) => {
      if (list.length === 0) throw new RangeError('Cannot pick from an empty list')
      return elementAt(list, below(list.length))
    },
    uuid: () => formatUuid([bits(), bits(), bits(), bits()]),
  }
}

/** The seed of something inside something else: text and numbers into 32 bits. */
export function mixSeeds(...parts: readonly (number | string)[]): number {
  let hash = 0x811c9dc5
  for (const part of parts) {
    if (typeof part === 'string') {
      for (let at = 0; at < part.length; at++) {
        hash = Math.imul(hash ^ part.charCodeAt(at), 0x01000193)
      }
    } else {
      hash = Math.imul(hash ^ (part | 0), 0x85ebca6b)
      hash = Math.imul(hash ^ (hash >>> 13) ^ Math.trunc(part / 2 ** 32), 0xc2b2ae35)
    }
    hash ^= hash >>> 16
  }
  return hash | 0
}

function elementAt<T>(list: readonly T[], index: number): T {
  for (const element of list.slice(index, index + 1)) return element
  throw new RangeError(`Cannot pick element ${index} of ${list.length}`)
}

function formatUuid(words: readonly number[]): string {
  const hex = words.map((word) => word.toString(16).padStart(8, '0')).join('')
  // Version 4, variant 1, as Azure's ids have them.
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`
}
