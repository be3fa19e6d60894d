/**
 * The credential: a managed identity in Azure, `az login` at a desk.
 */

import type { AccessToken, TokenCredential } from '@azure/core-auth'

import { LedgerError, messageOf } from '../domain/errors.ts'

/** Opens `DefaultAzureCredential`, which is loaded only when a token is first asked for. */
export function openCredential(authorityHost: string): TokenCredential {
  let credential: Promise<TokenCredential> | undefined
  return {
    async getToken(scopes, options): Promise<AccessToken | null> {
      credential ??= import('@azure/identity').then(
        ({ DefaultAzureCredential }) => new DefaultAzureCredential({ authorityHost }),
      )
      return (await credential).getToken(scopes, options)
    },
  }
}

// The SDK's classes for a token that could not be had; by name, since its packages can be doubled.
const CREDENTIAL_ERRORS = new Set([
  'AggregateAuthenticationError',
  'AuthenticationError',
  'AuthenticationRequiredError',
  'CredentialUnavailableError',
])

/** The error for a person, where this one says that no token could be had; else null. */
export function notSignedIn(error: unknown): LedgerError | null {
  if (!(error instanceof Error) || !CREDENTIAL_ERRORS.has(error.name)) return null
  return new LedgerError('not_signed_in', `Cannot get a token for Azure: ${reasonOf(error)}`, {
    hint: 'Run `az login`, or give this machine a managed identity',
    cause: error,
  })
}

/** One line. Of a whole chain of credentials the SDK says more than anyone reads. */
function reasonOf(error: Error): string {
  if (error.name !== 'AggregateAuthenticationError') return messageOf(error).slice(0, 300)
  return 'no managed identity, no environment credential and no signed-in tool (az, azd, PowerShell) gave one'
}
