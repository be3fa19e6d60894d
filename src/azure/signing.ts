/**
 * Signing: what the SDK's pipeline gives a request on its way out: the token, the headers, a proxy.
 *
 * It gives every request of a second the same. So one of them goes the whole way, and those that
 * follow take what it was given: the pipeline costs a seventh of asking a host. What it alone knows
 * how to answer, a 401 and its challenge, is brought back to it. See
 * docs/decisions/005-own-transfers.md.
 */

import { createNetworkManagement } from '@azure/arm-network/api'
import type { TokenCredential } from '@azure/core-auth'
import {
  createHttpHeaders,
  createPipelineRequest,
  type HttpClient,
  type PipelineRequest,
} from '@azure/core-rest-pipeline'
import { Agent } from 'node:http'

import type { ArmRequest } from './arm.ts'

/** What requests of the same moment have in common. */
export interface Signature {
  /** Names and values by turns. */
  headers: readonly string[]
  /** Leads to a proxy; undefined where there is none. */
  agent: Agent | undefined
}

export interface SigningOptions {
  endpoint: string
  scope: string
  credential: TokenCredential
  userAgent: string
  /** Called with the address of everything that leaves with a token; throws where it must not. */
  refuseForeign: (url: string) => void
}

export interface Signing {
  /** What the latest request was given, while that is fresh; else null. */
  fresh(): Signature | null
  /** Sends a request the whole way, through the pipeline and then by this client. */
  send(request: ArmRequest, client: HttpClient): Promise<unknown>
  /** Forgets the token, so that the next request asks for a fresh one. */
  renew(): void
}

// The SDK waits for a new token only in the last second of the old one (core-rest-pipeline,
// tokenCycler.ts: forcedRefreshWindowInMs). What is used no longer than that has not run out.
const FRESH_MS = 1000

// Retries, time limits and decompression are ours, redirects are never followed, nothing is uploaded
// or traced, and every URL names its API version: what is left out can neither act nor cost.
const UNUSED_POLICIES = [
  'defaultRetryPolicy',
  'redirectPolicy',
  'tracingPolicy',
  'formDataPolicy',
  'multipartPolicy',
  'ApiVersionPolicy',
  'wrapAbortSignalLikePolicy',
  'decompressResponsePolicy',
]

// These differ from request to request.
const OWN_HEADERS = new Set(['x-ms-client-request-id', 'content-type'])

export function createSigning(options: SigningOptions): Signing {
  let context = createContext(options)
  let latest: { signature: Signature; atMs: number } | null = null

  return {
    fresh() {
      return latest && performance.now() - latest.atMs < FRESH_MS ? latest.signature : null
    },
    send({ method, url, body }, client) {
      const signedBy = context
      const request = createPipelineRequest({
        url,
        method,
        headers: createHttpHeaders({
          accept: 'application/json',
          'accept-encoding': 'gzip, deflate',
          ...(body && { 'content-type': 'application/json' }),
        }),
        ...(body && { body: JSON.stringify(body) }),
      })
      return signedBy.pipeline.sendRequest(
        {
          sendRequest(signed) {
            // Not what a token was for that has been forgotten since.
            if (signedBy === context) {
              latest = { signature: signatureOf(signed), atMs: performance.now() }
            }
            return client.sendRequest(signed)
          },
        },
        request,
      )
    },
    renew() {
      // The SDK's policy keeps its token for the life of its pipeline.
      context = createContext(options)
      latest = null
    },
  }
}

function createContext(options: SigningOptions) {
  const { endpoint, scope, credential, userAgent, refuseForeign } = options
  const context = createNetworkManagement(credential, 'unused', {
    endpoint,
    // Without it the token would be for the public cloud, whatever the endpoint.
    credentials: { scopes: [scope] },
    userAgentOptions: { userAgentPrefix: userAgent },
  })
  for (const name of UNUSED_POLICIES) context.pipeline.removePolicy({ name })
  context.pipeline.addPolicy(
    {
      name: 'originPolicy',
      sendRequest(request, next) {
        refuseForeign(request.url)
        return next(request)
      },
    },
    { afterPhase: 'Sign' },
  )
  return context
}

function signatureOf({ headers, agent }: PipelineRequest): Signature {
  return {
    headers: [...headers].filter(([name]) => !OWN_HEADERS.has(name)).flat(),
    agent: proxyOf(agent),
  }
}

/** The agent that a policy has set: only where there is a proxy. */
export function proxyOf(agent: unknown): Agent | undefined {
  return agent instanceof Agent ? agent : undefined
}
