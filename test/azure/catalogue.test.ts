import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import type { Poll } from '../../src/domain/poll.ts'
import { CATALOGUE, declare, type CatalogueEntry } from '../../src/simulator/catalogue.ts'
import { createEstateByHand } from '../../src/simulator/estate-by-hand.ts'
import { startSimulator, type Simulator } from '../../src/simulator/simulator.ts'
import { hostOf, openSimulated } from '../simulated.ts'

const entries = Object.entries(CATALOGUE)
const names = entries.map(([name]) => name)
const telling = (tells: CatalogueEntry['tells']) =>
  entries.filter(([, entry]) => entry.tells === tells).map(([name]) => name)
const people = ['ada', 'bob', 'cy', 'dee', 'eve']
// A subscription each: what Azure forbids one of them must not hold up the others.
const estate = createEstateByHand(
  names.map((name) => ({
    name,
    hosts: [
      {
        name: 'bas-busy',
        sessions: people.map((who) => ({
          sessionId: `session-${who}`,
          startAt: new Date('2026-11-23T08:00:00Z'),
        })),
      },
    ],
  })),
)
const idleEstate = createEstateByHand(
  names.map((name) => ({ name, hosts: [{ name: 'bas-idle' }] })),
)

/** Asks every host at once, each with the entry of its subscription's name in force. */
async function askAll(simulator: Simulator): Promise<Map<string, Poll>> {
  using source = openSimulated(simulator, {
    concurrency: 32,
    requestTimeoutMs: 5000,
    hostTimeoutMs: 8000,
  })
  const signal = new AbortController().signal
  const polls = await Promise.all(
    simulator.estate.hosts.map(async (host, index) => {
      const [name, entry] = entries[index]!
      declare(simulator.faults, host.armId, entry)
      return [name, await source.pollHost(hostOf(host), signal)] as const
    }),
  )
  return new Map(polls)
}

describe.each([
  ['with five sessions', estate, people.map((who) => `session-${who}`)],
  ['with none', idleEstate, []],
])('pollHost of a host %s, for everything that Azure can do', (_, hosts, truth) => {
  let simulator: Simulator
  let polls: Map<string, Poll>
  beforeAll(async () => {
    simulator = await startSimulator({ estate: hosts })
    polls = await askAll(simulator)
  }, 60_000)
  afterAll(() => simulator[Symbol.asyncDispose]())

  it.each(telling('list'))('tells the truth: %s', (name) => {
    const poll = polls.get(name)
    expect(poll).toMatchObject({ outcome: 'ok' })
    expect(poll?.sessions.map(({ sessionId }) => sessionId).toSorted()).toEqual(truth)
  })

  it.each(telling('failure'))('never looks empty: %s', (name) => {
    const poll = polls.get(name)
    expect(poll?.outcome).not.toBe('ok')
    expect(poll).toMatchObject({ sessions: [], errorCode: expect.stringMatching(/\S/) })
  })

  it('is no trouble to Azure', () => {
    expect(simulator.counters.read()).toMatchObject({
      early: 0,
      foreignRequests: 0,
      tokensLeaked: 0,
    })
  })
})
