/**
 * A proxy in front of Azurite that does to a request what a network does: it loses answers, cuts
 * bodies, is busy or silent.
 */

import { once } from 'node:events'
import { createServer, request as send, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What becomes of one request. */
export type Fault =
  /** Answered without being passed on: an error by its code, or a body. */
  | { kind: 'status'; status: number; code: string }
  | { kind: 'body'; body: string }
  | { kind: 'redirect'; to: string }
  /** Passed on and done; the answer never arrives. */
  | { kind: 'lost-answer' }
  /** The answer breaks off after so many bytes. */
  | { kind: 'cut'; bytes: number }
  /** The first byte of the answer's body is another one. */
  | { kind: 'altered' }
  /** The first byte of the request's body is another one. */
  | { kind: 'altered-request' }
  /** No answer, ever. */
  | { kind: 'silent' }
  /** The connection breaks before anything is passed on. */
  | { kind: 'refused' }

export interface ProxiedRequest {
  method: string
  /** The path below the container, without the query. */
  path: string
  query: URLSearchParams
  headers: IncomingMessage['headers']
}

export interface FaultProxy extends AsyncDisposable {
  origin: string
  /** Every request so far. */
  requests: ProxiedRequest[]
  /** Decides on each request; undefined passes it on. */
  fault: (request: ProxiedRequest) => Fault | undefined
}

/** Starts a proxy that passes everything on. */
export async function startFaultProxy(target: string): Promise<FaultProxy> {
  const requests: ProxiedRequest[] = []
  const server = createServer((incoming, outgoing) => {
    const url = new URL(incoming.url ?? '/', target)
    const request = {
      method: incoming.method ?? '',
      path: url.pathname.split('/').slice(3).join('/'),
      query: url.searchParams,
      headers: incoming.headers,
    }
    requests.push(request)
    void pass(incoming, outgoing, url, proxy.fault(request)).catch(() => outgoing.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a server on a port has one
  const { port } = server.address() as AddressInfo
  const proxy: FaultProxy = {
    origin: `http://127.0.0.1:${port}`,
    requests,
    fault: () => undefined,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
  return proxy
}

async function pass(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  url: URL,
  fault: Fault | undefined,
): Promise<void> {
  if (fault?.kind === 'refused') {
    incoming.destroy()
    return
  }
  if (fault?.kind === 'silent') {
    incoming.resume()
    return
  }
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(Buffer.from(chunk))
  if (fault?.kind === 'status') {
    const { status, code } = fault
    outgoing.writeHead(status, { 'x-ms-error-code': code, 'content-type': 'application/xml' })
    outgoing.end(
      `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${code}</Message></Error>`,
    )
    return
  }
  if (fault?.kind === 'body') {
    outgoing.writeHead(200, { 'content-type': 'application/xml' }).end(fault.body)
    return
  }
  if (fault?.kind === 'redirect') {
    outgoing.writeHead(307, { location: fault.to }).end()
    return
  }
  const sent = Buffer.concat(chunks)
  if (fault?.kind === 'altered-request') alter(sent)
  const { answer, body } = await forward(incoming, url, sent)
  if (fault?.kind === 'lost-answer') {
    outgoing.destroy()
    return
  }
  if (fault?.kind === 'altered') alter(body)
  outgoing.writeHead(answer.statusCode ?? 500, answer.headers)
  if (fault?.kind === 'cut') {
    outgoing.write(body.subarray(0, fault.bytes), () => outgoing.destroy())
    return
  }
  outgoing.end(body)
}

function alter(bytes: Buffer): void {
  if (bytes.length > 0) bytes[0] = (bytes[0] ?? 0) ^ 1
}

async function forward(incoming: IncomingMessage, url: URL, body: Buffer) {
  const { method, headers } = incoming
  const request = send(url, { ...(method ? { method } : {}), headers })
  request.end(body)
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what `response` carries
  const [answer] = (await once(request, 'response')) as [IncomingMessage]
  const chunks: Buffer[] = []
  for await (const chunk of answer) chunks.push(Buffer.from(chunk))
  return { answer, body: Buffer.concat(chunks) }
}
