/** `watch` and a receiver over real HTTPS that fails in every way, again and again. */

import type { ServerResponse } from 'node:http'

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'

import { parseSettings } from '../../src/domain/parse-settings.ts'
import { openNotifiers } from '../../src/notify/open-notifiers.ts'
import { type Received, startReceiver, type Receiver } from '../notify/receiver.ts'
import {
  ask,
  host,
  okPoll,
  recordRun,
  session,
  type Answered,
  textOf,
} from '../warehouse/temp-warehouse.ts'
import { ruleOf, watchedWarehouse } from './watched.ts'

// Real files, a real engine and a receiver that hangs.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

const hub = host('bas-hub')
const SLOTS = 10
const timeOf = (minutes: number) =>
  new Date(Date.parse('2026-11-23T09:00:00Z') + minutes * 60_000)
    .toISOString()
    .replace('.000Z', 'Z')

/** What it does to one request after the other; beyond these it takes everything. */
const MOODS: ((response: ServerResponse) => unknown)[] = [
  (response) => response.writeHead(429, { 'retry-after': '1' }).end(),
  (response) => response.writeHead(500).end('no'),
  (response) => response.socket?.destroy(),
  () => undefined,
  (response) => response.writeHead(204).end(),
  (response) => response.writeHead(429).end(),
  (response) => response.writeHead(503, { 'retry-after': '90' }).end(),
  (response) => {
    response.writeHead(500, { 'content-length': '100' }).write('half')
    setTimeout(() => response.socket?.destroy(), 20)
  },
  (response) => response.writeHead(204).end(),
  () => undefined,
  (response) => response.writeHead(502).end(),
  (response) => response.writeHead(302, { location: 'https://elsewhere.example/' }).end(),
]

const bodySchema = z.object({
  alerts: z.array(z.object({ status: z.string(), fingerprint: z.string() })),
})

interface Taken {
  key: string
  body: string
}

const takenOf = ({ headers, body }: Received): Taken => ({
  key: String(headers['idempotency-key']),
  body,
})

let receiver: Receiver
/** Every request, and those that it took. */
let asked: Taken[]
const taken: Taken[] = []
let notices: Answered['rows']
let alerts: Answered['rows']

beforeAll(async () => {
  receiver = await startReceiver()
  let requests = 0
  receiver.reply = (response) => {
    const mood = MOODS[requests]
    requests += 1
    const last = receiver.received.at(-1)
    response.on('finish', () => {
      if (response.statusCode === 204 && last) taken.push(takenOf(last))
    })
    if (mood) mood(response)
    else response.writeHead(204).end()
  }
  const settings = parseSettings({
    LEDGER_NOTIFY_WEBHOOK: receiver.url,
    LEDGER_NOTIFY_PRIVATE_HOSTS: '127.0.0.1',
  })
  const options = { version: '0.0.0', ca: receiver.ca, timeoutMs: 400 }
  await using warehouse = await watchedWarehouse({
    rules: [ruleOf()],
    notifiers: openNotifiers(settings, options),
  })
  for (let slot = 0; slot < SLOTS; slot += 1) {
    const at = timeOf(slot * 5)
    // One session begins in each of the first slots, and lasts for two.
    const on = [slot, slot - 1].filter((begun) => begun >= 0 && begun < 5)
    await recordRun(warehouse, at, [
      okPoll(
        hub,
        at,
        on.map((begun) => session(`s-${begun}`, { userName: `user-${begun}` })),
      ),
    ])
    for (const minute of [1, 3]) await warehouse.watchAt(timeOf(slot * 5 + minute))
  }
  for (let minutes = 0; minutes < 60; minutes += 15)
    await warehouse.watchAt(timeOf(SLOTS * 5 + minutes))
  asked = receiver.received.map(takenOf)
  notices = (await ask(warehouse, 'SELECT key, state FROM notices')).rows
  alerts = (await ask(warehouse, 'SELECT fingerprint, state FROM alerts')).rows
})
afterAll(() => receiver[Symbol.asyncDispose]())

describe('a receiver that fails', () => {
  it('has met every fault', () => {
    expect(asked.length).toBeGreaterThan(MOODS.length)
  })

  it('gets every notice, but for the one that it sent elsewhere', () => {
    const states = Object.groupBy(notices, ({ state }) => textOf(state))
    expect(Object.keys(states).toSorted()).toEqual(['delivered', 'rejected'])
    expect(states['rejected']).toHaveLength(1)
    const keys = states['delivered']?.map(({ key }) => key)
    expect(taken.map(({ key }) => key).toSorted()).toEqual(keys?.toSorted())
  })

  it('gets nothing twice, and the same with the same key', () => {
    expect(new Set(taken.map(({ key }) => key)).size).toBe(taken.length)
    for (const [, same] of Map.groupBy(asked, ({ key }) => key)) {
      expect(new Set(same.map(({ body }) => body)).size).toBe(1)
    }
  })

  it('is told of each alert in order', () => {
    const told = taken.flatMap(({ body }) => bodySchema.parse(JSON.parse(body)).alerts)
    const rejected = notices.find(({ state }) => state === 'rejected')
    const lost = asked
      .filter(({ key }) => key === rejected?.['key'])
      .flatMap(({ body }) => bodySchema.parse(JSON.parse(body)).alerts)
    for (const { fingerprint, state } of alerts) {
      expect(state).toBe('resolved')
      const isIt = (one: { fingerprint: string }) => one.fingerprint === fingerprint
      const missed = lost.filter(isIt).map(({ status }) => status)
      const due = ['firing', 'resolved'].filter((status) => !missed.includes(status))
      expect(told.filter(isIt).map(({ status }) => status)).toEqual(due)
    }
  })
})
