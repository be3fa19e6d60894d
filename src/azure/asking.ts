/**
 * Asking: a request that must be answered, through its subscription's gate, with retries.
 *
 * All that is sent for one host, or one list, is one asking. It counts, keeps to its time, and
 * holds no slot while it waits.
 */

import type { Clock, Dice } from '../domain/edges.ts'
import { LedgerError } from '../domain/errors.ts'
import { NoAnswer, type Arm, type ArmRequest, type ArmResponse } from './arm.ts'
import type { RequestKind } from './bucket.ts'
import type { Gate } from './gate.ts'
import { Refusal } from './refusal.ts'
import { retryAfterMs } from '../domain/retry-after.ts'
import { backoffMs, isPassing, remainingOf } from './retry.ts'
import type { Slots } from './slots.ts'

export interface AskingBounds {
  requestTimeoutMs: number
  /** Over all requests and waits of one asking, from the first request on. */
  hostTimeoutMs: number
  maxRetryAfterMs: number
  maxRetries: number
}

export interface AskingEdges {
  arm: Arm
  slots: Slots
  gate: Gate
  clock: Clock
  dice: Dice
}

const NOT_YET = Promise.resolve(null)

export class Asking {
  readonly #edges: AskingEdges
  readonly #bounds: AskingBounds
  readonly #signal: AbortSignal
  #startedAtMs: number | null = null
  requests = 0
  retries = 0
  /** When the latest request left. */
  sentAt: Date | null = null
  lastStatus: number | null = null
  lastRequestId: string | null = null

  constructor(edges: AskingEdges, bounds: AskingBounds, signal: AbortSignal) {
    this.#edges = edges
    this.#bounds = bounds
    this.#signal = signal
  }

  /** Milliseconds since the first request; null before it. */
  elapsedMs(): number | null {
    if (this.#startedAtMs === null) return null
    return this.#edges.clock.now().getTime() - this.#startedAtMs
  }

  /**
   * Sends a request until it has an answer that is not a passing fault.
   *
   * @returns The answer, of any status but those that were tried again in vain.
   * @throws {Refusal} `throttled`, `timeout`, `error`, `malformed` or `untrusted_link`.
   */
  async send(request: ArmRequest): Promise<ArmResponse> {
    this.#signal.throwIfAborted()
    // Without an await where nothing has to be waited for: see Slots.free.
    if (this.#edges.gate.urlClosedForMs(request.url) > 0) await this.#obeyEarlierWait(request.url)
    let renewed = false
    for (let tries = 0; ; tries += 1) {
      const response = await this.#attempt(request, tries)
      if (response instanceof NoAnswer) {
        const waitMs = backoffMs(tries, this.#edges.dice)
        if (tries >= this.#bounds.maxRetries || waitMs > this.#remainingMs()) {
          throw new Refusal('error', 'NoAnswer', response.message, { cause: response })
        }
        await this.wait(waitMs)
      } else if (response.status === 401 && !renewed) {
        renewed = true
        this.#edges.arm.renewToken()
      } else if (isPassing(response.status)) {
        if (!(await this.#waitToRetry(request.url, response, tries))) return response
      } else {
        return response
      }
      this.retries += 1
    }
  }

  /** An answer to an earlier asking, maybe of an earlier run, may have asked to wait until now. */
  async #obeyEarlierWait(url: string): Promise<void> {
    const closedMs = this.#edges.gate.urlClosedForMs(url)
    if (closedMs > this.#bounds.maxRetryAfterMs) throw tooLong(closedMs)
    if (closedMs > this.#remainingMs()) throw tooLongForHost()
    await this.wait(closedMs)
  }

  /**
   * Waits as long as the answer asks, or backs off.
   *
   * @returns false where the answer is the last: no try or no time is left.
   */
  async #waitToRetry(url: string, response: ArmResponse, tries: number): Promise<boolean> {
    const { gate, clock, dice } = this.#edges
    const askedMs = retryAfterMs(response.headers, clock.now())
    // After a 429 the gate is closed for as long as Azure asked.
    const isThrottled = response.status === 429
    if (askedMs !== null && !isThrottled) gate.closeUrl(url, askedMs)
    if (tries >= this.#bounds.maxRetries) return false
    if (askedMs !== null && askedMs > this.#bounds.maxRetryAfterMs) throw tooLong(askedMs)
    if (isThrottled) return true
    const waitMs = askedMs ?? backoffMs(tries, dice)
    if (waitMs > this.#remainingMs()) {
      if (askedMs === null) return false
      throw tooLongForHost()
    }
    await this.wait(waitMs)
    return true
  }

  /**
   * Waits, within the time of the asking.
   *
   * @throws {Refusal} `timeout` at once where the wait would outlast it.
   */
  async wait(ms: number): Promise<void> {
    if (ms > this.#remainingMs()) throw this.#outOfTime()
    await this.#edges.clock.sleep(ms, this.#signal)
  }

  /** The wait that a pending operation asks for: `Retry-After`, or a second. */
  async waitForOperation(response: ArmResponse): Promise<void> {
    const ms = retryAfterMs(response.headers, this.#edges.clock.now()) ?? 1000
    if (ms > this.#bounds.maxRetryAfterMs) throw tooLong(ms)
    await this.wait(ms)
  }

  async #attempt(request: ArmRequest, tries: number): Promise<ArmResponse | NoAnswer> {
    const { gate, slots } = this.#edges
    const kind: RequestKind = request.method === 'GET' ? 'reads' : 'writes'
    for (;;) {
      // Without an await where nothing has to be waited for: see Slots.free.
      if (!gate.tryEnter(kind)) await this.#enter(kind)
      const answer = await slots.run(() => {
        // The gate may have closed while the request stood in line for its slot.
        if (gate.closedForMs() === 0) return this.#exchange(request, kind, tries)
        gate.ended(kind, 'failed', null)
        return NOT_YET
      })
      if (answer !== null) return answer
    }
  }

  async #exchange(
    request: ArmRequest,
    kind: RequestKind,
    tries: number,
  ): Promise<ArmResponse | NoAnswer> {
    const { arm, clock, gate } = this.#edges
    let result: 'answered' | 'throttled' | 'failed' = 'failed'
    let remaining: number | null = null
    try {
      const timeoutMs = Math.min(this.#bounds.requestTimeoutMs, this.#remainingMs())
      if (timeoutMs <= 0) throw this.#outOfTime()
      this.sentAt = clock.now()
      this.#startedAtMs ??= this.sentAt.getTime()
      this.requests += 1
      const response = await arm.send(request, timeoutMs, this.#signal)
      this.lastStatus = response.status
      this.lastRequestId = response.headers['x-ms-request-id'] ?? null
      result = response.status === 429 ? 'throttled' : 'answered'
      remaining = remainingOf(kind, response.headers)
      if (result === 'throttled') gate.close(this.#waitOf(response, tries))
      return response
    } catch (error) {
      if (error instanceof NoAnswer) return error
      if (!(error instanceof LedgerError)) throw error
      throw new Refusal('error', 'NoToken', error.message, { cause: error })
    } finally {
      gate.ended(kind, result, remaining)
    }
  }

  /** Waits at the gate; the first request as long as it takes, a later one within its time. */
  async #enter(kind: RequestKind): Promise<void> {
    const { gate, clock } = this.#edges
    const { maxRetryAfterMs } = this.#bounds
    if (this.#startedAtMs === null) {
      if (await gate.enter(kind, this.#signal, maxRetryAfterMs)) return
      throw tooLong(gate.closedForMs())
    }
    const remainingMs = this.#remainingMs()
    const abort = new AbortController()
    const timer = clock.sleep(remainingMs, abort.signal).then(
      () =>
        abort.abort(new Refusal('throttled', 'Throttled', 'No turn within the time for one host')),
      () => undefined,
    )
    try {
      const signal = AbortSignal.any([this.#signal, abort.signal])
      if (await gate.enter(kind, signal, Math.min(maxRetryAfterMs, remainingMs))) return
    } finally {
      abort.abort()
      await timer
    }
    const closedMs = gate.closedForMs()
    throw closedMs > maxRetryAfterMs ? tooLong(closedMs) : tooLongForHost()
  }

  #waitOf(response: ArmResponse, tries: number): number {
    const { clock, dice } = this.#edges
    return retryAfterMs(response.headers, clock.now()) ?? backoffMs(tries, dice)
  }

  #remainingMs(): number {
    return this.#bounds.hostTimeoutMs - (this.elapsedMs() ?? 0)
  }

  #outOfTime(): Refusal {
    return new Refusal(
      'timeout',
      'HostTimeout',
      `No final answer within ${this.#bounds.hostTimeoutMs} ms`,
    )
  }
}

function tooLong(ms: number): Refusal {
  return new Refusal(
    'throttled',
    'RetryAfterTooLong',
    `Azure asked to wait ${Math.ceil(ms / 1000)} s, longer than a run waits`,
  )
}

function tooLongForHost(): Refusal {
  return new Refusal('throttled', 'Throttled', 'Azure asked to wait beyond the time for one host')
}
