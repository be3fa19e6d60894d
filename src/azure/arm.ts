/**
 * ARM: one authenticated request to Azure Resource Manager, and its whole answer.
 *
 * The SDK's pipeline signs, decompresses and sends. Its own following of operations and pages is
 * not used: it throws on answers that the wire really gives, sends the token to any origin that a
 * link names, ignores the abort signal while it pages and has no end to its waits.
 */

import { createNetworkManagement } from '@azure/arm-network/api'
import type { TokenCredential } from '@azure/core-auth'
import { Agent } from 'node:https'

import { LedgerError, messageOf } from '../domain/errors.ts'
import { isCredentialError } from './credential.ts'
import { Refusal } from './refusal.ts'

export interface ArmRequest {
  method: 'GET' | 'POST'
  /** Absolute, on ARM's origin. */
  url: string
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
  const { endpoint, scope, credential, sockets, ca, userAgent } = options
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
      retryOptions: { maxRetries: 0 },
      redirectOptions: { maxRetries: 0 },
      userAgentOptions: { userAgentPrefix: userAgent },
      agent,
    })
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

  return {
    origin,
    async send({ method, url }, timeoutMs, signal) {
      signal.throwIfAborted()
      refuseForeign(url, origin)
      const path = context.pathUnchecked(url)
      const abort = new AbortController()
      const onAbort = () => abort.abort()
      signal.addEventListener('abort', onAbort, { once: true })
      let timedOut = false
      const timer = setTimeout(() => {
        timedOut = true
        abort.abort()
      }, timeoutMs)
      try {
        const sending = { abortSignal: abort.signal, responseAsStream: true }
        const response = await (method === 'GET' ? path.get(sending) : path.post(sending))
        return {
          status: Number(response.status),
          headers: response.headers,
          body: await readBody(response.body, options.maxResponseBytes),
        }
      } catch (error) {
        abort.abort()
        signal.throwIfAborted()
        if (timedOut) {
          throw new Refusal('timeout', 'NoAnswerInTime', `No whole answer within ${timeoutMs} ms`)
        }
        throw meaningOf(error)
      } finally {
        clearTimeout(timer)
        signal.removeEventListener('abort', onAbort)
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
  if (new URL(url).origin === origin) return
  throw new Refusal(
    'untrusted_link',
    'UntrustedLink',
    `A link of the answer leads to ${new URL(url).origin}, not to ${origin}`,
  )
}

async function readBody(stream: unknown, maxBytes: number): Promise<ArmBody> {
  const chunks: Buffer[] = []
  let bytes = 0
  if (isByteStream(stream)) {
    for await (const chunk of stream) {
      bytes += chunk.length
      if (bytes > maxBytes) {
        throw new Refusal('malformed', 'TooLarge', `The answer is larger than ${maxBytes} bytes`)
      }
      chunks.push(chunk)
    }
  }
  const text = Buffer.concat(chunks).toString('utf8').trim()
  if (text === '') return { kind: 'none' }
  try {
    return { kind: 'json', value: JSON.parse(text) }
  } catch {
    return { kind: 'not_json' }
  }
}

function isByteStream(stream: unknown): stream is AsyncIterable<Buffer> {
  return typeof stream === 'object' && stream !== null && Symbol.asyncIterator in stream
}

function meaningOf(error: unknown): unknown {
  if (error instanceof Refusal) return error
  if (isCredentialError(error)) {
    return new LedgerError(
      'not_signed_in',
      `Cannot get a token for Azure: ${messageOf(error).slice(0, 300)}`,
      { hint: 'Run `az login`, or give this machine a managed identity', cause: error },
    )
  }
  return new NoAnswer(messageOf(error), { cause: error })
}
