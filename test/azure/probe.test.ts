import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'

import type { Probe } from '../../src/domain/inspection.ts'
import type { Answer } from '../../src/simulator/answer.ts'
import { CATALOGUE, declare, type CatalogueEntry } from '../../src/simulator/catalogue.ts'
import { createEstateByHand } from '../../src/simulator/estate-by-hand.ts'
import type { Fault } from '../../src/simulator/faults.ts'
import { startSimulator, type Simulator } from '../../src/simulator/simulator.ts'
import { PRINCIPAL_ID, TENANT_ID } from '../../src/simulator/tokens.ts'
import { createVirtualClock } from '../../src/simulator/virtual-clock.ts'
import { hostOf, openSimulated } from '../simulated.ts'

/** Words that stand for everything that must stay at home. */
const CANARY = 'kanarie'
const estate = createEstateByHand([
  {
    subscriptionId: 'ca9a41e0-0000-4000-8000-00000000c0de',
    name: `Subscription ${CANARY}`,
    hosts: [
      {
        name: `bas-${CANARY}`,
        resourceGroup: `rg-${CANARY}`,
        sessions: [
          {
            startAt: new Date('2026-11-21T08:15:30Z'),
            startTimeForm: 'short-date',
            sessionId: `session-${CANARY}`,
            userName: `${CANARY}@contoso.com`,
            targetHostName: `vm-${CANARY}`,
            targetIpAddress: '10.77.88.99',
            extra: {
              recordingState: CANARY,
              count: 48151623,
              ratio: 0.4815,
              [`${CANARY}-1`]: true,
            },
          },
          { startAt: new Date('2026-11-21T08:15:30Z'), userName: '' },
        ],
      },
    ],
  },
])
const host = estate.hosts[0]!
const LEAKS = [
  CANARY,
  'ca9a41e0',
  'c0de',
  '77.88',
  'contoso',
  '48151623',
  '4815',
  '2026',
  '11-21',
  '08:15',
  PRINCIPAL_ID,
  TENANT_ID,
  'Bearer',
]

// Quick, because some answers ask to wait.
const clock = createVirtualClock({ startAt: new Date('2026-11-23T09:00:00Z'), speed: 30 })
let simulator: Simulator
beforeAll(async () => {
  simulator = await startSimulator({ estate, clock })
})
afterAll(() => simulator[Symbol.asyncDispose]())
afterEach(() => simulator.faults.clear())

async function probe(...faults: Omit<Fault, 'host'>[]): Promise<Probe> {
  for (const fault of faults) simulator.faults.add({ ...fault, host: host.armId })
  using source = openSimulated(simulator, { clock })
  const found = await source.probeHost(hostOf(host), new AbortController().signal)
  const text = JSON.stringify(found)
  for (const leak of LEAKS) expect(text.toLowerCase()).not.toContain(leak.toLowerCase())
  expect(text).not.toContain(new URL(simulator.endpoint).port)
  return found
}

function raw(body: unknown, rest: Partial<Extract<Answer, { kind: 'raw' }>> = {}): Answer {
  return { kind: 'raw', body: typeof body === 'string' ? body : JSON.stringify(body), ...rest }
}

describe('probeHost', () => {
  it('shows keys, types, lengths and the form of times, and no value', async () => {
    const { outcome, responseShape, exchanges } = await probe({})
    expect({ outcome, responseShape }).toEqual({ outcome: 'ok', responseShape: 'value' })
    expect(exchanges).toMatchObject([
      { method: 'POST', to: 'getActiveSessions', status: 200, failure: null },
    ])
    expect(exchanges[0]?.headers).toMatchObject({
      'content-type': 'text of 31',
      'x-ms-request-id': 'UUID',
    })
    expect(exchanges[0]?.body).toEqual({
      value: [
        'list of 2',
        {
          '1 of': {
            resourceType: 'text of 2',
            sessionDurationInMins: expect.stringContaining('whole number'),
            sessionId: 'text of 15',
            startTime: 'time like 9999-99-99T99:99:99.9999Z',
            targetHostName: 'text of 10',
            targetIpAddress: 'text of 11',
            targetResourceGroup: 'text of 10',
            targetResourceId: expect.stringMatching(/^ARM id of \d+$/),
            targetSubscriptionId: 'UUID',
            userName: 'text of 19',
            protocol: 'text of 3',
            recordingState: 'text of 7',
            count: 'whole number',
            ratio: 'number with a fraction',
            '(a key of 9 characters)': 'boolean',
          },
        },
        { '1 of': expect.objectContaining({ userName: 'empty text', sessionId: 'UUID' }) },
      ],
    })
  })

  it('shows the way that the answer took', async () => {
    const { responseShape, exchanges } = await probe({
      answer: { kind: 'operation', asyncOperation: 'nothing', location: 'array', retryAfter: 0 },
    })
    expect(responseShape).toBe('202>async>location:array')
    expect(exchanges.map(({ method, to, status }) => `${method} ${to} ${status}`)).toEqual([
      'POST getActiveSessions 202',
      'GET azure-asyncoperation 200',
      'GET azure-asyncoperation 200',
      'GET location 202',
      'GET location 200',
    ])
    expect(exchanges[0]).toMatchObject({
      body: 'no body',
      headers: { location: expect.stringMatching(/^URL of \d+, the same origin$/) },
    })
    expect(exchanges[1]?.body).toEqual({ status: 'text of 10' })
  })

  it('names pages by their link', async () => {
    const { exchanges } = await probe({ answer: { kind: 'paged', size: 1, links: 'relative' } })
    expect(exchanges.map(({ to }) => to)).toEqual(['getActiveSessions', 'nextLink'])
    expect(exchanges[0]?.body).toMatchObject({
      nextLink: expect.stringMatching(/^text of|^ARM id/),
    })
  })

  it.each<[string, Answer]>([
    ['an error', { kind: 'error', status: 403 }],
    [
      'an error with words of its own',
      { kind: 'error', status: 409, code: CANARY, message: `Ask ${CANARY}` },
    ],
    [
      'a map by user name',
      raw({ [`${CANARY}@contoso.com`]: [{ [CANARY]: { ip: '10.77.88.99' } }] }),
    ],
    ['a map under a known key', raw({ value: { [CANARY]: 1, [`${CANARY}two`]: 2 } })],
    [
      'a list of texts',
      raw([CANARY, `${CANARY} x`, '10.77.88.99', '48151623', '2026-11-21T08:15:30Z']),
    ],
    ['a text', raw(JSON.stringify(CANARY))],
    ['a number', raw('48151623')],
    ['HTML', raw(`<html>${CANARY}</html>`, { contentType: 'text/html' })],
    ['cut JSON', raw(`[{"sessionId":"${CANARY}`)],
    [
      'headers',
      raw([], {
        headers: {
          location: `https://${CANARY}.example/${CANARY}`,
          'retry-after': '48151623',
          'x-ms-user': CANARY,
          'www-authenticate': `Bearer realm="${CANARY}"`,
        },
      }),
    ],
    ['a link elsewhere', { kind: 'paged', last: 'foreign' }],
    ['a redirect', { kind: 'redirect', to: 'foreign' }],
  ])('leaks nothing of %s', async (_, answer) => {
    const { exchanges } = await probe({ answer })
    expect(exchanges.length).toBeGreaterThan(0)
  })

  it('leaks nothing of any answer that is known', async () => {
    for (const entry of Object.values<CatalogueEntry>(CATALOGUE)) {
      if (entry.faults.some(({ delivery }) => delivery?.breaks?.startsWith('hang'))) continue
      simulator.faults.clear()
      declare(simulator.faults, host.armId, entry)
      expect((await probe()).exchanges).not.toEqual([])
    }
  }, 30_000)

  it('says what failed where no answer came', async () => {
    const { outcome, exchanges } = await probe({ delivery: { breaks: 'reset-before-headers' } })
    expect(outcome).toBe('error')
    expect(exchanges[0]).toMatchObject({
      status: null,
      failure: 'NoAnswer',
      headers: {},
      body: null,
    })
  })
})
