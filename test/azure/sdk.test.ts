import { Agent } from 'node:https'

import { NetworkManagementClient } from '@azure/arm-network'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'

import { openCredential } from '../../src/azure/credential.ts'
import type { Answer } from '../../src/simulator/answer.ts'
import { createEstateByHand } from '../../src/simulator/estate-by-hand.ts'
import { startSimulator, type Simulator } from '../../src/simulator/simulator.ts'
import { hostOf, openSimulated } from '../simulated.ts'

const estate = createEstateByHand([
  {
    hosts: [
      { name: 'bas-busy', sessions: [{ startAt: new Date('2026-11-23T08:00:00Z') }] },
      { name: 'bas-idle' },
    ],
  },
])

let simulator: Simulator
beforeAll(async () => {
  simulator = await startSimulator({ estate })
})
afterAll(() => simulator[Symbol.asyncDispose]())
afterEach(() => simulator.faults.clear())

/** Asks as the SDK's documentation shows. */
async function askBySdk(name: string): Promise<unknown[]> {
  const agent = new Agent({ ca: simulator.ca })
  Object.assign(process.env, simulator.env)
  const client = new NetworkManagementClient(
    openCredential('https://login.microsoftonline.com'),
    estate.subscriptions[0]?.subscriptionId ?? '',
    { endpoint: simulator.endpoint, credentials: { scopes: [simulator.scope] }, agent },
  )
  try {
    return await Array.fromAsync(client.getActiveSessions('rg-bastion', name))
  } finally {
    agent.destroy()
  }
}

// Why `client.getActiveSessions()` is not used: azure-rest-api-specs #19003.
describe("the SDK's own getActiveSessions", () => {
  it.each<[string, string, number, Answer]>([
    ['a bare array', 'bas-busy', 1, { kind: 'array' }],
    ['a bare array that is empty', 'bas-idle', 0, { kind: 'array' }],
  ])('throws on %s, which is read here', async (_, name, sessions, answer) => {
    simulator.faults.add({ answer, request: 'sessions' })
    await expect(askBySdk(name)).rejects.toThrow(TypeError)

    const host = estate.hosts.find((one) => one.name === name)
    using source = openSimulated(simulator)
    const poll = await source.pollHost(hostOf(host!), new AbortController().signal)
    expect(poll).toMatchObject({ outcome: 'ok', responseShape: 'array' })
    expect(poll.sessions).toHaveLength(sessions)
  })

  it('reads the form that the specification promises', async () => {
    expect(await askBySdk('bas-busy')).toHaveLength(1)
  })
})
