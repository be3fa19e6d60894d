/**
 * ARM: one authenticated request to Azure Resource Manager, and its whole answer.
 *
 * The SDK's pipeline signs, decompresses and sends. Its own following of operations and pages is
 * not used: it throws on answers that the wire really gives, sends the token to any origin that a
 * link names, ignores the abort signal while it pages and has no end to its waits.
 */

import type { TokenCredential } from '@azure/core-auth'
import { randomUUID } from 'node:crypto'
import { isIP } from 'node:net'
import { createSecureContext } from 'node:tls'

import { messageOf } from '../domain/errors.ts'
import { notSignedIn } from './credential.ts'
import { OneOriginAgent } from './one-origin-agent.ts'
import { Refusal } from './refusal.ts'
import { createSigning, type Signature } from './signing.ts'
import { Transfer, type Message } from './transfer.ts'
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
  /** So many requests will soon be sent at the same time: opens their sockets. */
  expect(requests: number): void
}

export function openArm(options: ArmOptions): Arm {
  const { sockets, maxResponseBytes, ca } = options
  const { origin, hostname: bracketed } = new URL(options.endpoint)
  // Brackets are around an IPv6 address in a URL only.
  const hostname = bracketed.replaceAll(/[[\]]/g, '')
  const agent = new OneOriginAgent({
    maxSockets: sockets,
    // Else worked out for each request. An address is no server name (RFC 6066).
    servername: isIP(hostname) ? '' : hostname,
    // Else made for each socket.
    secureContext: createSecureContext(ca === undefined ? {} : { ca }),
  })
  const signing = createSigning({ ...options, refuseForeign: (url) => refuseForeign(url, origin) })
  const underWay = createUnderWay()
  const transferOptions = { origin: new URL(origin), hostname, agent, maxBytes: maxResponseBytes }

  return {
    origin,
    async send(request, timeoutMs, signal) {
      signal.throwIfAborted()
      refuseForeign(request.url, origin)
      const transfer = new Transfer(transferOptions)
      underWay.add(transfer, signal)
      const timer = setTimeout(() => transfer.stop(noAnswerIn(timeoutMs)), timeoutMs)
      try {
        const signature = signing.fresh()
        let arrival = signature ? await transfer.send(signed(request, signature)) : null
        // The challenge of a 401 may name claims that the next token must have.
        if (arrival === null || arrival.status === 401) {
          arrival = await transfer.sendBy((client) => signing.send(request, client), arrival)
        }
        return { status: arrival.status, headers: arrival.headers, body: parseBody(arrival.bytes) }
      } catch (error) {
        signal.throwIfAborted()
        throw meaningOf(error)
      } finally {
        clearTimeout(timer)
        underWay.delete(transfer)
      }
    },
    renewToken() {
      signing.renew()
    },
    expect(requests) {
      // To a proxy they would not lead.
      const signature = signing.fresh()
      if (signature && !signature.agent) agent.openAhead(requests)
    },
    [Symbol.dispose]() {
      agent.destroy()
    },
  }
}

function signed({ method, url, body }: ArmRequest, { headers, agent }: Signature): Message {
  const own = ['x-ms-client-request-id', randomUUID()]
  if (body) own.push('content-type', 'application/json')
  return {
    method,
    url,
    headers: [...headers, ...own],
    body: body && JSON.stringify(body),
    agent,
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
  if (bytes.length === 0) return { kind: 'none' }
  const text = bytes.toString('utf8')
  const value = parseJson(text)
  if (value) return value
  // A byte order mark is no JSON, and blank text is no body.
  const trimmed = text.trim()
  if (trimmed === '') return { kind: 'none' }
  return (trimmed === text ? null : parseJson(trimmed)) ?? { kind: 'not_json' }
}

function parseJson(text: string): ArmBody | null {
  try {
    return { kind: 'json', value: JSON.parse(text) }
  } catch {
    return null
  }
}

function meaningOf(error: unknown): unknown {
  if (error instanceof Refusal) return error
  return notSignedIn(error) ?? new NoAnswer(messageOf(error), { cause: error })
}
