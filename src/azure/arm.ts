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
import { Readable } from 'node:stream'

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

// Retries are ours, redirects are never followed, and nothing is uploaded or traced: what is left
// out of the pipeline can neither act nor cost.
const UNUSED_POLICIES = [
  'defaultRetryPolicy',
  'redirectPolicy',
  'tracingPolicy',
  'formDataPolicy',
  'multipartPolicy',
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
      userAgentOptions: { userAgentPrefix: userAgent },
      agent,
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

async function readBody(stream: unknown, maxBytes: number): Promise<ArmBody> {
  const bytes = stream instanceof Readable ? await readAll(stream, maxBytes) : Buffer.alloc(0)
  const text = bytes.toString('utf8').trim()
  if (text === '') return { kind: 'none' }
  try {
    return { kind: 'json', value: JSON.parse(text) }
  } catch {
    return { kind: 'not_json' }
  }
}

/** The bytes of a stream. By its events: reading it as an iterable costs several times as much. */
function readAll(stream: Readable, maxBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let bytes = 0
    stream.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes <= maxBytes) chunks.push(chunk)
      else
        reject(new Refusal('malformed', 'TooLarge', `The answer is larger than ${maxBytes} bytes`))
    })
    stream.on('end', () => resolve(Buffer.concat(chunks)))
    stream.on('error', reject)
    stream.on('close', () => {
      if (!stream.readableEnded) reject(new Error('The answer was cut short'))
    })
  })
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
