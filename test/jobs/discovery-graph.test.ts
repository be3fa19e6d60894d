import { describe, expect, it } from 'vitest'

import { createEstateByHand } from '../../src/simulator/estate-by-hand.ts'
import { createVirtualClock } from '../../src/simulator/virtual-clock.ts'
import { SLOT } from '../end-to-end/collecting.ts'
import { fixedDice } from '../fakes.ts'
import { ask } from '../warehouse/temp-warehouse.ts'
import { openDiscovering } from './discovering.ts'

describe('collect, by Resource Graph', () => {
  it('lists no subscription by itself where Resource Graph knows all of them', async () => {
    await using collector = await openDiscovering()
    const { subscriptions, hosts, outcome } = await collector.run(0, { discovery: 'graph' })
    expect(outcome).toBe('ok')
    // An index that names no host does not prove that there is none.
    expect(subscriptions).toEqual([
      ['Hub', 'ok', 'graph', 2],
      ['Prod', 'ok', 'graph', 1],
      ['Empty', 'ok', 'graph', null],
    ])
    expect(hosts).toEqual(['hub-1', 'hub-2', 'prod-1'])
    expect(collector.simulator.counters.read().requests).toMatchObject({ graph: 1, hosts: 0 })
  })

  it('lists what Resource Graph leaves out', async () => {
    await using collector = await openDiscovering()
    const { graph } = collector.simulator
    graph.lacks.add(collector.ids[0] ?? '')
    const { subscriptions, hosts } = await collector.run(0, { discovery: 'graph' })
    expect(subscriptions).toEqual([
      ['Hub', 'ok', 'arm', 2],
      ['Prod', 'ok', 'graph', 1],
      ['Empty', 'ok', 'graph', null],
    ])
    expect(hosts).toHaveLength(3)
  })

  it('lists where a host is missing that it knew: only that proves it gone', async () => {
    await using collector = await openDiscovering()
    const { graph, estate } = collector.simulator
    await collector.run(0, { discovery: 'graph' })
    graph.lacks.add(estate.hosts[1]?.hostId ?? '')
    const { subscriptions, hosts } = await collector.run(1, { discovery: 'graph' })
    expect(subscriptions[0]).toEqual(['Hub', 'ok', 'arm', 2])
    expect(hosts).toHaveLength(3)
  })

  it('looks for itself now and then: a new host is found though Resource Graph lags', async () => {
    await using collector = await openDiscovering()
    const { graph, estate } = collector.simulator
    graph.lacks.add(estate.hosts[1]?.hostId ?? '')
    expect((await collector.run(0, { discovery: 'graph' })).hosts).toEqual(['hub-1', 'prod-1'])
    const { subscriptions, hosts } = await collector.run(1, {
      discovery: 'graph',
      dice: fixedDice(0.05),
    })
    expect(subscriptions).toEqual([
      ['Hub', 'ok', 'arm', 2],
      ['Prod', 'ok', 'arm', 1],
      ['Empty', 'ok', 'arm', 0],
    ])
    expect(hosts).toHaveLength(3)
  })

  it('records a deleted host that Resource Graph still has as not found', async () => {
    const clock = createVirtualClock({ startAt: SLOT, speed: 1 })
    const estate = createEstateByHand([
      { name: 'Hub', hosts: [{ name: 'stays' }, { name: 'goes', deletedAt: SLOT }] },
    ])
    await using collector = await openDiscovering({ estate, clock })
    collector.simulator.graph.keeps.add(estate.hosts[1]?.hostId ?? '')
    await collector.run(0, { discovery: 'graph' })
    const { rows } = await ask(
      collector.connection,
      'SELECT host_name, last_outcome, listed FROM hosts ORDER BY ALL',
    )
    expect(rows).toEqual([
      { host_name: 'goes', last_outcome: 'not_found', listed: false },
      { host_name: 'stays', last_outcome: 'ok', listed: true },
    ])
  })

  it('does without Resource Graph where it fails', async () => {
    await using collector = await openDiscovering()
    collector.simulator.faults.add({ request: 'graph', answer: { kind: 'error', status: 403 } })
    const { subscriptions, outcome } = await collector.run(0, { discovery: 'graph' })
    expect(outcome).toBe('ok')
    expect(subscriptions).toEqual([
      ['Hub', 'ok', 'arm', 2],
      ['Prod', 'ok', 'arm', 1],
      ['Empty', 'ok', 'arm', 0],
    ])
  })

  it('never takes a subscription without access for one without hosts', async () => {
    await using collector = await openDiscovering()
    await collector.run(0, { discovery: 'graph' })
    collector.simulator.hidden.add(collector.ids[1] ?? '')
    const { subscriptions, hosts, outcome } = await collector.run(1, { discovery: 'graph' })
    expect(outcome).toBe('partial')
    expect(subscriptions).toContainEqual(['Prod', 'denied', 'arm', null])
    expect(hosts).toContain('prod-1')
  })
})
