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
import type { Agent, ClientRequest } from 'node:http'
import { request as openRequest } from 'node:https'

import { forget, readAll, type Arrival } from './arrival.ts'
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
