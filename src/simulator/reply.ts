/**
 * Replies: a status, headers and a body, and the many ways in which they can fail to arrive.
 */

import type { IncomingMessage, ServerResponse } from 'node:http'
import { createGzip, gzipSync } from 'node:zlib'

import type { Delivery } from './answer.ts'

export interface Reply {
  status: number
  headers: Record<string, string>
  /** null: no body at all. */
  body: string | null
  /** So many bytes of a body that is not worth holding. */
  oversizedBytes?: number
}

export const JSON_TYPE = 'application/json; charset=utf-8'

/** A reply with a JSON body. */
export function reply(
  status: number,
  body: string | null,
  headers: Record<string, string> = {},
): Reply {
  return {
    status,
    headers: body === null ? headers : { 'content-type': JSON_TYPE, ...headers },
    body,
  }
}

export interface Exchange {
  request: IncomingMessage
  response: ServerResponse
  /** Ends the connection by a TCP reset. */
  reset: () => void
}

/** Sends a reply, as well as its delivery lets it arrive. */
export function deliver(exchange: Exchange, answer: Reply, delivery: Delivery | undefined): void {
  const delayMs = delivery?.delayMs ?? 0
  if (delayMs > 0) later(exchange, delayMs, () => deliverNow(exchange, answer, delivery))
  else deliverNow(exchange, answer, delivery)
}

function deliverNow(exchange: Exchange, answer: Reply, delivery: Delivery = {}): void {
  const { request, response, reset } = exchange
  const { breaks, drip } = delivery
  if (breaks === 'hang-before-headers') return
  if (breaks === 'reset-before-headers') return reset()
  const gzip = delivery.gzip === true && acceptsGzip(request)
  if (gzip) response.setHeader('content-encoding', 'gzip')
  if (answer.oversizedBytes !== undefined) return sendOversized(exchange, answer, gzip)

  const text = Buffer.from(answer.body ?? '')
  const body = gzip && answer.body !== null ? gzipSync(text) : text
  if (answer.status !== 204) response.setHeader('content-length', body.byteLength)
  response.writeHead(answer.status, answer.headers)
  if (breaks !== undefined) {
    response.write(body.subarray(0, Math.ceil(body.byteLength / 2)))
    response.flushHeaders()
    // A reset overtakes bytes that the client has not read yet: they get a moment.
    if (breaks === 'reset-in-body') later(exchange, 30, reset)
  } else if (drip === undefined) response.end(body)
  else sendSlowly(exchange, body, drip)
}

function sendSlowly(
  exchange: Exchange,
  body: Buffer,
  { bytes, everyMs }: NonNullable<Delivery['drip']>,
): void {
  let sent = 0
  const sendNext = () => {
    const piece = body.subarray(sent, sent + bytes)
    sent += piece.byteLength
    if (sent >= body.byteLength) {
      exchange.response.end(piece)
    } else {
      exchange.response.write(piece)
      later(exchange, everyMs, sendNext)
    }
  }
  sendNext()
}

/** Blank space inside a list: valid JSON, of any length, that compresses to nearly nothing. */
function sendOversized({ response }: Exchange, answer: Reply, gzip: boolean): void {
  const total = answer.oversizedBytes ?? 0
  response.writeHead(answer.status, answer.headers)
  const sink = gzip ? createGzip() : response
  if (sink !== response) sink.pipe(response)
  const block = Buffer.alloc(65_536, 0x20)
  let sent = 0
  const fill = () => {
    while (sent < total) {
      if (response.destroyed) return
      sent += block.byteLength
      if (!sink.write(block)) {
        sink.once('drain', fill)
        return
      }
    }
    sink.end(']}')
  }
  sink.write('{"value":[')
  fill()
}

/** Runs a step later, unless the connection ends first. */
function later({ response }: Exchange, delayMs: number, step: () => void): void {
  const timer = setTimeout(() => {
    response.off('close', stop)
    step()
  }, delayMs)
  const stop = () => clearTimeout(timer)
  response.once('close', stop)
}

function acceptsGzip(request: IncomingMessage): boolean {
  return /\bgzip\b/.test(request.headers['accept-encoding'] ?? '')
}
