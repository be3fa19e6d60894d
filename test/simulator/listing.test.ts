import { describe, expect, it } from 'vitest'

import { parseHost } from '../../src/domain/host.ts'
import { parseSession } from '../../src/domain/session.ts'
import { wireSubscription } from '../../src/domain/subscription.ts'
import type { StartTimeForm } from '../../src/simulator/estate.ts'
import { createEstateByHand } from '../../src/simulator/estate-by-hand.ts'
import { createEstate } from '../../src/simulator/seeded-estate.ts'
import { startSimulator } from '../../src/simulator/simulator.ts'
import { createVirtualClock } from '../../src/simulator/virtual-clock.ts'
import { askPath, createClient, pageOf, VERSION, type Client } from './client.ts'

const NOON = new Date('2026-11-24T12:00:00Z')
const clock = createVirtualClock({ startAt: NOON, speed: 0 })

async function readAll(client: Client, path: string): Promise<{ items: unknown[]; pages: number }> {
  const items: unknown[] = []
  let pages = 0
  for (let next: string | undefined = path; next !== undefined; pages++) {
    const page = pageOf(await client.get(next))
    items.push(...page.value)
    next = page.nextLink
  }
  return { items, pages }
}

describe('the lists', () => {
  it('are paged by absolute links, and tell the whole estate', async () => {
    const estate = createEstate({ subscriptions: 7, hosts: 25, states: 'enabled' })
    await using simulator = await startSimulator({ estate, clock, pageSize: 3 })
    const client = await createClient(simulator)
    const subscriptions = await readAll(client, `/subscriptions?${VERSION}`)
    expect(subscriptions.pages).toBe(3)
    expect(subscriptions.items.map((one) => wireSubscription.parse(one))).toEqual(
      estate.subscriptions,
    )
    const hosts = []
    for (const { subscriptionId } of estate.subscriptions) {
      const path = `/subscriptions/${subscriptionId}/providers/Microsoft.Network/bastionHosts`
      hosts.push(...(await readAll(client, `${path}?${VERSION}`)).items.map(parseHost))
    }
    expect(hosts.map(({ hostId }) => hostId).toSorted()).toEqual(
      estate.hosts.map(({ hostId }) => hostId).toSorted(),
    )
    const parsed = hosts.find(({ hostId }) => hostId === estate.hosts[0]!.hostId)
    const { resourceGroup, name, location, sku, tags } = estate.hosts[0]!
    expect(parsed).toMatchObject({ resourceGroup, name, location, sku, tags })
    expect(simulator.counters.read().requests).toMatchObject({ subscriptions: 1, hosts: 7 })
  })

  it('show hosts only while they exist', async () => {
    const [nine, ten] = [new Date('2026-11-24T09:00:00Z'), new Date('2026-11-24T10:00:00Z')]
    const own = createVirtualClock({ startAt: nine, speed: 0 })
    const estate = createEstateByHand([
      {
        hosts: [
          { name: 'early', deletedAt: ten },
          { name: 'late', createdAt: ten },
        ],
      },
    ])
    await using simulator = await startSimulator({ estate, clock: own })
    const client = await createClient(simulator)
    const path = `/subscriptions/${estate.subscriptions[0]!.subscriptionId}/providers/Microsoft.Network/bastionHosts?${VERSION}`
    const [early, late] = [estate.hosts[0]!, estate.hosts[1]!]
    expect(pageOf(await client.get(path)).value).toMatchObject([{ name: 'early' }])
    expect(await client.ask(late)).toMatchObject({ status: 404 })
    own.jumpTo(ten)
    expect(pageOf(await client.get(path)).value).toMatchObject([{ name: 'late' }])
    expect(await client.ask(early)).toMatchObject({
      status: 404,
      json: { error: { code: 'ResourceNotFound' } },
    })
  })

  it('are found in any case, and only with an api-version', async () => {
    await using simulator = await startSimulator({ clock })
    const client = await createClient(simulator)
    const host = simulator.estate.hosts[0]!
    expect(await client.post(askPath(host).toUpperCase())).toMatchObject({ status: 200 })
    expect(await client.post(askPath(host).toLowerCase())).toMatchObject({ status: 200 })
    for (const search of ['', '?api-version=', '?api-version=latest']) {
      expect(await client.get(`/subscriptions${search}`)).toMatchObject({
        status: 400,
        json: { error: { code: 'MissingApiVersionParameter' } },
      })
    }
  })

  it('refuse what is not there, and methods that do not fit', async () => {
    await using simulator = await startSimulator({ clock })
    const client = await createClient(simulator)
    const host = simulator.estate.hosts[0]!
    const nobody = '/subscriptions/00000000-0000-0000-0000-000000000000'
    const hosts = 'providers/Microsoft.Network/bastionHosts'
    expect(await client.get(`${nobody}/${hosts}?${VERSION}`)).toMatchObject({
      status: 404,
      json: { error: { code: 'SubscriptionNotFound' } },
    })
    expect(await client.post(`${host.armId}x/getActiveSessions?${VERSION}`)).toMatchObject({
      status: 404,
      json: { error: { code: 'ResourceNotFound' } },
    })
    expect(await client.get(askPath(host))).toMatchObject({ status: 405 })
    expect(await client.post(`/subscriptions?${VERSION}`)).toMatchObject({ status: 405 })
    expect(await client.get(`/providers?${VERSION}`)).toMatchObject({ status: 404 })
  })

  it('answer by the state of the subscription', async () => {
    const estate = createEstateByHand([
      { state: 'Disabled', hosts: [{}] },
      { state: 'Deleted', hosts: [{}] },
    ])
    await using simulator = await startSimulator({ estate, clock })
    const client = await createClient(simulator)
    const answers = await Promise.all(estate.hosts.map((host) => client.ask(host)))
    expect(answers).toMatchObject([
      { status: 409, json: { error: { code: 'ReadOnlyDisabledSubscription' } } },
      { status: 404 },
    ])
  })

  it('carry the headers of Resource Manager, and the time of the clock', async () => {
    await using simulator = await startSimulator({ clock })
    const client = await createClient(simulator)
    const { headers } = await client.get(`/subscriptions?${VERSION}`, {
      headers: { 'x-ms-correlation-request-id': 'mine' },
    })
    expect(headers).toMatchObject({
      date: NOON.toUTCString(),
      'content-type': 'application/json; charset=utf-8',
      'x-ms-correlation-request-id': 'mine',
    })
    expect(headers['x-ms-request-id']).toMatch(/^[0-9a-f-]{36}$/)
  })
})

describe('getActiveSessions', () => {
  it('tells the truth of the moment, host by host', async () => {
    const estate = createEstate({ hosts: 12, sessionsPerHostDay: 40, states: 'enabled' })
    await using simulator = await startSimulator({ estate, clock })
    const client = await createClient(simulator)
    let told = 0
    for (const host of estate.hosts) {
      const sessions = pageOf(await client.ask(host)).value.map(parseSession)
      const truth = estate.sessionsAt(host.hostId, NOON)
      told += truth.length
      expect(sessions).toMatchObject(
        truth.map((session) => ({
          sessionId: session.sessionId,
          userName: session.userName.trim() === '' ? null : session.userName,
          protocol: session.protocol,
          startedAt: session.startAt,
          targetHostName: session.targetHostName,
          targetIpAddress: session.targetIpAddress,
          targetResourceId: session.targetResourceId.toLowerCase(),
          targetSubscriptionId: host.subscriptionId,
          resourceType: session.resourceType,
          extra: session.extra,
        })),
      )
    }
    expect(told).toBeGreaterThan(20)
  })

  it.each<[StartTimeForm, unknown]>([
    ['iso', '2026-01-02T03:04:05.678Z'],
    ['seconds', '2026-01-02T03:04:05Z'],
    ['seven-digits', '2026-01-02T03:04:05.6780000Z'],
    ['short-date', '2026-1-2T03:04:05.6780Z'],
    ['no-zone', '2026-01-02T03:04:05.678'],
    ['offset', '2026-01-02T05:04:05.678+02:00'],
    ['epoch-ms', 1_767_323_045_678],
    ['none', undefined],
  ])('writes a start as %s', async (startTimeForm, startTime) => {
    const startAt = new Date('2026-01-02T03:04:05.678Z')
    const estate = createEstateByHand([{ hosts: [{ sessions: [{ startAt, startTimeForm }] }] }])
    await using simulator = await startSimulator({ estate, clock })
    const client = await createClient(simulator)
    const { json } = await client.ask(estate.hosts[0]!)
    expect(json).toMatchObject({ value: [startTime === undefined ? {} : { startTime }] })
    expect(JSON.stringify(json).includes('startTime')).toBe(startTime !== undefined)
  })

  it('tells what a session carries beside the specification, or lacks', async () => {
    const estate = createEstateByHand([
      { hosts: [{ sessions: [{ startAt: NOON, extra: { a: 1, userName: undefined } }] }] },
    ])
    await using simulator = await startSimulator({ estate, clock })
    const client = await createClient(simulator)
    const [session] = pageOf(await client.ask(estate.hosts[0]!)).value
    expect(session).toMatchObject({ a: 1, sessionDurationInMins: 0 })
    expect(session).not.toHaveProperty('userName')
  })
})
