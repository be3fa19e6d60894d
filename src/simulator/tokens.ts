/**
 * Access tokens: issued by the identity endpoint, checked by the simulated Resource Manager.
 *
 * They expire by the simulator's clock. `expires_on`, which a client compares with its own real
 * clock, is told as the real moment at which the simulator's clock will get there.
 */

import { randomBytes } from 'node:crypto'

import type { SimulatorClock } from './simulator-clock.ts'

/** The identity that the simulator knows: its object id, as errors name it. */
export const PRINCIPAL_ID = '5d0c6a52-7d3f-4f35-9f0e-2f6b1c1a7e10'
export const TENANT_ID = '72f9b0c4-1f0e-4c39-8f3e-6f4a0b7c9d21'

interface IssuedToken {
  resource: string
  expiresAt: Date
  revoked: boolean
}

/** Why a token is refused, or `valid`. */
export type TokenVerdict =
  | { kind: 'valid' | 'missing' | 'unknown' }
  | { kind: 'expired'; expiresAt: Date }
  | { kind: 'wrong-audience'; resource: string }

export interface Tokens {
  /** @param resource The audience, as the client asked for it. */
  issue(resource: string): { token: string; expiresOn: number }
  /** @param authorization The header of a request. */
  check(authorization: string | undefined, audience: string): TokenVerdict
  /** Refuses every token issued until now. */
  revokeAll(): void
  /** How long tokens issued from now on are valid, by the simulator's clock. */
  lifetimeMs: number
}

/** Makes an issuer without any tokens. */
export function createTokens(clock: SimulatorClock, lifetimeMs: number): Tokens {
  const issued = new Map<string, IssuedToken>()
  const tokens: Tokens = {
    lifetimeMs,
    issue(resource) {
      const expiresAt = new Date(clock.now().getTime() + tokens.lifetimeMs)
      const token = encodeToken(resource, expiresAt)
      issued.set(token, { resource: resource.replace(/\/$/, ''), expiresAt, revoked: false })
      const realLifetimeMs = tokens.lifetimeMs / (clock.speed || 1)
      return { token, expiresOn: Math.floor((Date.now() + realLifetimeMs) / 1000) }
    },
    check(authorization, audience) {
      if (!authorization) return { kind: 'missing' }
      const known = authorization.startsWith('Bearer ') ? issued.get(authorization.slice(7)) : null
      if (!known || known.revoked) return { kind: 'unknown' }
      if (known.expiresAt <= clock.now()) return { kind: 'expired', expiresAt: known.expiresAt }
      return known.resource === audience
        ? { kind: 'valid' }
        : { kind: 'wrong-audience', resource: known.resource }
    },
    revokeAll() {
      for (const one of issued.values()) one.revoked = true
    },
  }
  return tokens
}

/** A token in the form of a JWT, because clients may look inside; its signature is none. */
function encodeToken(resource: string, expiresAt: Date): string {
  const header = encodePart({ typ: 'JWT', alg: 'RS256', kid: 'simulator' })
  const payload = encodePart({
    aud: resource,
    iss: `https://sts.windows.net/${TENANT_ID}/`,
    exp: Math.floor(expiresAt.getTime() / 1000),
    idtyp: 'app',
    oid: PRINCIPAL_ID,
    sub: PRINCIPAL_ID,
    tid: TENANT_ID,
    ver: '1.0',
  })
  return `${header}.${payload}.${randomBytes(256).toString('base64url')}`
}

function encodePart(content: object): string {
  return Buffer.from(JSON.stringify(content)).toString('base64url')
}
