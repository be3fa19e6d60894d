/**
 * Posting: one message over HTTPS to a receiver that somebody chose, and its answer.
 *
 * The answer's status alone decides. What follows it is read to its end, or as far as it is of use,
 * so that a receiver is not cut off; a 2xx whose rest is missing was taken all the same.
 */

import { lookup as systemLookup } from 'node:dns'
import { request as openRequest } from 'node:https'

import type { Delivery } from '../domain/notice.ts'
import { type Answer, judgeAnswer, judgeError, PRIVATE_ADDRESS_WHY } from './judge-answer.ts'
import {
  checkedLookup,
  hostnameOf,
  isPrivateLiteral,
  isPublicAddress,
  type Lookup,
} from './public-address.ts'

export interface PostOptions {
  /** For `User-Agent`. */
  version: string
  /** Hosts that may have a private address. */
  privateHosts: readonly string[]
  /** PEM of the certificate authority that is trusted in place of the system's. */
  ca?: string
  /** Looks names up (default `dns.lookup`). */
  lookup?: Lookup
  /** For the whole exchange (default 10 s). */
  timeoutMs?: number
}

export interface Message {
  /** The idempotency key. */
  key: string
  contentType: string
  headers?: Readonly<Record<string, string>>
  body: string
}

/** Sends a message. Rejects only when aborted, and then at once. */
export type Post = (url: string, message: Message, signal: AbortSignal) => Promise<Delivery>

const ANSWER_MOST_BYTES = 64 * 1024
const TIMEOUT_MS = 10_000

/** Makes what sends messages to public receivers, and to those that are allowed to be private. */
export function createPost(options: PostOptions): Post {
  const allowed = new Set(options.privateHosts.map(hostnameOf))
  return async (url, message, signal) => {
    signal.throwIfAborted()
    const to = new URL(url)
    const isAllowed = allowed.has(to.hostname)
    if (to.protocol !== 'https:') return { outcome: 'rejected', why: 'its URL is not https' }
    if (!isAllowed && isPrivateLiteral(to.hostname)) {
      return { outcome: 'rejected', why: PRIVATE_ADDRESS_WHY }
    }
    try {
      const answer = await exchange(to, message, isAllowed, options, signal)
      if (answer !== null) return judgeAnswer(answer, `${url} ${message.body}`, new Date())
      const why = `it did not answer within ${(options.timeoutMs ?? TIMEOUT_MS) / 1000} s`
      return { outcome: 'failed', why, retryAfterMs: null, unreachable: true }
    } catch (error) {
      signal.throwIfAborted()
      return judgeError(error)
    }
  }
}

/** @returns null where there is no answer in time. */
function exchange(
  to: URL,
  { key, contentType, headers, body }: Message,
  isAllowed: boolean,
  { version, ca, lookup = systemLookup, timeoutMs = TIMEOUT_MS }: PostOptions,
  signal: AbortSignal,
): Promise<Answer | null> {
  return new Promise((resolve, reject) => {
    let answer: Answer | null = null
    const request = openRequest(to, {
      method: 'POST',
      // A connection of its own: none is kept, and no proxy connects in its place.
      agent: false,
      rejectUnauthorized: true,
      ...(ca === undefined ? {} : { ca }),
      lookup: checkedLookup(lookup, isAllowed ? () => true : isPublicAddress),
      headers: {
        'Content-Type': contentType,
        'Content-Length': Buffer.byteLength(body),
        'User-Agent': `bastion-ledger/${version}`,
        'Idempotency-Key': key,
        ...headers,
      },
    })
    const timer = setTimeout(() => end(() => resolve(answer)), timeoutMs)
    const abort = () => end(() => reject(signal.reason))
    signal.addEventListener('abort', abort)
    const end = (settle: () => void) => {
      clearTimeout(timer)
      signal.removeEventListener('abort', abort)
      settle()
      request.destroy()
    }
    const fail = (error: unknown) => end(() => (answer === null ? reject(error) : resolve(answer)))
    request.on('error', fail)
    request.on('response', (incoming) => {
      const chunks: Buffer[] = []
      let bytes = 0
      const { statusCode: status = 0, headers: received } = incoming
      answer = { status, headers: received, text: '' }
      const arrive = () => {
        const text = Buffer.concat(chunks).toString()
        end(() => resolve({ status, headers: received, text }))
      }
      incoming.on('data', (chunk: Buffer) => {
        chunks.push(chunk)
        bytes += chunk.length
        if (bytes >= ANSWER_MOST_BYTES) arrive()
      })
      incoming.on('end', arrive)
      incoming.on('error', fail)
    })
    request.end(body)
  })
}
