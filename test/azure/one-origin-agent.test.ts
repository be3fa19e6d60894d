import { once } from 'node:events'
import { Agent, createServer, request } from 'node:https'
import { createServer as createFront, type Socket } from 'node:net'
import { TLSSocket } from 'node:tls'

import { describe, expect, it, vi } from 'vitest'
import { z } from 'zod'

import { OneOriginAgent } from '../../src/azure/one-origin-agent.ts'
import { createCertificate } from '../../src/simulator/certificate.ts'

const certificate = await createCertificate()

/** An HTTPS server that counts its connections, and can leave new ones without a handshake. */
async function startServer({ waitMs = 10_000, idleMs = 0 } = {}) {
  const sockets = new Set<Socket>()
  const secure = new Set<Socket>()
  const server = createServer(certificate, (_, response) => response.end('yes'))
  server.on('secureConnection', (socket) => {
    secure.add(socket)
    socket.on('close', () => secure.delete(socket))
  })
  if (idleMs > 0) server.keepAliveTimeout = idleMs
  const front = createFront((socket) => {
    state.accepted += 1
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket)).on('error', () => socket.destroy())
    if (state.mute) socket.resume()
    else server.emit('connection', socket)
  })
  const state = {
    accepted: 0,
    mute: false,
    open: () => sockets.size,
    dropAll() {
      for (const socket of sockets) socket.destroy()
    },
    say(words: string) {
      for (const socket of secure) socket.end(words)
    },
    async stop() {
      state.dropAll()
      if (front.listening) await once(front.close(), 'close')
    },
  }
  front.listen(0, '127.0.0.1')
  await once(front, 'listening')
  const { port } = z.object({ port: z.number() }).parse(front.address())
  const agent = new OneOriginAgent({ maxSockets: 4, waitMs, ca: certificate.cert, servername: '' })
  const ask = () =>
    new Promise<number | undefined>((resolve, reject) => {
      const sent = request({ agent, hostname: '127.0.0.1', port }, (response) => {
        response.resume().on('end', () => resolve(response.statusCode))
      })
      sent.on('error', reject).end()
    })
  return {
    state,
    agent,
    ask,
    async [Symbol.asyncDispose]() {
      agent.destroy()
      await state.stop()
    },
  }
}

describe('OneOriginAgent', () => {
  it('opens nothing before a request has shown how', async () => {
    await using server = await startServer()
    const { state, agent, ask } = server
    agent.openAhead(4)
    expect(await ask()).toBe(200)
    expect(state.accepted).toBe(1)
  })

  it('opens no more sockets than there may be, and gives them to requests', async () => {
    await using server = await startServer()
    const { state, agent, ask } = server
    await ask()
    agent.openAhead(100)
    await expect.poll(() => state.accepted).toBe(4)
    agent.openAhead(100)
    expect(await Promise.all(Array.from({ length: 20 }, ask))).toEqual(Array(20).fill(200))
    expect(state.accepted).toBe(4)
  })

  it('gives a request a socket that is still being opened', async () => {
    await using server = await startServer()
    const { state, agent, ask } = server
    await ask()
    agent.openAhead(4)
    expect(await Promise.all([ask(), ask(), ask(), ask()])).toEqual(Array(4).fill(200))
    expect(state.accepted).toBe(4)
  })

  it('forgets sockets that are closed before a request takes them', async () => {
    await using server = await startServer()
    const { state, agent, ask } = server
    await ask()
    agent.openAhead(4)
    await expect.poll(() => state.accepted).toBe(4)
    state.dropAll()
    await expect.poll(() => state.open()).toBe(0)
    await expect.poll(async () => ask().catch(String)).toBe(200)
    expect(await Promise.all([ask(), ask(), ask(), ask()])).toEqual(Array(4).fill(200))
  })

  it('leaves it to requests to say why no socket can be opened', async () => {
    await using server = await startServer()
    const { state, agent, ask } = server
    await ask()
    await state.stop()
    agent.openAhead(4)
    // Those that were open say first that they are closed.
    await expect.poll(() => ask().catch(String)).toContain('ECONNREFUSED')
  })

  it('opens eight at a time', async () => {
    await using server = await startServer()
    const { state, agent, ask } = server
    agent.maxSockets = 50
    await ask()
    state.mute = true
    agent.openAhead(50)
    await expect.poll(() => state.accepted).toBe(1 + 8)
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(state.accepted).toBe(1 + 8)
  })

  it('closes all of them when it is destroyed, and opens no others', async () => {
    await using server = await startServer()
    const { state, agent, ask } = server
    agent.maxSockets = 50
    await ask()
    agent.openAhead(50)
    await expect.poll(() => state.accepted).toBeGreaterThan(4)
    agent.destroy()
    agent.openAhead(50)
    await expect.poll(() => state.open()).toBe(0)
  })

  it('gives no request a socket that is dead, though it was not told yet', async () => {
    await using server = await startServer()
    const { state, agent, ask } = server
    await ask()
    using connections = vi.spyOn(Agent.prototype, 'createConnection')
    agent.openAhead(4)
    await expect.poll(() => state.accepted).toBe(4)
    expect(connections.mock.results).toHaveLength(3)
    for (const { value } of connections.mock.results) {
      if (value instanceof TLSSocket) value.destroy()
    }
    expect(await Promise.all([ask(), ask(), ask(), ask()])).toEqual(Array(4).fill(200))
  })

  it('takes no farewell for an answer', async () => {
    await using server = await startServer()
    const { state, agent, ask } = server
    await ask()
    agent.openAhead(4)
    await expect.poll(() => state.open()).toBe(4)
    await new Promise((resolve) => setTimeout(resolve, 20))
    state.say('HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n')
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(await Promise.all([ask(), ask(), ask(), ask()])).toEqual(Array(4).fill(200))
  })

  it('waits no longer for a handshake, and then opens others', async () => {
    await using server = await startServer({ waitMs: 100 })
    const { state, agent, ask } = server
    await ask()
    state.mute = true
    agent.openAhead(4)
    await expect.poll(() => state.accepted).toBe(4)
    await expect.poll(() => state.open()).toBe(1)
    state.mute = false
    agent.openAhead(4)
    await expect.poll(() => state.open()).toBe(4)
    expect(await Promise.all([ask(), ask(), ask(), ask()])).toEqual(Array(4).fill(200))
  })

  it('opens nothing in the place of sockets that were used', async () => {
    await using server = await startServer({ idleMs: 50 })
    const { state, agent, ask } = server
    await ask()
    agent.openAhead(4)
    await Promise.all([ask(), ask(), ask(), ask()])
    const { accepted } = state
    await expect.poll(() => state.open(), { timeout: 5000 }).toBe(0)
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(state.accepted).toBe(accepted)
  })
})
