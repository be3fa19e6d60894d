import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

import type { TempWarehouse } from '../warehouse/temp-warehouse.ts'
import { askRules, HOUR_MS, rowWith, ruleOf, textsIn } from './asking.ts'
import { EUS, NEU, NOW, sessionDays, WEU } from './session-days.ts'

// Real files and a real engine: slow where many others work at the same time.
vi.setConfig({ testTimeout: 30_000, hookTimeout: 60_000 })

let warehouse: TempWarehouse

beforeAll(async () => {
  warehouse = await sessionDays()
})
afterAll(() => warehouse[Symbol.asyncDispose]())

describe('long-session', () => {
  it('finds sessions that are on and have certainly lasted so long', async () => {
    const found = await askRules(warehouse, NOW, {
      long: { rule: 'long-session' },
      shorter: { rule: 'long-session', values: { longer_than: { ms: 3 * HOUR_MS } } },
      very: { rule: 'very-long-session' },
    })
    expect(textsIn(found('long'), 'session_id')).toEqual(['edge', 'ending', 'long', 'very'])
    expect(textsIn(found('very'), 'session_id')).toEqual(['very'])
    expect(textsIn(found('shorter'), 'session_id')).toEqual(
      ['edge', 'ending', 'late-start', 'long', 'near', 'no-start', 'very'].toSorted(),
    )
    expect(rowWith(found('long'), 'session_id', 'long')).toEqual({
      host_id: WEU.hostId,
      session_id: 'long',
      first_seen_at: '2026-11-23T08:00:01Z',
      user_name: 'ana@contoso.example',
      target_host_name: 'vm-long',
      target_resource_id: '/subscriptions/s/vms/vm-long',
      host_name: 'bas-weu',
      subscription_id: WEU.subscriptionId,
      protocol: 'ssh',
      started_at: '2026-11-23T03:00:00Z',
      last_seen_at: '2026-11-23T11:55:01Z',
      duration_mins: expect.toSatisfy((mins) => Number(mins) === 535),
      session_state: 'active',
      summary: 'ana@contoso.example on vm-long for 8 h 55 min, through bas-weu',
    })
    const ending = rowWith(found('long'), 'session_id', 'ending')
    expect(ending).toMatchObject({
      session_state: 'ending',
      last_seen_at: '2026-11-23T11:50:01Z',
    })
    // Carried over from the compacted day.
    expect(textsIn(found('very'), 'first_seen_at')).toEqual(['2026-11-22T12:00:01Z'])
    expect(textsIn(found('very'), 'summary')).toEqual([
      'very@contoso.example on vm-very for 1 d 0 h, through bas-weu',
    ])
  })
})

describe('unattributable-session', () => {
  it('finds sessions without a user in two polls', async () => {
    const found = await askRules(warehouse, NOW, {
      twice: { rule: 'unattributable-session' },
      once: { rule: 'unattributable-session', values: { polls: 1 } },
    })
    const certain = ['blank', 'null-vm-3']
    expect(textsIn(found('twice'), 'session_id')).toEqual(certain)
    expect(textsIn(found('once'), 'session_id')).toEqual(
      [...certain, 'blank-once', 'nameless-ending'].toSorted(),
    )
    expect(rowWith(found('twice'), 'session_id', 'blank')['summary']).toBe(
      'somebody (no user name) on vm-blank for 6 min, through bas-weu',
    )
  })
})

describe('shared-account', () => {
  it('finds names without their domain, in any case', async () => {
    const found = await askRules(warehouse, NOW, {
      some: { rule: 'shared-account' },
      others: { rule: 'shared-account', values: { accounts: ['Carl', 'contoso', 'Fay@'] } },
    })
    expect(textsIn(found('some'), 'user_name')).toEqual([
      'Administrator@contoso.example',
      'CONTOSO\\Root',
    ])
    expect(new Set(textsIn(found('others'), 'user_name'))).toEqual(
      new Set(['carl@contoso.example']),
    )
  })
})

describe('many-hosts-one-user', () => {
  it('counts hosts and machines of sessions that are on', async () => {
    const found = await askRules(warehouse, NOW, { some: { rule: 'many-hosts-one-user' } })
    expect(textsIn(found('some'), 'user_name')).toEqual([
      'carl@contoso.example',
      'eve@contoso.example',
    ])
    expect(rowWith(found('some'), 'user_name', 'eve@contoso.example')).toMatchObject({
      host_ids: [EUS.hostId, NEU.hostId, WEU.hostId],
      host_names: ['bas-eus', 'bas-neu', 'bas-weu'],
      target_host_names: ['vm-1', 'vm-2'],
      summary: 'eve@contoso.example has 3 sessions at once (machines: 2, hosts: 3)',
    })
    expect(rowWith(found('some'), 'user_name', 'carl@contoso.example')).toMatchObject({
      host_ids: [WEU.hostId],
      summary: 'carl@contoso.example has 5 sessions at once (machines: 5, hosts: 1)',
    })
  })

  it('goes by its numbers', async () => {
    const found = await askRules(warehouse, NOW, {
      fewer: { rule: 'many-hosts-one-user', values: { hosts: 2, targets: 4 } },
      none: { rule: 'many-hosts-one-user', values: { hosts: 4, targets: 6 } },
    })
    expect(textsIn(found('fewer'), 'user_name')).toEqual(
      ['carl', 'dan', 'eve', 'fay'].map((name) => `${name}@contoso.example`),
    )
    expect(found('none').rows).toEqual([])
  })
})

describe('rules about sessions', () => {
  it('go on as they are when the collector is silent for months', async () => {
    const found = await askRules(warehouse, '2027-03-01T00:00:00Z', {
      long: { rule: 'long-session' },
      very: { rule: 'very-long-session' },
    })
    expect(textsIn(found('long'), 'session_id')).toEqual(['edge', 'ending', 'long', 'very'])
    expect(textsIn(found('very'), 'session_id')).toEqual(['very'])
  })

  it('hold the notices of the smaller one back for the same session only', () => {
    expect(ruleOf('long-session').inhibitedBy).toEqual([
      { rule: 'very-long-session', equal: ruleOf('very-long-session').labels },
    ])
  })
})
