/**
 * A server on loopback that ends at once: hung answers and half-open handshakes included.
 */

import { once } from 'node:events'
import type { IncomingMessage, Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'

export interface Loopback extends AsyncDisposable {
  readonly port: number
  /** Answers the request with a TCP reset, whatever was sent of it. */
  reset(request: IncomingMessage): void
  /** Refuses connections, and ends those there are. */
  refuse(): Promise<void>
  /** Listens again on the same port, where it does not. */
  listen(): Promise<void>
}

/**
 * Ports of this process until now. None is used twice: MSAL caches tokens by resource for the
 * life of the process, and would show a new simulator the token of one that is gone.
 */
const usedPorts = new Set<number>()

/** Starts a server on a free port of 127.0.0.1. */
export async function listenOnLoopback(server: Server): Promise<Loopback> {
  // The TCP socket under TLS: only it can be reset. Its peer's port names it on this address.
  const sockets = new Map<number, Socket>()
  server.on('connection', (socket: Socket) => {
    const { remotePort = 0 } = socket
    // HTTPS servers announce a connection twice: the first is TCP.
    if (sockets.has(remotePort)) return
    sockets.set(remotePort, socket)
    socket.on('close', () => sockets.delete(remotePort))
    socket.on('error', () => socket.destroy())
  })
  // A client that goes away in the middle is no failure of the server.
  server.on('tlsClientError', (_, socket: Socket) => socket.destroy())
  server.on('clientError', (_, socket) => socket.destroy())
  server.keepAliveTimeout = 600_000
  server.requestTimeout = 0
  server.headersTimeout = 0

  const listen = async (port: number) => {
    if (server.listening) return
    server.listen({ port, host: '127.0.0.1', backlog: 1024 })
    await once(server, 'listening')
  }
  const refuse = async () => {
    if (!server.listening) return
    const closed = once(server, 'close')
    server.close()
    for (const socket of sockets.values()) socket.destroy()
    await closed
  }
  await listen(0)
  while (usedPorts.has(addressOf(server).port)) {
    await refuse()
    await listen(0)
  }
  const { port } = addressOf(server)
  usedPorts.add(port)
  return {
    port,
    reset: ({ socket }) => sockets.get(socket.remotePort ?? 0)?.resetAndDestroy(),
    refuse,
    listen: () => listen(port),
    [Symbol.asyncDispose]: refuse,
  }
}

function addressOf(server: Server): AddressInfo {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The server has no port')
  return address
}
