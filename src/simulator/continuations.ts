/**
 * Continuations: what further URLs of an answer lead to, its next page or its operation.
 *
 * Each belongs to the answer that named it, and tells the truth of that answer's moment.
 */

import { randomUUID } from 'node:crypto'

import type { Reply } from './reply.ts'
import type { Route } from './route.ts'

export interface Continuation {
  /** ARM id in lower case; null where it belongs to no host. */
  hostId: string | null
  /** Number of the page, from 2; 1 for an operation. */
  page: number
  answer(method: string): Reply
}

export interface Continuations {
  /** Keeps a continuation; returns the id that its URL carries. */
  add(prefix: '' | 'operations/' | 'operationresults/', continuation: Continuation): string
  find(id: string): Continuation | undefined
}

/** What a reply needs to know of its request. */
export interface AnswerContext {
  route: Route
  /** Origin of this server, and of the foreign one. */
  endpoint: string
  foreignEndpoint: string
  continuations: Continuations
  now(): Date
}

// The oldest are forgotten: no client comes back for them.
const MOST_KEPT = 50_000

/** Makes an empty store. */
export function createContinuations(): Continuations {
  const kept = new Map<string, Continuation>()
  return {
    add(prefix, continuation) {
      const id = randomUUID()
      kept.set(prefix + id, continuation)
      if (kept.size > MOST_KEPT) {
        for (const oldest of kept.keys()) {
          kept.delete(oldest)
          break
        }
      }
      return id
    },
    find: (id) => kept.get(id),
  }
}
