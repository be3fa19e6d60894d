import { truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'

import { describe, expect, it, vi } from 'vitest'

import type { Host } from '../../src/domain/host.ts'
import { shardRunId, slotRunId, type RunRecord } from '../../src/domain/run.ts'
import { hostsOfShard } from '../../src/domain/shard.ts'
import { runPaths } from '../../src/warehouse/paths.ts'
import { openShards } from '../../src/warehouse/shards.ts'
import {
  ask,
  host,
  okPoll,
  recordRun,
  runStart,
  session,
  tempWarehouse,
  type TempWarehouse,
} from './temp-warehouse.ts'

// Real files and a real engine: slow where many others work at the same time.
vi.setConfig({ testTimeout: 30_000 })

const at = (time: string) => `2026-11-23T${time}:00Z`
const SLOT = new Date(at('09:05'))
const HOSTS = ['a', 'b', 'c', 'd'].map((name) => host(name))

const shardsOf = ({ store, scratch }: TempWarehouse) => openShards(store, scratch)

/** Records the whole of a run in two shards, and those of them that are named. */
async function recordSharded(
  warehouse: TempWarehouse,
  slot: string,
  hosts: readonly Host[],
  recorded: readonly number[] = [1, 2],
): Promise<(RunRecord | null)[]> {
  const population = await shardsOf(warehouse).storeHosts(new Date(slot), hosts)
  const { subscriptions } = runStart(slot, hosts)
  await recordRun(warehouse, slot, [], {
    subscriptions,
    shards: { count: 2, hosts: hosts.length, population },
  })
  const records: (RunRecord | null)[] = []
  for (const shard of recorded) {
    const polls = hostsOfShard(hosts, { shard, of: 2 }).map((one) =>
      okPoll(one, slot, [session(`at-${one.name}`)]),
    )
    records.push(
      await recordRun(warehouse, slot, polls, {
        runId: shardRunId(new Date(slot), { shard, of: 2 }),
        trigger: 'shard',
        subscriptions: [],
      }),
    )
  }
  return records
}

describe('openShards', () => {
  it('brings the hosts back as they were listed', async () => {
    await using warehouse = await tempWarehouse()
    const shards = shardsOf(warehouse)
    const bare = host('zero', { location: null, sku: null, scaleUnits: null, tags: {} })
    const path = await shards.storeHosts(SLOT, [...HOSTS, bare])
    expect(path).toMatch(/^v1\/raw\/populations\/date=2026-11-23\/[0-9a-f]{64}\.json\.gz$/)
    expect(await shards.readHosts(path)).toEqual([...HOSTS, bare])
  })

  it('keeps the same hosts of one day once, in whatever order they are asked', async () => {
    await using warehouse = await tempWarehouse()
    const shards = shardsOf(warehouse)
    const path = await shards.storeHosts(SLOT, HOSTS)
    const known = HOSTS.map((one) => ({ ...one, lastOkAt: new Date(), subscriptionName: 'Prod' }))
    expect(await shards.storeHosts(new Date(at('23:55')), known.toReversed())).toBe(path)
    expect(await shards.storeHosts(SLOT, HOSTS.slice(1))).not.toBe(path)
    expect(await shards.storeHosts(new Date('2026-11-24T00:00:00Z'), HOSTS)).not.toBe(path)
  })

  it.each([
    ['cut short', (file: string) => truncate(file, 40)],
    ['other hosts', (file: string) => writeFile(file, gzipSync('{"schema_version":1,"hosts":[]}'))],
  ])('refuses a file that is %s', async (_, damage) => {
    await using warehouse = await tempWarehouse()
    const path = await shardsOf(warehouse).storeHosts(SLOT, HOSTS)
    await damage(join(warehouse.root, path))
    await expect(shardsOf(warehouse).readHosts(path)).rejects.toMatchObject({ code: 'damaged' })
  })

  it('refuses a file that is missing', async () => {
    await using warehouse = await tempWarehouse()
    const path = `v1/raw/populations/date=2026-11-23/${'0'.repeat(64)}.json.gz`
    await expect(shardsOf(warehouse).readHosts(path)).rejects.toMatchObject({ code: 'damaged' })
  })

  it('knows which shards of a slot are recorded, and how the slot is split', async () => {
    await using warehouse = await tempWarehouse()
    await recordSharded(warehouse, at('09:05'), HOSTS, [2])
    const shards = shardsOf(warehouse)
    expect(await shards.has(SLOT, { shard: 2, of: 2 })).toBe(true)
    expect(await shards.has(SLOT, { shard: 1, of: 2 })).toBe(false)
    expect(await shards.has(new Date(at('09:10')), { shard: 2, of: 2 })).toBe(false)
    expect(await shards.planOf(SLOT)).toMatchObject({ count: 2, hosts: 4 })
    expect(await shards.planOf(new Date(at('09:10')))).toBeNull()
  })

  it('knows a shard that was recorded under a second name', async () => {
    await using warehouse = await tempWarehouse()
    const { polls } = runPaths(`${slotRunId(SLOT)}.s01of02`)
    await warehouse.store.create(polls, { text: 'of one who died before the record' })
    const [record] = await recordSharded(warehouse, at('09:05'), HOSTS, [1])
    expect(record?.run_id).toMatch(/^20261123T090500Z-\w{4}\.s01of02$/)
    expect(await shardsOf(warehouse).has(SLOT, { shard: 1, of: 2 })).toBe(true)
    expect(await recordSharded(warehouse, at('09:05'), HOSTS, [1])).toEqual([null])
    const { rows } = await ask(warehouse, 'SELECT shards_recorded FROM runs WHERE shards = 2')
    expect(rows).toEqual([{ shards_recorded: 1 }])
  })
})

const LISTED = 'SELECT host_name FROM hosts WHERE listed ORDER BY host_name'
const names = (rows: Record<string, unknown>[]) => rows.map(({ host_name }) => host_name)

describe('a run in shards', () => {
  it('is one row with what its shards add up to', async () => {
    await using warehouse = await tempWarehouse()
    await recordSharded(warehouse, at('09:05'), HOSTS)
    const { rows } = await ask(
      warehouse,
      `SELECT run_id, parent_run_id, outcome, shards, shards_recorded, subscriptions_ok,
        hosts_expected, hosts_ok, hosts_failed, hosts_skipped, sessions FROM runs ORDER BY run_id`,
    )
    const part = {
      parent_run_id: '20261123T090500Z',
      outcome: 'ok',
      shards: null,
      shards_recorded: null,
      subscriptions_ok: 0,
      hosts_expected: 2,
      hosts_ok: 2,
      hosts_failed: 0,
      hosts_skipped: 0,
      sessions: 2,
    }
    expect(rows).toEqual([
      {
        ...part,
        run_id: '20261123T090500Z',
        parent_run_id: null,
        shards: 2,
        shards_recorded: 2,
        subscriptions_ok: 1,
        hosts_expected: 4,
        hosts_ok: 4,
        sessions: 4,
      },
      { ...part, run_id: '20261123T090500Z.s01of02' },
      { ...part, run_id: '20261123T090500Z.s02of02' },
    ])
  })

  it('is partial while a shard is missing', async () => {
    await using warehouse = await tempWarehouse()
    await recordSharded(warehouse, at('09:05'), HOSTS, [1])
    const { rows } = await ask(
      warehouse,
      'SELECT outcome, hosts_ok, hosts_skipped FROM runs WHERE shards IS NOT NULL',
    )
    expect(rows).toEqual([{ outcome: 'partial', hosts_ok: 2, hosts_skipped: 2 }])
  })

  it('proves that a host is gone when all of it has arrived, and not before', async () => {
    await using warehouse = await tempWarehouse()
    await recordSharded(warehouse, at('09:05'), HOSTS)
    await recordSharded(warehouse, at('09:10'), HOSTS.slice(1), [2])
    expect(names((await ask(warehouse, LISTED)).rows)).toEqual(['a', 'b', 'c', 'd'])
    expect((await ask(warehouse, 'FROM active_sessions')).rows).toHaveLength(4)
    await recordSharded(warehouse, at('09:15'), HOSTS.slice(1))
    expect(names((await ask(warehouse, LISTED)).rows)).toEqual(['b', 'c', 'd'])
    expect((await ask(warehouse, 'FROM active_sessions')).rows).toHaveLength(3)
  })

  it('is known by its last whole list', async () => {
    await using warehouse = await tempWarehouse()
    await recordSharded(warehouse, at('09:05'), HOSTS)
    await recordSharded(warehouse, at('09:10'), HOSTS, [2])
    const known = await warehouse.ledger.knownHosts()
    expect(known.map(({ name }) => name)).toEqual(['a', 'b', 'c', 'd'])
    expect(known[0]?.subscriptionName).toBe('Subscription 1111')
  })
})
