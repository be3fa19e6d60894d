/**
 * A transfer: one request over HTTPS and its whole answer, at the end of the SDK's pipeline or
 * without it.
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
import type { EventEmitter } from 'node:events'
import type { Agent, ClientRequest, IncomingMessage } from 'node:http'
import { request as openRequest } from 'node:https'
import { promisify } from 'node:util'
import { gunzip, inflate } from 'node:zlib'

import { Refusal } from './refusal.ts'
import { proxyOf } from './signing.ts'

export interface TransferOptions {
  /** The only one that anything is sent to. */
  origin: URL
  /** Its name or address, without brackets. */
  hostname: string
  /** Its sockets are used where no proxy is set. */
  agent: Agent
  /** The longest body, before and after decompression. */
  maxBytes: number
}

/** A request that has its token and headers. */
export interface Message {
  method: string
  url: string
  /** Names and values by turns, without those that follow from the rest. */
  headers: readonly string[]
  body: string | undefined
  /** Leads to a proxy; undefined where there is none. */
  agent: Agent | undefined
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

export class Transfer {
  readonly #options: TransferOptions
  #request: ClientRequest | null = null
  #fail: ((reason: unknown) => void) | null = null
  #stopped: { reason: unknown } | null = null

  constructor(options: TransferOptions) {
    this.#options = options
  }

  /** Sends a request and reads its whole answer, unless it is stopped. */
  send({ method, url, headers, body, agent }: Message): Promise<Arrival> {
    return new Promise((resolve, reject) => {
      // A token came after all.
      if (this.#stopped) {
        reject(this.#stopped.reason)
        return
      }
      // Within a pipeline it is the pipeline that fails, which may wait for a token after this.
      const alone = this.#fail === null
      if (alone) this.#fail = reject
      const { origin, hostname, agent: own, maxBytes } = this.#options
      const sent = openRequest({
        agent: agent ?? own,
        hostname,
        port: origin.port,
        path: pathOf(url, origin.origin),
        method,
        // As a list they are not taken over one by one. What Node would add must then be in it:
        // without a length even an empty POST would be sent in chunks.
        headers: [
          ...headers,
          'host',
          origin.host,
          ...(method === 'GET' ? [] : ['content-length', String(Buffer.byteLength(body ?? ''))]),
        ],
      })
      this.#request = sent
      sent.on('error', reject)
      sent.on('response', (incoming) => {
        const arrive = (arrival: Arrival) => {
          forget(sent, ['response', 'error'])
          this.#request = null
          if (alone) this.#fail = null
          resolve(arrival)
        }
        readAll(incoming, maxBytes, arrive, (error) => {
          sent.destroy()
          reject(error)
        })
      })
      sent.end(body)
    })
  }

  /**
   * Runs a pipeline that ends in this transfer.
   *
   * @param known An answer that has come already: the pipeline's first request gets this one.
   * @throws The reason of `stop` at once, whatever the pipeline waits for: a token that never comes.
   */
  sendBy(
    pipeline: (client: HttpClient) => Promise<unknown>,
    known: Arrival | null = null,
  ): Promise<Arrival> {
    let arrival = known
    let answer = known
    const client: HttpClient = {
      sendRequest: async (request) => {
        arrival = answer ?? (await this.send(messageOf(request)))
        answer = null
        return new PipelineAnswer(request, arrival)
      },
    }
    const arrive = async () => {
      await pipeline(client)
      if (arrival === null) throw new Error('The pipeline sent nothing')
      return arrival
    }
    return new Promise((resolve, reject) => {
      this.#fail = reject
      if (this.#stopped) reject(this.#stopped.reason)
      else arrive().then(resolve, reject)
    })
  }

  /** Ends it, in whatever state it is. */
  stop(reason: unknown): void {
    this.#stopped = { reason }
    this.#fail?.(reason)
    this.#request?.destroy()
  }
}

function messageOf({ method, url, headers, body, agent }: PipelineRequest): Message {
  return {
    method,
    url,
    headers: [...headers].flat(),
    body: typeof body === 'string' ? body : undefined,
    agent: proxyOf(agent),
  }
}

/** An answer as the pipeline's policies see it. */
class PipelineAnswer implements PipelineResponse {
  readonly request: PipelineRequest
  readonly status: number
  readonly #headers: Record<string, string>

  constructor(request: PipelineRequest, { status, headers }: Arrival) {
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

/** Every header that is one text: only cookies come as lists, and nobody here eats any. */
function textsOf({ headers }: IncomingMessage): Record<string, string> {
  const texts: Record<string, string> = {}
  for (const name of Object.keys(headers)) {
    const value = headers[name]
    if (typeof value === 'string') texts[name] = value
  }
  return texts
}

/** Reads a body to its end. By its events: as an iterable it costs several times as much. */
function readAll(
  incoming: IncomingMessage,
  maxBytes: number,
  resolve: (arrival: Arrival) => void,
  reject: (error: unknown) => void,
): void {
  const chunks: Buffer[] = []
  let bytes = 0
  incoming.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes <= maxBytes) chunks.push(chunk)
    else reject(tooLarge(maxBytes))
  })
  incoming.on('end', () => {
    const whole = chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)
    forget(incoming, ['data', 'end', 'close', 'error'])
    const { statusCode: status = 0 } = incoming
    const headers = textsOf(incoming)
    const decode = DECODERS.get(headers['content-encoding'] ?? '')
    if (decode === undefined) resolve({ status, headers, bytes: whole })
    else {
      decode(whole, { maxOutputLength: maxBytes }).then(
        (decoded) => resolve({ status, headers, bytes: decoded }),
        (error: unknown) => reject(isTooLarge(error) ? tooLarge(maxBytes) : error),
      )
    }
  })
  incoming.on('error', reject)
  incoming.on('close', () => {
    if (!incoming.complete) reject(new Error('The answer was cut short'))
  })
}

/**
 * Lets go of all that the listeners know of an answer that is here.
 *
 * What Node still holds of a request leads to them, and from there to later requests: once one of
 * them is in V8's old generation, each that follows goes there too. That took a third of the
 * memory, and a tenth of the time.
 */
function forget(emitter: EventEmitter, events: readonly string[]): void {
  for (const event of events) emitter.removeAllListeners(event)
  emitter.on('error', ignore)
}

function ignore(): void {}

function isTooLarge(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE'
}

function tooLarge(maxBytes: number): Refusal {
  return new Refusal('malformed', 'TooLarge', `The answer is larger than ${maxBytes} bytes`)
}
