import { describe, expect, it } from 'vitest'

import { createEstateByHand } from '../../src/simulator/estate-by-hand.ts'
import { createVirtualClock } from '../../src/simulator/virtual-clock.ts'
import { SLOT, slotAfter } from '../end-to-end/collecting.ts'
import { ask } from '../warehouse/temp-warehouse.ts'
import { everything, openDiscovering, threeSubscriptions } from './discovering.ts'

describe('collect, in a scope', () => {
  it('records what limited it', async () => {
    await using collector = await openDiscovering({
      groups: [
        {
          id: 'all',
          subscriptions: threeSubscriptions().subscriptions.map((one) => one.subscriptionId),
        },
      ],
    })
    const filter = { include: ['hub', 'prod*'], exclude: ['PROD'], managementGroup: 'all' }
    const { subscriptions, hosts } = await collector.run(0, { filter, discovery: 'graph' })
    expect(subscriptions).toEqual([['Hub', 'ok', 'graph', 2]])
    expect(hosts).toEqual(['hub-1', 'hub-2'])
    const { rows } = await ask(collector.connection, 'SELECT discovery, scope FROM runs')
    expect(rows).toEqual([
      {
        discovery: 'graph',
        scope: { include: ['hub', 'prod*'], exclude: ['PROD'], management_group: 'all' },
      },
    ])
  })

  it('takes an id that Azure does not list for a subscription, and says what came of it', async () => {
    await using collector = await openDiscovering()
    collector.simulator.hidden.add(collector.ids[1] ?? '')
    const [hub = '', prod = ''] = collector.ids
    const unknown = '00000000-0000-4000-8000-000000000000'
    const filter = { include: [hub, prod.toUpperCase(), unknown, 'typo'], exclude: [] }
    const { subscriptions, unmatched, outcome } = await collector.run(0, { filter })
    expect(subscriptions).toEqual([
      ['Hub', 'ok', 'arm', 2],
      [prod.toUpperCase(), 'denied', 'arm', null],
      [unknown, 'not_found', 'arm', null],
    ])
    expect(unmatched).toEqual(['typo'])
    expect(outcome).toBe('partial')
    const { rows } = await ask(
      collector.connection,
      `SELECT state FROM subscription_polls WHERE outcome <> 'ok'`,
    )
    expect(rows).toEqual([{ state: 'NotVisible' }, { state: 'NotVisible' }])
  })

  it('excludes what it once knew, too', async () => {
    await using collector = await openDiscovering()
    await collector.run(0)
    collector.simulator.hidden.add(collector.ids[1] ?? '')
    const filter = { include: [], exclude: ['prod'] }
    expect((await collector.run(1, { filter })).hosts).toEqual(['hub-1', 'hub-2'])
  })
})

describe('collect, of a management group', () => {
  it('asks what is under it, and records what it does not see', async () => {
    await using collector = await openDiscovering({
      groups: [
        { id: 'top', subscriptions: [threeSubscriptions().subscriptions[1]?.subscriptionId ?? ''] },
        {
          id: 'below',
          parent: 'top',
          subscriptions: [threeSubscriptions().subscriptions[2]?.subscriptionId ?? ''],
        },
      ],
    })
    const filter = { ...everything, managementGroup: 'top' }
    expect(await collector.run(0, { filter })).toMatchObject({
      outcome: 'ok',
      subscriptions: [
        ['Prod', 'ok', 'arm', 1],
        ['Empty', 'ok', 'arm', 0],
      ],
    })
    collector.simulator.hidden.add(collector.ids[2] ?? '')
    expect(await collector.run(1, { filter })).toMatchObject({
      outcome: 'partial',
      subscriptions: [
        ['Prod', 'ok', 'arm', 1],
        ['Empty', 'denied', 'arm', null],
      ],
    })
  })

  it('fails where the group cannot be listed, and says why', async () => {
    await using collector = await openDiscovering()
    const filter = { ...everything, managementGroup: 'nowhere' }
    expect(await collector.run(0, { filter })).toMatchObject({ outcome: 'failed', hosts: [] })
    const { rows } = await ask(collector.connection, 'SELECT error_code, error_message FROM runs')
    expect(rows).toEqual([
      { error_code: 'no_permission', error_message: expect.stringContaining('"nowhere"') },
    ])
  })
})

describe('collect, of a subscription that is no longer visible', () => {
  it('asks its hosts for a day after its last good listing, and records it', async () => {
    await using collector = await openDiscovering()
    await collector.run(0)
    const [, prod = ''] = collector.ids
    collector.simulator.hidden.add(prod)
    for (const slot of [1, 12, 287, 288]) {
      const { subscriptions, hosts, outcome } = await collector.run(slot)
      expect(outcome).toBe('partial')
      expect(subscriptions).toContainEqual(['Prod', 'denied', 'arm', null])
      expect(hosts).toEqual(['hub-1', 'hub-2', 'prod-1'])
    }
    // The day is over: it is out of scope, and its host is one that was not asked of late.
    await collector.run(289)
    expect((await collector.run(290)).hosts).toEqual(['hub-1', 'hub-2'])
  })

  it('tells a closed host from a deleted one by SQL', async () => {
    const clock = createVirtualClock({ startAt: SLOT, speed: 1 })
    const estate = createEstateByHand([
      {
        name: 'Hub',
        hosts: [
          { name: 'stays' },
          { name: 'deleted', deletedAt: slotAfter(1) },
          { name: 'new', createdAt: slotAfter(1) },
        ],
      },
      { name: 'Prod', hosts: [{ name: 'closed' }] },
    ])
    await using collector = await openDiscovering({ estate, clock })
    await collector.run(0)
    clock.jumpTo(slotAfter(2))
    collector.simulator.hidden.add(collector.ids[1] ?? '')
    await collector.run(2)
    const { rows } = await ask(
      collector.connection,
      `SELECT host_name, listed, last_outcome, first_listed_at::VARCHAR = last_listed_at::VARCHAR AS once
       FROM hosts ORDER BY host_name`,
    )
    expect(rows).toEqual([
      { host_name: 'closed', listed: true, last_outcome: 'denied', once: false },
      { host_name: 'deleted', listed: false, last_outcome: 'ok', once: true },
      { host_name: 'new', listed: true, last_outcome: 'ok', once: true },
      { host_name: 'stays', listed: true, last_outcome: 'ok', once: false },
    ])
  })
})
