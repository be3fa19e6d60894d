import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { shardRunId, isRunId } from '../../src/domain/run.ts'
import {
  formatShard,
  hostsOfShard,
  parseShard,
  shardCount,
  shuffleFor,
  type Shard,
} from '../../src/domain/shard.ts'
import { host } from '../warehouse/temp-warehouse.ts'

const hosts = (count: number) =>
  Array.from({ length: count }, (_, index) => host(`h${String(index).padStart(4, '0')}`))
const ids = (some: readonly { hostId: string }[]) => some.map(({ hostId }) => hostId)

const SHARD: Shard = {
  slot: new Date('2026-11-23T09:05:00Z'),
  shard: 3,
  of: 16,
  population: `v1/raw/populations/date=2026-11-23/${'a'.repeat(64)}.json.gz`,
}

describe('hostsOfShard', () => {
  it('gives every host to exactly one shard, and none more than its share', () => {
    fc.assert(
      fc.property(fc.nat(300), fc.integer({ min: 1, max: 60 }), (count, shardHosts) => {
        const population = hosts(count)
        const of = shardCount(count, shardHosts)
        const parts = Array.from({ length: of }, (_, index) =>
          hostsOfShard(population.toReversed(), { shard: index + 1, of }),
        )
        expect(ids(parts.flat())).toEqual(ids(population))
        for (const part of parts) expect(part.length).toBeLessThanOrEqual(shardHosts)
      }),
    )
  })

  it('keeps the hosts of a subscription together', () => {
    const subscriptions = ['aaaa', 'bbbb', 'cccc', 'dddd']
    const population = Array.from({ length: 40 }, (_, index) =>
      host(`h${index}`, { subscriptionId: subscriptions[index % 4] ?? '' }),
    )
    const part = hostsOfShard(population, { shard: 2, of: 4 })
    expect(new Set(part.map(({ subscriptionId }) => subscriptionId))).toEqual(new Set(['bbbb']))
  })
})

describe('shuffleFor', () => {
  it('is the same for the same slot, and puts each host first in some slot', () => {
    const some = hosts(12)
    const first = new Set<string | undefined>()
    for (let minute = 0; minute < 24 * 60; minute += 5) {
      const slot = new Date(SHARD.slot.getTime() + minute * 60_000)
      const order = ids(shuffleFor(slot, some))
      expect(order).toEqual(ids(shuffleFor(slot, some.toReversed())))
      expect(order.toSorted()).toEqual(ids(some))
      first.add(order[0])
    }
    expect(first.size).toBe(some.length)
  })
})

describe('parseShard', () => {
  it('reads what was formatted, in less than a kilobyte', () => {
    const text = JSON.stringify(formatShard(SHARD))
    expect(text.length).toBeLessThan(1024)
    expect(parseShard(JSON.parse(text))).toEqual(SHARD)
  })

  it.each([
    ['nothing', undefined],
    ['text', 'hello'],
    ['a shard beyond the last', { ...formatShard(SHARD), shard: 17 }],
    ['a shard before the first', { ...formatShard(SHARD), shard: 0 }],
    ['a time that is none', { ...formatShard(SHARD), slot: 'yesterday' }],
    ['a path to elsewhere', { ...formatShard(SHARD), population: '../../etc/passwd' }],
    ['a field more', { ...formatShard(SHARD), hosts: [] }],
  ])('refuses %s', (_, message) => {
    expect(() => parseShard(message)).toThrow("Cannot read a shard's message")
  })
})

describe('shardRunId', () => {
  it.each([
    [3, 16, '20261123T090500Z.s03of16'],
    [1, 1, '20261123T090500Z.s01of01'],
    [7, 128, '20261123T090500Z.s007of128'],
  ])('names shard %i of %i', (shard, of, runId) => {
    expect(shardRunId(SHARD.slot, { shard, of })).toBe(runId)
    expect(isRunId(runId)).toBe(true)
  })
})
