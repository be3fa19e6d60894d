/**
 * The credential: a managed identity in Azure, `az login` at a desk.
 */

import type { AccessToken, TokenCredential } from '@azure/core-auth'

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

/** Whether an error says that no token could be had. */
export function isCredentialError(error: unknown): boolean {
  return error instanceof Error && CREDENTIAL_ERRORS.has(error.name)
}
