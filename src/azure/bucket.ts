/**
 * A bucket: how many requests of one kind a subscription still allows, as ARM's headers tell.
 *
 * ARM gives each principal, subscription and region a token bucket: 250 reads (+25 a second) and
 * 200 writes (+10 a second), where a POST action counts as a write. This one follows it from
 * outside: each answer's header corrects it, and between answers it fills at the published rate.
 *
 * @see https://learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling
 */

export type RequestKind = 'reads' | 'writes'

const PUBLISHED = {
  reads: { capacity: 250, perSecond: 25 },
  writes: { capacity: 200, perSecond: 10 },
} as const

/**
 * How many requests go ahead before the first answer tells how many may. Ten subscriptions fill all
 * slots so; and where a bucket is empty from the start, no more than these are refused.
 */
const AHEAD = 8

export class Bucket {
  readonly #capacity: number
  readonly #perMs: number
  #tokens = AHEAD
  #filledAtMs: number
  #inFlight = 0
  #throttled = false

  constructor(kind: RequestKind, nowMs: number) {
    this.#capacity = PUBLISHED[kind].capacity
    this.#perMs = PUBLISHED[kind].perSecond / 1000
    this.#filledAtMs = nowMs
  }

  /** Takes one request's token, if there is one. */
  take(nowMs: number): boolean {
    this.#fill(nowMs)
    if (this.#tokens < 1) return false
    this.#tokens -= 1
    this.#inFlight += 1
    return true
  }

  /** Milliseconds until there is a token, if nothing else is taken or told. */
  waitMs(nowMs: number): number {
    this.#fill(nowMs)
    return this.#tokens >= 1 ? 0 : Math.ceil((1 - this.#tokens) / this.#perMs)
  }

  /**
   * A request has ended.
   *
   * @param result `throttled` for a 429, `failed` where no answer came.
   * @param remaining What the answer's header said is left; null without such a header.
   */
  ended(
    result: 'answered' | 'throttled' | 'failed',
    remaining: number | null,
    nowMs: number,
  ): void {
    this.#fill(nowMs)
    this.#inFlight -= 1
    if (result === 'throttled') {
      this.#throttled = true
      this.#tokens = 1 - this.#inFlight
    } else if (remaining !== null) {
      // Requests still in flight may or may not be counted in it: assume that they are not.
      this.#tokens = remaining - this.#inFlight
    } else if (result === 'answered') {
      // No header to go by: no limit until a 429 shows one, then each success lets two more go.
      this.#tokens = this.#throttled ? this.#tokens + 2 : Infinity
    }
    if (nowMs < this.#filledAtMs) this.#tokens = Math.min(1, this.#tokens)
  }

  /** Nothing leaves until then, and then one request goes ahead alone. */
  hold(untilMs: number): void {
    this.#tokens = Math.min(1, this.#tokens)
    this.#filledAtMs = Math.max(this.#filledAtMs, untilMs)
  }

  #fill(nowMs: number): void {
    const gainedMs = Math.max(0, nowMs - this.#filledAtMs)
    this.#filledAtMs = Math.max(this.#filledAtMs, nowMs)
    if (this.#tokens < this.#capacity) {
      this.#tokens = Math.min(this.#capacity, this.#tokens + gainedMs * this.#perMs)
    }
  }
}
