/**
 * The foreign origin: an HTTPS server that no careful client ever asks.
 *
 * Links of a hostile answer lead here. It answers with an empty list, so that a client that
 * follows one would see a host without sessions.
 */

import { createServer } from 'node:https'

import type { Certificate } from './certificate.ts'
import type { Counters } from './counters.ts'
import { listenOnLoopback } from './loopback.ts'

export interface ForeignServer extends AsyncDisposable {
  readonly endpoint: string
}

/** Starts the foreign origin, with the certificate that clients trust. */
export async function startForeignServer(
  certificate: Certificate,
  counters: Counters,
): Promise<ForeignServer> {
  const server = createServer(certificate, (request, response) => {
    counters.countForeign(request.headers.authorization !== undefined)
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"value":[]}')
  })
  const loopback = await listenOnLoopback(server)
  return {
    endpoint: `https://127.0.0.1:${loopback.port}`,
    [Symbol.asyncDispose]: () => loopback[Symbol.asyncDispose](),
  }
}
