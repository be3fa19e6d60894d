import { describe, expect, it } from 'vitest'

import type { Answer } from '../../src/simulator/answer.ts'
import { createFaults, type Fault, type FaultTarget } from '../../src/simulator/faults.ts'
import { startSimulator } from '../../src/simulator/simulator.ts'
import { createVirtualClock } from '../../src/simulator/virtual-clock.ts'
import { createClient, pageOf, VERSION } from './client.ts'

const at = (time: string) => new Date(`2026-11-23T${time}Z`)
const NINE = at('09:00:00')
const ask: FaultTarget = {
  request: 'sessions',
  subscriptionId: 'sub',
  hostId: '/host',
  page: 1,
  refused: false,
}

function error(status: number): Answer {
  return { kind: 'error', status }
}

describe('createFaults', () => {
  it.each<[string, Fault, Partial<FaultTarget>, boolean]>([
    ['everything', {}, {}, true],
    ['a first request only', {}, { request: 'page', page: 2 }, false],
    ['an operation only if named', { request: 'operation' }, { request: 'operation' }, true],
    ['any request', { request: 'any' }, { request: 'page', page: 2 }, true],
    ['a page', { request: 'page', page: 2 }, { request: 'page', page: 3 }, false],
    ['a host in any case', { host: '/HOST' }, {}, true],
    ['another host', { host: '/other' }, {}, false],
    ['a subscription in any case', { subscription: 'SUB' }, { hostId: null }, true],
    ['another subscription', { subscription: 'x' }, {}, false],
    ['another kind', { request: 'hosts' }, {}, false],
    ['a time to come', { from: at('09:00:01') }, {}, false],
    ['a time past', { to: NINE }, {}, false],
    ['a time in between', { from: NINE, to: at('09:00:01') }, {}, true],
    ['a refused request', {}, { refused: true }, false],
    ['any refused request', { request: 'any' }, { refused: true }, true],
    ['no chance', { chance: 0 }, {}, false],
  ])('meets %s or not', (_, fault, target, met) => {
    const faults = createFaults()
    faults.add(fault)
    expect(faults.meet({ ...ask, ...target }, NINE) !== undefined).toBe(met)
  })

  it('ends a fault after so many requests', () => {
    const faults = createFaults()
    const placed = faults.add({ host: '/host', times: 2 })
    const met = [1, 2, 3].map(() => faults.meet(ask, NINE) !== undefined)
    expect(met).toEqual([true, true, false])
    expect(placed.met).toBe(2)
    expect(faults.list()).toEqual([])
  })

  it('lets the last one win, whatever it names, until it is cleared', () => {
    const faults = createFaults()
    const codeOf = () => {
      const answer = faults.meet(ask, NINE)?.answer
      return answer?.kind === 'error' ? answer.status : null
    }
    faults.add({ host: '/host', answer: error(500) })
    const general = faults.add({ answer: error(501) })
    expect(codeOf()).toBe(501)
    const own = faults.add({ host: '/host', answer: error(502) })
    expect(codeOf()).toBe(502)
    expect(faults.list()).toHaveLength(3)
    own.clear()
    general.clear()
    expect(codeOf()).toBe(500)
    faults.clear()
    expect(codeOf()).toBeNull()
  })

  it('meets its share of requests', () => {
    const faults = createFaults()
    const { met } = faults.add({ chance: 0.25 })
    expect(met).toBe(0)
    const hits = Array.from({ length: 1000 }, () => faults.meet(ask, NINE)).filter(Boolean)
    expect(hits.length).toBeGreaterThan(180)
    expect(hits.length).toBeLessThan(320)
  })
})

describe('faults over the wire', () => {
  it('let a host fail for an hour', async () => {
    const clock = createVirtualClock({ startAt: at('08:59:59'), speed: 0 })
    await using simulator = await startSimulator({ clock })
    const client = await createClient(simulator)
    const host = simulator.estate.hosts[0]!
    simulator.faults.add({
      host: host.hostId,
      answer: error(503),
      from: NINE,
      to: at('10:00:00'),
    })
    const statuses = []
    for (const time of ['08:59:59', '09:00:00', '09:59:59', '10:00:00']) {
      clock.jumpTo(at(time))
      statuses.push((await client.ask(host)).status)
    }
    expect(statuses).toEqual([200, 503, 503, 200])
  })

  it('meet the lists, and pages of them', async () => {
    await using simulator = await startSimulator({ pageSize: 2 })
    const client = await createClient(simulator)
    const path = `/subscriptions?${VERSION}`
    const { subscriptionId } = simulator.estate.subscriptions[0]!
    const hosts = `/subscriptions/${subscriptionId}/providers/Microsoft.Network/bastionHosts?${VERSION}`
    simulator.faults.add({ request: 'subscriptions', answer: error(403), times: 1 })
    simulator.faults.add({ request: 'page', page: 2, answer: error(500) })
    simulator.faults.add({ request: 'hosts', subscription: subscriptionId, answer: error(403) })
    expect(await client.get(path)).toMatchObject({ status: 403 })
    const { nextLink = '' } = pageOf(await client.get(path))
    expect(await client.get(nextLink)).toMatchObject({ status: 500 })
    expect(await client.get(hosts)).toMatchObject({
      status: 403,
      json: { error: { message: expect.stringContaining('Microsoft.Network/bastionHosts/read') } },
    })
  })

  it('can take all of Resource Manager down, whatever the token', async () => {
    await using simulator = await startSimulator()
    const client = await createClient(simulator)
    const outage = simulator.faults.add({
      request: 'any',
      delivery: { breaks: 'reset-before-headers' },
    })
    await expect(client.get('/subscriptions', { token: null })).rejects.toThrow('ECONNRESET')
    outage.clear()
    expect(await client.get(`/subscriptions?${VERSION}`)).toMatchObject({ status: 200 })
  })
})
