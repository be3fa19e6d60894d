/**
 * Throttling: Resource Manager's token buckets, one for reads and one for writes a subscription.
 *
 * @see https://learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling
 */

import { errorReply } from './arm-error.ts'
import type { Reply } from './reply.ts'

interface BucketSize {
  /** Requests that a full bucket holds. */
  capacity: number
  /** Requests that come back every second. */
  perSecond: number
}

export interface ThrottleOptions {
  /** (default 250, and 25 a second) */
  reads?: BucketSize
  /** POST counts as a write (default 200, and 10 a second). */
  writes?: BucketSize
  /** The network provider's own limit on writes, in windows of five minutes (default none). */
  networkWritesPer5Mins?: number
}

export interface Throttle {
  /**
   * Takes one request from its bucket.
   *
   * @param scope The subscription, or `tenant`.
   * @returns The headers for the answer, and the refusal where the bucket was empty.
   */
  take(
    scope: string,
    method: string,
    now: Date,
  ): { headers: Record<string, string>; refusal?: Reply }
}

interface Bucket {
  left: number
  filledMs: number
}

const WINDOW_MS = 300_000

/** Makes full buckets. */
export function createThrottle({
  reads = { capacity: 250, perSecond: 25 },
  writes = { capacity: 200, perSecond: 10 },
  networkWritesPer5Mins,
}: ThrottleOptions): Throttle {
  const buckets = new Map<string, Bucket>()
  const windows = new Map<string, { beganMs: number; used: number }>()

  function takeFromBucket(key: string, size: BucketSize, nowMs: number) {
    const bucket = buckets.get(key) ?? { left: size.capacity, filledMs: nowMs }
    buckets.set(key, bucket)
    const sinceSeconds = Math.max(nowMs - bucket.filledMs, 0) / 1000
    bucket.left = Math.min(size.capacity, bucket.left + sinceSeconds * size.perSecond)
    bucket.filledMs = nowMs
    if (bucket.left >= 1) {
      bucket.left -= 1
      return { left: Math.floor(bucket.left), waitSeconds: 0 }
    }
    return { left: 0, waitSeconds: Math.max(Math.ceil((1 - bucket.left) / size.perSecond), 1) }
  }

  function takeFromWindow(scope: string, limit: number, nowMs: number): number {
    let window = windows.get(scope)
    if (!window || nowMs >= window.beganMs + WINDOW_MS) {
      window = { beganMs: nowMs, used: 0 }
      windows.set(scope, window)
    }
    if (window.used < limit) {
      window.used++
      return 0
    }
    return Math.max(Math.ceil((window.beganMs + WINDOW_MS - nowMs) / 1000), 1)
  }

  return {
    take(scope, method, now) {
      const writing = method !== 'GET'
      const kind = writing ? 'writes' : 'reads'
      const size = writing ? writes : reads
      const { left, waitSeconds } = takeFromBucket(`${scope} ${kind}`, size, now.getTime())
      const level = scope === 'tenant' ? 'tenant' : 'subscription'
      const headers = { [`x-ms-ratelimit-remaining-${level}-${kind}`]: String(left) }
      if (waitSeconds > 0) {
        return {
          headers,
          refusal: errorReply(
            429,
            'SubscriptionRequestsThrottled',
            `Number of '${kind}' requests for ${level} '${scope}' exceeded the limit. Please try again after '${waitSeconds}' seconds.`,
            { 'retry-after': String(waitSeconds) },
          ),
        }
      }
      if (!writing || networkWritesPer5Mins === undefined) return { headers }
      const windowSeconds = takeFromWindow(scope, networkWritesPer5Mins, now.getTime())
      if (windowSeconds === 0) return { headers }
      return {
        headers,
        refusal: errorReply(
          429,
          'TooManyRequests',
          `The request rate to the provider 'Microsoft.Network' exceeded '${networkWritesPer5Mins}' in '00:05:00'. Please try again after '${windowSeconds}' seconds.`,
          { 'retry-after': String(windowSeconds) },
        ),
      }
    },
  }
}
