/**
 * A careless client: it sends one request and tells everything that came back.
 */

import { request as httpRequest } from 'node:http'
import { Agent, request } from 'node:https'
import { gunzipSync } from 'node:zlib'

import { z } from 'zod'

import type { EstateHost } from '../../src/simulator/estate.ts'
import type { Simulator } from '../../src/simulator/simulator.ts'

export interface Answered {
  status: number
  headers: Record<string, string | string[] | undefined>
  text: string
  /** The body as JSON; undefined where it is none. */
  json: unknown
}

export interface Client {
  get(pathOrUrl: string, options?: CallOptions): Promise<Answered>
  post(pathOrUrl: string, options?: CallOptions): Promise<Answered>
  /** Asks a host who is connected. */
  ask(host: EstateHost): Promise<Answered>
  token: string
}

interface CallOptions {
  /** null: no Authorization header. */
  token?: string | null
  headers?: Record<string, string>
  signal?: AbortSignal
}

export const VERSION = 'api-version=2026-01-01'

const tokenAnswer = z.looseObject({ access_token: z.string(), expires_on: z.string() })
const page = z.looseObject({ value: z.array(z.unknown()), nextLink: z.string().optional() })
const sessionList = z.union([
  z.array(z.looseObject({ sessionId: z.string() })),
  z
    .looseObject({ value: z.array(z.looseObject({ sessionId: z.string() })) })
    .transform(({ value }) => value),
])

/** Makes a client with a fresh token. */
export async function createClient(simulator: Simulator): Promise<Client> {
  const agent = new Agent({ keepAlive: true, ca: simulator.ca })
  const send = (method: string, pathOrUrl: string, options: CallOptions = {}) =>
    new Promise<Answered>((resolve, reject) => {
      const token = options.token === undefined ? client.token : options.token
      const sent = request(
        new URL(pathOrUrl, simulator.endpoint),
        {
          method,
          agent,
          signal: options.signal,
          headers: { ...(token && { authorization: `Bearer ${token}` }), ...options.headers },
        },
        (response) => {
          const pieces: Buffer[] = []
          response.on('data', (piece: Buffer) => pieces.push(piece))
          response.on('error', reject)
          response.on('end', () => {
            const body = Buffer.concat(pieces)
            const gzip = response.headers['content-encoding'] === 'gzip'
            const text = String(gzip ? gunzipSync(body) : body)
            const { statusCode: status = 0, headers } = response
            resolve({ status, headers, text, json: parseJson(text) })
          })
        },
      )
      sent.on('error', reject)
      sent.end()
    })
  const client: Client = {
    token: (await askForToken(simulator)).access_token,
    get: (pathOrUrl, options) => send('GET', pathOrUrl, options),
    post: (pathOrUrl, options) => send('POST', pathOrUrl, options),
    ask: (host) => send('POST', askPath(host)),
  }
  return client
}

export function askPath(host: EstateHost): string {
  return `${host.armId}/getActiveSessions?${VERSION}`
}

/** A token from the identity endpoint. */
export async function askForToken(
  { identity, endpoint }: Simulator,
  { header = identity.header, resource = endpoint } = {},
): Promise<z.infer<typeof tokenAnswer>> {
  const { status, text } = await askIdentity(
    `${identity.endpoint}?api-version=2019-08-01&resource=${encodeURIComponent(resource)}`,
    header,
  )
  if (status !== 200) throw new Error(`The identity endpoint answered ${status}: ${text}`)
  return tokenAnswer.parse(parseJson(text))
}

export function askIdentity(
  url: string,
  header: string | null,
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const headers = header === null ? {} : { 'x-identity-header': header }
    const sent = httpRequest(url, { headers }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (piece: string) => (text += piece))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }))
    })
    sent.on('error', reject)
    sent.end()
  })
}

/** A page, or an error that shows what came instead. */
export function pageOf(answered: Answered): z.infer<typeof page> {
  const parsed = page.safeParse(answered.json)
  if (parsed.success) return parsed.data
  throw new Error(`No page: ${answered.status} ${answered.text.slice(0, 300)}`)
}

/** Session ids of `{ value }` or of a bare array. */
export function sessionIds(json: unknown): string[] {
  return sessionList.parse(json).map(({ sessionId }) => sessionId)
}

/** Where a header leads. */
export function headerOf({ headers }: Answered, name: string): string {
  const value = headers[name]
  if (typeof value !== 'string') throw new Error(`There is no ${name}`)
  return value
}

function parseJson(text: string): unknown {
  try {
    const json: unknown = JSON.parse(text)
    return json
  } catch {
    return undefined
  }
}
