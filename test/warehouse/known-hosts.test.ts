import { rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { describe, expect, it, vi } from 'vitest'

import { unreachedPoll } from '../../src/domain/poll.ts'
import type { RunStart } from '../../src/domain/run.ts'
import { runPaths } from '../../src/warehouse/paths.ts'
import { failedPoll, host, okPoll, recordRun, runStart, tempWarehouse } from './temp-warehouse.ts'

// Real files and a real engine: slow where many others work at the same time.
vi.setConfig({ testTimeout: 30_000 })

const OTHER = '22222222-2222-2222-2222-222222222222'
const at = (time: string) => `2026-11-23T${time}:00Z`

/** A run that knows all that older ones do. */
const EVERYBODY: Partial<RunStart> = {
  discovery: 'arm',
  filter: { include: [], exclude: [], managementGroup: null },
}

/** The start of a run in which this subscription could not be listed. */
function unlisted(slot: string, subscriptionId: string) {
  const { subscriptions } = runStart(slot, [host('x'), host('y', { subscriptionId: OTHER })])
  return {
    subscriptions: subscriptions.map((one) =>
      one.subscriptionId === subscriptionId
        ? { ...one, outcome: 'denied' as const, hosts: null }
        : one,
    ),
  }
}

describe('knownHosts', () => {
  it('knows none in a new warehouse', async () => {
    await using warehouse = await tempWarehouse()
    expect(await warehouse.ledger.knownHosts()).toEqual([])
  })

  it('brings a host back as it was listed, with the time of its last turn', async () => {
    await using warehouse = await tempWarehouse()
    const bare = host('Bare', {
      location: null,
      sku: null,
      scaleUnits: null,
      provisioningState: null,
      features: {},
      tags: {},
    })
    const never = host('never')
    await recordRun(warehouse, at('09:00'), [
      okPoll(host('Hub'), at('09:00')),
      okPoll(bare, at('09:00')),
    ])
    await recordRun(warehouse, at('09:05'), [
      unreachedPoll(host('Hub'), 'deadline'),
      failedPoll(bare, at('09:05')),
      unreachedPoll(never, 'deadline'),
    ])
    const listed = {
      listedAt: new Date('2026-11-23T09:05:01Z'),
      subscriptionName: 'Subscription 1111',
    }
    expect(await warehouse.ledger.knownHosts()).toEqual([
      { ...bare, ...listed, lastAskedAt: new Date('2026-11-23T09:05:01Z') },
      { ...host('Hub'), ...listed, lastAskedAt: new Date('2026-11-23T09:00:01Z') },
      { ...never, ...listed, lastAskedAt: null },
    ])
  })

  it('brings back tags of any text', async () => {
    await using warehouse = await tempWarehouse()
    const odd = { half: '\ud83d', 'quo"te\\': "it's", ['line\u2028\n']: '\u0000😀' }
    await recordRun(warehouse, at('09:00'), [okPoll(host('Hub', { tags: odd }), at('09:00'))])
    expect(await warehouse.ledger.knownHosts()).toMatchObject([{ tags: odd }])
  })

  it('takes each subscription from the newest run that listed it', async () => {
    await using warehouse = await tempWarehouse()
    const there = host('there', { subscriptionId: OTHER })
    await recordRun(warehouse, at('09:00'), [
      okPoll(host('gone'), at('09:00')),
      okPoll(host('stays'), at('09:00')),
      okPoll(there, at('09:00')),
    ])
    // A run over one subscription says nothing of the other.
    await recordRun(warehouse, at('09:05'), [okPoll(host('stays'), at('09:05'))])
    const names = (await warehouse.ledger.knownHosts()).map(({ name }) => name)
    expect(names).toEqual(['stays', 'there'])
  })

  it('does not take the hosts of a run that could not list them for all there are', async () => {
    await using warehouse = await tempWarehouse()
    await recordRun(warehouse, at('09:00'), [
      okPoll(host('a'), at('09:00')),
      okPoll(host('b'), at('09:00')),
    ])
    await recordRun(
      warehouse,
      at('09:05'),
      [okPoll(host('a'), at('09:05'))],
      unlisted(at('09:05'), host('a').subscriptionId),
    )
    const known = await warehouse.ledger.knownHosts()
    expect(known.map(({ name, listedAt }) => [name, listedAt])).toEqual([
      ['a', new Date('2026-11-23T09:00:01Z')],
      ['b', new Date('2026-11-23T09:00:01Z')],
    ])
  })

  it('takes the shards of a run together', async () => {
    await using warehouse = await tempWarehouse()
    for (const [index, name] of ['a', 'b', 'c'].entries()) {
      const runId = `20261123T090500Z.s0${index + 1}of03`
      await recordRun(warehouse, at('09:05'), [okPoll(host(name), at('09:05'))], {
        runId,
        trigger: 'shard',
      })
    }
    const names = (await warehouse.ledger.knownHosts()).map(({ name }) => name)
    expect(names).toEqual(['a', 'b', 'c'])
  })

  it('takes what was polled where no run listed it', async () => {
    await using warehouse = await tempWarehouse()
    await recordRun(
      warehouse,
      at('09:05'),
      [okPoll(host('a'), at('09:05'))],
      unlisted(at('09:05'), host('a').subscriptionId),
    )
    const known = await warehouse.ledger.knownHosts()
    expect(known.map(({ name, listedAt }) => [name, listedAt])).toEqual([['a', null]])
  })

  it('forgets what the last day of runs does not have', async () => {
    await using warehouse = await tempWarehouse()
    await recordRun(warehouse, '2026-11-22T09:04:00Z', [
      okPoll(host('old'), '2026-11-22T09:04:00Z'),
    ])
    await recordRun(warehouse, '2026-11-22T09:05:00Z', [
      okPoll(host('edge', { subscriptionId: OTHER }), '2026-11-22T09:05:00Z'),
    ])
    await recordRun(warehouse, at('09:05'), [])
    expect((await warehouse.ledger.knownHosts()).map(({ name }) => name)).toEqual(['edge'])
  })

  it('says the same of one run, whether or not others have to be compared with it', async () => {
    const polls = [
      okPoll(host('a'), at('09:00')),
      failedPoll(host('b', { tags: { half: '\ud83d' }, location: null }), at('09:00')),
      okPoll(host('c', { subscriptionId: OTHER, scaleUnits: null, features: {} }), at('09:00')),
    ]
    const known = async (overrides: Partial<RunStart>) => {
      await using warehouse = await tempWarehouse()
      await recordRun(warehouse, at('09:00'), polls, overrides)
      return await warehouse.ledger.knownHosts()
    }
    const alone = await known(EVERYBODY)
    expect(alone.map(({ name }) => name)).toEqual(['a', 'b', 'c'])
    expect(alone).toEqual(await known({}))
  })

  it.each(
    ['missing', 'cut', 'altered', 'record'].flatMap((damage) => [
      { damage, overrides: {} },
      { damage, overrides: EVERYBODY },
    ]),
  )('goes on without a $damage file', async ({ damage, overrides }) => {
    await using warehouse = await tempWarehouse()
    await recordRun(warehouse, at('09:00'), [okPoll(host('a'), at('09:00'))])
    const polls = [okPoll(host('b'), at('09:05'))]
    const record = await recordRun(warehouse, at('09:05'), polls, overrides)
    const paths = runPaths(record?.run_id ?? '')
    const file = join(warehouse.root, paths.polls)
    if (damage === 'missing') await rm(file)
    if (damage === 'cut') await truncate(file, 100)
    if (damage === 'altered') await writeFile(file, `PAR1${'x'.repeat(3000)}PAR1`)
    if (damage === 'record') await writeFile(join(warehouse.root, paths.record), '{"cut')
    expect((await warehouse.ledger.knownHosts()).map(({ name }) => name)).toEqual(['a'])
  })
})
