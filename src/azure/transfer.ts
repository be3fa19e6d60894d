/**
 * A transfer: one request over HTTPS and its whole answer, at the end of the SDK's pipeline.
 *
 * The SDK's own client costs as much as the request itself: three signals, two copies of the
 * headers and a stream for each. See docs/decisions/005-own-transfers.md.
 */

import {
  createHttpHeaders,
  type HttpClient,
  type HttpHeaders,
  type PipelineRequest,
  type PipelineResponse,
} from '@azure/core-rest-pipeline'
import { Agent, type ClientRequest, type IncomingMessage } from 'node:http'
import { request as openRequest } from 'node:https'
import { promisify } from 'node:util'
import { gunzip, inflate } from 'node:zlib'

import { Refusal } from './refusal.ts'

export interface TransferOptions {
  /** The only one that anything is sent to. */
  origin: URL
  /** Its sockets are used where no proxy is set. */
  agent: Agent
  /** The longest body, before and after decompression. */
  maxBytes: number
}

/** An answer that arrived whole. */
export interface Arrival {
  status: number
  /** Names in lower case. */
  headers: Record<string, string>
  bytes: Buffer
}

const DECODERS = new Map([
  ['gzip', promisify(gunzip)],
  ['deflate', promisify(inflate)],
])

export class Transfer implements HttpClient {
  readonly #options: TransferOptions
  #request: ClientRequest | null = null
  #arrival: Arrival | null = null
  #fail: ((reason: unknown) => void) | null = null
  #stopped: { reason: unknown } | null = null

  constructor(options: TransferOptions) {
    this.#options = options
  }

  /**
   * Runs a pipeline that ends in this transfer.
   *
   * @throws The reason of `stop` at once, whatever the pipeline waits for: a token that never comes.
   */
  run(pipeline: (client: HttpClient) => Promise<unknown>): Promise<Arrival> {
    return new Promise((resolve, reject) => {
      this.#fail = reject
      this.#arrive(pipeline).then(resolve, reject)
    })
  }

  async #arrive(pipeline: (client: HttpClient) => Promise<unknown>): Promise<Arrival> {
    await pipeline(this)
    if (this.#arrival === null) throw new Error('The pipeline sent nothing')
    return this.#arrival
  }

  /** Ends it, in whatever state it is. */
  stop(reason: unknown): void {
    this.#stopped = { reason }
    this.#fail?.(reason)
    this.#request?.destroy()
  }

  /** For the pipeline. */
  sendRequest(request: PipelineRequest): Promise<PipelineResponse> {
    return new Promise((resolve, reject) => {
      // A token came after all.
      if (this.#stopped) {
        reject(this.#stopped.reason)
        return
      }
      const { origin, agent } = this.#options
      const sent = openRequest({
        // A policy of the pipeline sets another one where there is a proxy.
        agent: request.agent instanceof Agent ? request.agent : agent,
        hostname: origin.hostname,
        port: origin.port,
        path: pathOf(request.url, origin.origin),
        method: request.method,
        headers: request.headers.toJSON({ preserveCase: true }),
      })
      this.#request = sent
      sent.on('error', reject)
      sent.on('response', (incoming) => {
        readAll(incoming, this.#options.maxBytes).then(
          (bytes) => resolve(this.#arrived(request, incoming, bytes)),
          (error: unknown) => {
            sent.destroy()
            reject(error)
          },
        )
      })
      sent.end(request.body)
    })
  }

  #arrived(request: PipelineRequest, incoming: IncomingMessage, bytes: Buffer): PipelineResponse {
    const { statusCode: status = 0 } = incoming
    const headers = textsOf(incoming)
    this.#arrival = { status, headers, bytes }
    return new PipelineAnswer(request, status, headers)
  }
}

/** An answer as the pipeline's policies see it. */
class PipelineAnswer implements PipelineResponse {
  readonly request: PipelineRequest
  readonly status: number
  readonly #headers: Record<string, string>

  constructor(request: PipelineRequest, status: number, headers: Record<string, string>) {
    this.request = request
    this.status = status
    this.#headers = headers
  }

  /** Policies look at them only after a 401, or to log them. */
  get headers(): HttpHeaders {
    return createHttpHeaders(this.#headers)
  }
}

function pathOf(url: string, origin: string): string {
  // Nearly every URL is made here, and needs no parsing.
  if (url.startsWith(`${origin}/`) && !url.includes('#')) return url.slice(origin.length)
  const { pathname, search } = new URL(url)
  return pathname + search
}

function textsOf({ headers }: IncomingMessage): Record<string, string> {
  const texts: Record<string, string> = {}
  for (const name of Object.keys(headers)) {
    const value = headers[name]
    // Only cookies come as lists, and nobody here eats any.
    if (typeof value === 'string') texts[name] = value
  }
  return texts
}

/** A body's bytes. By its events: reading it as an iterable costs several times as much. */
function readAll(incoming: IncomingMessage, maxBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let bytes = 0
    incoming.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes <= maxBytes) chunks.push(chunk)
      else reject(tooLarge(maxBytes))
    })
    incoming.on('end', () => {
      const whole = chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)
      const decode = DECODERS.get(incoming.headers['content-encoding'] ?? '')
      if (decode === undefined) resolve(whole)
      else {
        decode(whole, { maxOutputLength: maxBytes }).then(resolve, (error: unknown) =>
          reject(isTooLarge(error) ? tooLarge(maxBytes) : error),
        )
      }
    })
    incoming.on('error', reject)
    incoming.on('close', () => {
      if (!incoming.complete) reject(new Error('The answer was cut short'))
    })
  })
}

function isTooLarge(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE'
}

function tooLarge(maxBytes: number): Refusal {
  return new Refusal('malformed', 'TooLarge', `The answer is larger than ${maxBytes} bytes`)
}
