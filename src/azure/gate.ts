/**
 * A gate: when requests to one subscription may leave.
 *
 * It closes for all of them on a 429, until the `Retry-After` has passed, and slows down before the
 * subscription's bucket is empty, so that no request is in flight when a 429 would come. Whoever
 * waits here holds no slot: one throttled subscription does not slow down the others.
 */

import type { Clock } from '../domain/edges.ts'
import { Bucket, type RequestKind } from './bucket.ts'
import { createListeners } from './listeners.ts'

interface Waiter {
  kind: RequestKind
  mostClosedMs: number
  signal: AbortSignal
  /** Ends the waiting; whether the request may leave. */
  end: (entered: boolean) => void
  reject: (reason: unknown) => void
}

export class Gate {
  readonly #clock: Clock
  readonly #buckets: Record<RequestKind, Bucket>
  readonly #waiters: Waiter[] = []
  #closedUntilMs = 0
  /** Single addresses that are closed, each until its moment. */
  readonly #closedUrls = new Map<string, number>()
  readonly #listen = createListeners((signal) => {
    const leaving = this.#remove((waiter) => waiter.signal === signal)
    for (const { reject } of leaving) reject(signal.reason)
  })
  /** Ends the sleep after which waiters are looked at again; null when nothing waits. */
  #alarm: AbortController | null = null

  constructor(clock: Clock) {
    this.#clock = clock
    const nowMs = clock.now().getTime()
    this.#buckets = { reads: new Bucket('reads', nowMs), writes: new Bucket('writes', nowMs) }
  }

  /** How long the gate stays closed, in milliseconds; 0 when it is open. */
  closedForMs(): number {
    return Math.max(0, this.#closedUntilMs - this.#clock.now().getTime())
  }

  /** Lets one request through at once, if it may leave now. It must be followed by `ended`. */
  tryEnter(kind: RequestKind): boolean {
    return this.#waiters.length === 0 && this.#mayLeave(kind)
  }

  /**
   * Waits until the request may leave, in order of arrival. Then it must be followed by `ended`.
   *
   * @param mostClosedMs Who does not wait so long is told when the gate closes, not when it opens.
   * @returns false where the gate is closed for longer: the request may not leave.
   */
  async enter(
    kind: RequestKind,
    signal: AbortSignal,
    mostClosedMs = Number.POSITIVE_INFINITY,
  ): Promise<boolean> {
    signal.throwIfAborted()
    if (this.tryEnter(kind)) return true
    if (this.closedForMs() > mostClosedMs) return false
    return new Promise<boolean>((end, reject) => {
      this.#listen(signal)
      this.#waiters.push({ kind, mostClosedMs, signal, end, reject })
      this.#admit()
    })
  }

  /** Tells the gate how a request went that it let through. */
  ended(
    kind: RequestKind,
    result: 'answered' | 'throttled' | 'failed',
    remaining: number | null,
  ): void {
    this.#buckets[kind].ended(result, remaining, this.#clock.now().getTime())
    this.#admit()
  }

  /** Closes the gate for everybody. */
  close(ms: number): void {
    this.#closedUntilMs = Math.max(this.#closedUntilMs, this.#clock.now().getTime() + ms)
    this.#buckets.reads.hold(this.#closedUntilMs)
    this.#buckets.writes.hold(this.#closedUntilMs)
    const closedMs = this.closedForMs()
    const impatient = this.#remove(({ mostClosedMs }) => mostClosedMs < closedMs)
    for (const { end } of impatient) end(false)
  }

  /** Closes one address: its answer, other than a 429, asked for a wait. */
  closeUrl(url: string, ms: number): void {
    const nowMs = this.#clock.now().getTime()
    for (const [other, untilMs] of this.#closedUrls) {
      if (untilMs <= nowMs) this.#closedUrls.delete(other)
    }
    this.#closedUrls.set(addressOf(url), nowMs + ms)
  }

  /** How long an address stays closed, in milliseconds; 0 when it is open. */
  urlClosedForMs(url: string): number {
    if (this.#closedUrls.size === 0) return 0
    const untilMs = this.#closedUrls.get(addressOf(url)) ?? 0
    return Math.max(0, untilMs - this.#clock.now().getTime())
  }

  /** Takes waiters out of the line, and answers them. */
  #remove(which: (waiter: Waiter) => boolean): Waiter[] {
    const removed = this.#waiters.filter(which)
    for (const waiter of removed) this.#waiters.splice(this.#waiters.indexOf(waiter), 1)
    if (this.#waiters.length === 0) this.#alarm?.abort()
    return removed
  }

  #mayLeave(kind: RequestKind): boolean {
    const nowMs = this.#clock.now().getTime()
    return nowMs >= this.#closedUntilMs && this.#buckets[kind].take(nowMs)
  }

  #admit(): void {
    let first = this.#waiters[0]
    while (first !== undefined && this.#mayLeave(first.kind)) {
      this.#waiters.shift()
      first.end(true)
      first = this.#waiters[0]
    }
    if (first !== undefined && this.#alarm === null) void this.#lookAgain(first.kind)
  }

  async #lookAgain(kind: RequestKind): Promise<void> {
    const alarm = new AbortController()
    this.#alarm = alarm
    const nowMs = this.#clock.now().getTime()
    const ms = Math.max(this.#closedUntilMs - nowMs, this.#buckets[kind].waitMs(nowMs), 1)
    try {
      await this.#clock.sleep(ms, alarm.signal)
    } catch (error) {
      if (!alarm.signal.aborted) throw error
    }
    this.#alarm = null
    this.#admit()
  }
}

/** Without the query: the pages of a list are one address. */
function addressOf(url: string): string {
  return url.replace(/\?.*/s, '')
}

/** The gates of all subscriptions. */
export function createGates(clock: Clock): (subscriptionId: string) => Gate {
  const gates = new Map<string, Gate>()
  return (subscriptionId) => {
    let gate = gates.get(subscriptionId)
    if (gate === undefined) {
      gate = new Gate(clock)
      gates.set(subscriptionId, gate)
    }
    return gate
  }
}
