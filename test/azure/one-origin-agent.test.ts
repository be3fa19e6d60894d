import { once } from 'node:events'
import { createServer, request } from 'node:https'
import { createServer as createFront, type Socket } from 'node:net'

import { describe, expect, it } from 'vitest'
import { z } from 'zod'

import { OneOriginAgent } from '../../src/azure/one-origin-agent.ts'
import { createCertificate } from '../../src/simulator/certificate.ts'

const certificate = await createCertificate()

/** An HTTPS server that counts its connections, and can leave new ones without a handshake. */
async function startServer() {
  const sockets = new Set<Socket>()
  const server = createServer(certificate, (_, response) => response.end('yes'))
  const front = createFront((socket) => {
    state.accepted += 1
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket)).on('error', () => socket.destroy())
    if (!state.mute) server.emit('connection', socket)
  })
  const state = {
    accepted: 0,
    mute: false,
    open: () => sockets.size,
    dropAll() {
      for (const socket of sockets) socket.destroy()
    },
    async stop() {
      state.dropAll()
      if (front.listening) await once(front.close(), 'close')
    },
  }
  front.listen(0, '127.0.0.1')
  await once(front, 'listening')
  const { port } = z.object({ port: z.number() }).parse(front.address())
  const agent = new OneOriginAgent({ maxSockets: 4, ca: certificate.cert, servername: '' })
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
    await expect.poll(() => state.open()).toBe(0)
  })
})
