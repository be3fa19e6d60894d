/**
 * Judging: what an answer, or the lack of one, means for a notice. Its words hold nothing that was
 * sent: neither the URL, which may be a secret, nor a key.
 */

import { STATUS_CODES } from 'node:http'

import { codeOf } from '../domain/file-error.ts'
import type { Delivery } from '../domain/notice.ts'
import { retryAfterMs } from '../domain/retry-after.ts'
import { PrivateAddressError } from './public-address.ts'

export interface Answer {
  status: number
  /** Names in lower case. */
  headers: Readonly<Record<string, string | string[] | undefined>>
  /** Its beginning. */
  text: string
}

const NETWORK_WHY: Record<string, string> = {
  ECONNREFUSED: 'it refuses connections',
  ECONNRESET: 'the connection was cut before it answered',
  EHOSTUNREACH: 'no way leads to it',
  ENETUNREACH: 'no way leads to it',
  ENOTFOUND: 'its name is not known',
  EAI_AGAIN: 'its name cannot be looked up now',
  EPIPE: 'the connection was cut before it answered',
  ETIMEDOUT: 'no connection came about',
}

/**
 * What came of an attempt that was answered.
 *
 * @param sent What was sent, URL and body: words that occur in it are not repeated.
 */
export function judgeAnswer({ status, headers, text }: Answer, sent: string, now: Date): Delivery {
  if (status >= 200 && status < 300) return { outcome: 'delivered' }
  if (status >= 300 && status < 400) {
    return {
      outcome: 'rejected',
      why: 'it answered with a redirect to another place, which is not followed',
    }
  }
  const name = STATUS_CODES[status]
  const word = errorWord(text, sent)
  const why = `it answered ${status}${name ? ` ${name}` : ''}${word ? `: ${word}` : ''}`
  if (status !== 408 && status !== 429 && status < 500) return { outcome: 'rejected', why }
  return { outcome: 'failed', why, retryAfterMs: retryAfterMs(headers, now), unreachable: false }
}

/** What came of an attempt that was not answered. */
export function judgeError(error: unknown): Delivery {
  if (error instanceof PrivateAddressError) {
    return { outcome: 'rejected', why: PRIVATE_ADDRESS_WHY }
  }
  const code = codeOf(error) || nodeCodeOf(error)
  const why =
    NETWORK_WHY[code] ??
    (/CERT|ALTNAME|SIGNED|ISSUER/.test(code)
      ? `its certificate is not trusted (${code})`
      : `it cannot be reached${code ? ` (${code})` : ''}`)
  return { outcome: 'failed', why, retryAfterMs: null, unreachable: true }
}

export const PRIVATE_ADDRESS_WHY =
  'its address is not public, and its name is not among LEDGER_NOTIFY_PRIVATE_HOSTS'

/** Slack's answer is one word, such as `invalid_blocks`. Longer ones may repeat what was sent. */
function errorWord(text: string, sent: string): string {
  const word = text.trim()
  return /^[a-z]+(_[a-z]+)+$/.test(word) && word.length <= 40 && !sent.includes(word) ? word : ''
}

function nodeCodeOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return /^[A-Z0-9_]+$/.test(code) ? code : ''
}
