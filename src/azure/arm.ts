/**
 * ARM: one authenticated request to Azure Resource Manager, and its whole answer.
 *
 * The SDK's pipeline signs, decompresses and sends. Its own following of operations and pages is
 * not used: it throws on answers that the wire really gives, sends the token to any origin that a
 * link names, ignores the abort signal while it pages and has no end to its waits.
 */

import { createNetworkManagement } from '@azure/arm-network/api'
import type { TokenCredential } from '@azure/core-auth'
import { createHttpHeaders, createPipelineRequest } from '@azure/core-rest-pipeline'
import { Agent } from 'node:https'

import { messageOf } from '../domain/errors.ts'
import { notSignedIn } from './credential.ts'
import { Refusal } from './refusal.ts'
import { Transfer } from './transfer.ts'
import { createUnderWay } from './under-way.ts'

export interface ArmRequest {
  method: 'GET' | 'POST'
  /** Absolute, on ARM's origin. */
  url: string
  /** Of a POST: sent as JSON (default: no body). */
  body?: object
}

export interface ArmResponse {
  status: number
  /** Names in lower case. */
  headers: Record<string, string>
  body: ArmBody
}

export type ArmBody =
  | { kind: 'json'; value: unknown }
  | { kind: 'none' }
  /** HTML, or JSON that ends too early. */
  | { kind: 'not_json' }

export interface ArmOptions {
  /** ARM's origin, for example `https://management.azure.com`. */
  endpoint: string
  scope: string
  credential: TokenCredential
  /** Sockets kept open at most; no more requests than this are in flight. */
  sockets: number
  maxResponseBytes: number
  /** Certificates that are trusted instead of the system's. */
  ca?: string
  userAgent: string
}

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

/** The request got no whole answer: a reset, a cut body, a name that does not resolve. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer'
}

export interface Arm extends Disposable {
  readonly origin: string
  /**
   * Sends one request, once, and reads its whole answer, whatever its status.
   *
   * @throws {NoAnswer} If the connection failed before the answer was whole: try again.
   * @throws {Refusal} `timeout`, `untrusted_link` or `malformed` (a body beyond the bound).
   * @throws {LedgerError} `not_signed_in` if no token could be had.
   */
  send(request: ArmRequest, timeoutMs: number, signal: AbortSignal): Promise<ArmResponse>
  /** Forgets the token, so that the next request asks for a fresh one. */
  renewToken(): void
}

export function openArm(options: ArmOptions): Arm {
  const { endpoint, scope, credential, sockets, maxResponseBytes, ca, userAgent } = options
  const { origin } = new URL(endpoint)
  const agent = new Agent({
    keepAlive: true,
    maxSockets: sockets,
    maxFreeSockets: sockets,
    ...(ca === undefined ? {} : { ca }),
  })

  const createContext = () => {
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
          refuseForeign(request.url, origin)
          return next(request)
        },
      },
      { afterPhase: 'Sign' },
    )
    return context
  }
  let context = createContext()
  const underWay = createUnderWay()
  const transferOptions = { origin: new URL(origin), agent, maxBytes: maxResponseBytes }

  return {
    origin,
    async send({ method, url, body }, timeoutMs, signal) {
      signal.throwIfAborted()
      refuseForeign(url, origin)
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
      const transfer = new Transfer(transferOptions)
      underWay.add(transfer, signal)
      const timer = setTimeout(() => transfer.stop(noAnswerIn(timeoutMs)), timeoutMs)
      try {
        const arrival = await transfer.run((client) =>
          context.pipeline.sendRequest(client, request),
        )
        return {
          status: arrival.status,
          headers: arrival.headers,
          body: parseBody(arrival.bytes),
        }
      } catch (error) {
        signal.throwIfAborted()
        throw meaningOf(error)
      } finally {
        clearTimeout(timer)
        underWay.delete(transfer)
      }
    },
    renewToken() {
      // The SDK's policy keeps its token for the life of its pipeline.
      context = createContext()
    },
    [Symbol.dispose]() {
      agent.destroy()
    },
  }
}

function refuseForeign(url: string, origin: string): void {
  // The common case needs no parsing: nothing before the first slash can lead elsewhere.
  if (url.startsWith(`${origin}/`)) return
  const other = URL.canParse(url) ? new URL(url).origin : 'no URL'
  if (other === origin) return
  throw new Refusal(
    'untrusted_link',
    'UntrustedLink',
    `A link of the answer leads to ${other}, not to ${origin}`,
  )
}

function noAnswerIn(timeoutMs: number): Refusal {
  return new Refusal('timeout', 'NoAnswerInTime', `No whole answer within ${timeoutMs} ms`)
}

function parseBody(bytes: Buffer): ArmBody {
  const text = bytes.toString('utf8').trim()
  if (text === '') return { kind: 'none' }
  try {
    return { kind: 'json', value: JSON.parse(text) }
  } catch {
    return { kind: 'not_json' }
  }
}

function meaningOf(error: unknown): unknown {
  if (error instanceof Refusal) return error
  return notSignedIn(error) ?? new NoAnswer(messageOf(error), { cause: error })
}
