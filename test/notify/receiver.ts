/**
 * A receiver of notices: a real HTTPS server on loopback that does what a test tells it to.
 */

import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'

import { createCertificate } from '../../src/simulator/certificate.ts'

export interface Received {
  method: string | undefined
  path: string | undefined
  headers: IncomingHttpHeaders
  body: string
}

export interface Receiver extends AsyncDisposable {
  url: string
  port: number
  /** The certificate that it is trusted by. */
  ca: string
  received: Received[]
  /** What it does from now on. */
  reply: (response: ServerResponse, request: IncomingMessage) => void
}

export async function startReceiver(): Promise<Receiver> {
  const { key, cert } = await createCertificate()
  const server = createServer({ key, cert }, (request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { method, url: path, headers } = request
      receiver.received.push({ method, path, headers, body: Buffer.concat(chunks).toString() })
      receiver.reply(response, request)
    })
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('No port')
  const receiver: Receiver = {
    url: `https://127.0.0.1:${address.port}/hooks/S3CRETPATH?sig=S3CRETQUERY`,
    port: address.port,
    ca: cert,
    received: [],
    reply: (response) => response.writeHead(204).end(),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => {
        server.close(resolve)
      })
    },
  }
  return receiver
}
