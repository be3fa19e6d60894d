/**
 * The time that the simulator lives by: sessions, tokens, buckets, waits and faults.
 *
 * Latency and slow bodies are in real milliseconds, because real sockets carry them.
 */

export interface SimulatorClock {
  now(): Date
  /** Milliseconds of this clock in one real millisecond (default 1). */
  readonly speed?: number
}

/** The real time. */
export const realClock: SimulatorClock = { now: () => new Date() }
