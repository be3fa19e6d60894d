/**
 * Inspection: what can be told of a connection to Azure without telling what went over it.
 */

import type { Shape } from './shape.ts'

/** Whom a token is for, by its own claims. Each is null where the token does not say. */
export interface Identity {
  tenantId: string | null
  /** Of the user, or of the service principal. */
  objectId: string | null
  /** The application; for a person, the program that signed in. */
  appId: string | null
  kind: 'app' | 'user' | null
  expiresAt: Date
}

/** One host asked, without a single value: it can be shown to anybody. */
export interface Probe {
  outcome: string
  /** The form that was understood; null where none was. */
  responseShape: string | null
  requests: number
  exchanges: Exchange[]
}

/** One request, and what came of it. */
export interface Exchange {
  method: string
  /** Where its URL was found: `getActiveSessions` for the first, or the name of a header. */
  to: string
  /** null where no whole answer came. */
  status: number | null
  /** Why no whole answer came. */
  failure: string | null
  /** Names in lower case. */
  headers: Record<string, string>
  body: Shape | null
}
