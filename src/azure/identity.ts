/**
 * The identity: for whom Azure issues tokens to this machine, by the token's own claims.
 *
 * The token itself goes nowhere. Its claims are read, not verified: that is the server's part.
 *
 * @see https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference
 */

import type { AccessToken, TokenCredential } from '@azure/core-auth'
import { z } from 'zod'

import { LedgerError } from '../domain/errors.ts'
import type { Identity } from '../domain/inspection.ts'
import { notSignedIn } from './credential.ts'

const claims = z
  .looseObject({
    tid: z.string(),
    oid: z.string(),
    appid: z.string(),
    azp: z.string(),
    idtyp: z.string(),
    scp: z.string(),
  })
  .partial()

/** @throws {LedgerError} `not_signed_in`, also where no token came in time. */
export async function identify(
  credential: TokenCredential,
  { scope, requestTimeoutMs }: { scope: string; requestTimeoutMs: number },
  signal: AbortSignal,
): Promise<Identity> {
  const timeout = AbortSignal.timeout(requestTimeoutMs)
  const token = await getToken(credential, scope, AbortSignal.any([signal, timeout])).catch(
    (error: unknown) => {
      signal.throwIfAborted()
      if (!timeout.aborted) throw notSignedIn(error) ?? error
      throw new LedgerError(
        'not_signed_in',
        `Cannot get a token for Azure: no answer within ${requestTimeoutMs} ms`,
        { cause: error },
      )
    },
  )
  const { tid, oid, appid, azp, idtyp, scp } = claimsOf(token.token)
  const isUser = idtyp === 'user' || scp !== undefined
  return {
    tenantId: tid ?? null,
    objectId: oid ?? null,
    appId: appid ?? azp ?? null,
    kind: isUser ? 'user' : idtyp === 'app' || oid !== undefined ? 'app' : null,
    expiresAt: new Date(token.expiresOnTimestamp),
  }
}

/** Asks, and rejects when aborted: not every credential looks at the signal. */
async function getToken(
  credential: TokenCredential,
  scope: string,
  signal: AbortSignal,
): Promise<AccessToken> {
  signal.throwIfAborted()
  const aborted = Promise.withResolvers<never>()
  const abort = () => aborted.reject(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  try {
    const asked = credential.getToken(scope, { abortSignal: signal })
    const token = await Promise.race([asked, aborted.promise])
    if (token) return token
    throw new LedgerError('not_signed_in', 'Cannot get a token for Azure: there was none')
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

/** The claims of a JWT; none where the token is no JWT. */
function claimsOf(token: string): z.output<typeof claims> {
  try {
    const payload = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8')
    return claims.safeParse(JSON.parse(payload)).data ?? {}
  } catch {
    return {}
  }
}
