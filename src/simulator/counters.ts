/**
 * Counters: what the simulator was asked, and how well its clients behaved.
 */

export type RequestKind =
  | 'subscriptions'
  | 'hosts'
  | 'sessions'
  /** What is under a management group. */
  | 'descendants'
  /** A query to Resource Graph. */
  | 'graph'
  /** A page after the first, of any list. */
  | 'page'
  /** A read of a long-running operation or of its result. */
  | 'operation'
  | 'unknown'

/** A request that came before a `Retry-After` had passed. */
export interface EarlyRequest {
  path: string
  at: string
  /** From when on it would have been welcome. */
  dueAt: string
}

interface CounterValues {
  requests: Record<RequestKind, number>
  /** All of `requests`. */
  total: number
  bySubscription: Record<string, number>
  inFlight: number
  mostInFlight: number
  /** Answers by status; those that were reset or hung before their headers are missing. */
  byStatus: Record<string, number>
  throttled: number
  early: number
  /** The first hundred of them. */
  earlyRequests: EarlyRequest[]
  identityRequests: number
  tokensIssued: number
  /** Requests that reached the foreign origin: 0 for a careful client. */
  foreignRequests: number
  /** Those of them that carried an Authorization header. */
  tokensLeaked: number
}

export interface Counters {
  /** A copy, ready for JSON. */
  read(): CounterValues
  /** Begins again from 0; requests in flight stay counted as such. */
  reset(): void
  begin(kind: RequestKind, subscriptionId: string | null): void
  end(): void
  countStatus(status: number): void
  countEarly(early: EarlyRequest): void
  countIdentity(): void
  countToken(): void
  countForeign(withAuthorization: boolean): void
}

/** Makes counters at 0. */
export function createCounters(): Counters {
  let values = zero(0)
  let bySubscription = new Map<string, number>()
  let byStatus = new Map<number, number>()
  return {
    read: () => ({
      ...values,
      requests: { ...values.requests },
      bySubscription: Object.fromEntries(bySubscription),
      byStatus: Object.fromEntries(byStatus),
      earlyRequests: [...values.earlyRequests],
    }),
    reset() {
      values = zero(values.inFlight)
      bySubscription = new Map()
      byStatus = new Map()
    },
    begin(kind, subscriptionId) {
      values.requests[kind]++
      values.total++
      values.inFlight++
      values.mostInFlight = Math.max(values.mostInFlight, values.inFlight)
      if (subscriptionId !== null) {
        bySubscription.set(subscriptionId, (bySubscription.get(subscriptionId) ?? 0) + 1)
      }
    },
    end() {
      values.inFlight--
    },
    countStatus(status) {
      byStatus.set(status, (byStatus.get(status) ?? 0) + 1)
      if (status === 429) values.throttled++
    },
    countEarly(early) {
      values.early++
      if (values.earlyRequests.length < 100) values.earlyRequests.push(early)
    },
    countIdentity() {
      values.identityRequests++
    },
    countToken() {
      values.tokensIssued++
    },
    countForeign(withAuthorization) {
      values.foreignRequests++
      if (withAuthorization) values.tokensLeaked++
    },
  }
}

function zero(inFlight: number): CounterValues {
  return {
    requests: {
      subscriptions: 0,
      hosts: 0,
      sessions: 0,
      descendants: 0,
      graph: 0,
      page: 0,
      operation: 0,
      unknown: 0,
    },
    total: 0,
    bySubscription: {},
    inFlight,
    mostInFlight: inFlight,
    byStatus: {},
    throttled: 0,
    early: 0,
    earlyRequests: [],
    identityRequests: 0,
    tokensIssued: 0,
    foreignRequests: 0,
    tokensLeaked: 0,
  }
}
