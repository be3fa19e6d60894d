/** Days of all kinds, each compacted, and no answer changed by it. */

import { describe, expect, it, vi } from 'vitest'

import { COMPACT_STEPS, type CompactedDay } from '../../src/domain/edges.ts'
import type { Poll } from '../../src/domain/poll.ts'
import { shardRunId } from '../../src/domain/run.ts'
import { hostsOfShard } from '../../src/domain/shard.ts'
import { openShards } from '../../src/warehouse/shards.ts'
import { fileTree } from '../end-to-end/stored.ts'
import { allAnswers } from './all-answers.ts'
import {
  ask,
  failedPoll,
  host,
  okPoll,
  openWarehouse,
  recordRun,
  runStart,
  session,
  tempWarehouse,
  type TempWarehouse,
} from './temp-warehouse.ts'

// Real files and a real engine: slow where many others work at the same time.
vi.setConfig({ testTimeout: 30_000 })

const [a, b] = [host('hub-a'), host('hub-b')]
const at = (day: number, time: string) => `2026-11-${day}T${time}:00Z`

/** A run of both hosts, the first of which has these sessions. */
async function run(warehouse: TempWarehouse, slot: string, ...ids: string[]): Promise<void> {
  const sessions = ids.map((id) => session(id))
  await recordRun(warehouse, slot, [okPoll(a, slot, sessions), okPoll(b, slot)])
}

const brief = (days: readonly CompactedDay[]) =>
  days.map(({ date, outcome }) => `${date.slice(-2)} ${outcome}`)

/** Compacts, and sees to it that all answers are as before. */
async function compactUnchanged(warehouse: TempWarehouse): Promise<string[]> {
  const before = await allAnswers(warehouse)
  const days = await warehouse.days.compact()
  expect(await allAnswers(openWarehouse(warehouse.root))).toEqual(before)
  return brief(days)
}

describe('a day', () => {
  it('follows on one with days without runs between', async () => {
    await using warehouse = await tempWarehouse()
    await run(warehouse, at(15, '12:00'), 'one', 'both')
    await run(warehouse, at(21, '12:00'), 'both', 'two')
    await run(warehouse, at(21, '18:00'))
    await run(warehouse, at(23, '10:00'), 'three')
    expect(await compactUnchanged(warehouse)).toEqual(['15 compacted', '21 compacted', '23 open'])
  })

  it('has a last run that is answered after midnight', async () => {
    await using warehouse = await tempWarehouse()
    for (const day of [20, 21]) {
      await run(warehouse, at(day, '12:00'), 'noon', 'always')
      const late = at(day + 1, '00:01')
      await recordRun(warehouse, at(day, '23:59'), [
        okPoll(a, late, [session('always'), session(`late-${day}`)]),
        okPoll(b, at(day, '23:59'), [session('early')]),
      ])
    }
    await run(warehouse, at(22, '12:00'), 'always')
    expect(await compactUnchanged(warehouse)).toEqual([
      '20 compacted',
      '21 compacted',
      '22 compacted',
    ])
  })

  it('has such a run before days without any', async () => {
    await using warehouse = await tempWarehouse()
    await run(warehouse, at(15, '12:00'), 'noon')
    await recordRun(warehouse, at(15, '23:59'), [okPoll(a, at(16, '00:01'), [session('late')])])
    expect(await compactUnchanged(warehouse)).toEqual(['15 compacted'])
    await run(warehouse, at(21, '12:00'), 'other')
    expect(await compactUnchanged(warehouse)).toEqual(['21 compacted'])
    await run(warehouse, at(22, '12:00'), 'other')
    await run(warehouse, at(23, '09:00'), 'new')
    expect(await compactUnchanged(warehouse)).toEqual(['22 compacted', '23 open'])
    const { rows } = await ask(
      warehouse,
      "SELECT session_id, snapshots, ended_before FROM sessions WHERE session_id = 'late'",
    )
    expect(rows).toEqual([
      { session_id: 'late', snapshots: 1, ended_before: '2026-11-21T12:00:01Z' },
    ])
  })

  it('has nothing but runs that failed', async () => {
    await using warehouse = await tempWarehouse()
    await run(warehouse, at(20, '12:00'), 'open')
    for (const time of ['11:00', '12:00']) {
      const error = { code: 'unreachable', message: 'Azure did not answer' }
      await recordRun(warehouse, at(21, time), [], { subscriptions: [], error })
    }
    await recordRun(warehouse, at(22, '12:00'), [failedPoll(a, at(22, '12:00'))])
    expect(await compactUnchanged(warehouse)).toEqual([
      '20 compacted',
      '21 compacted',
      '22 compacted',
    ])
    await run(warehouse, at(23, '10:00'), 'open')
    const { rows } = await ask(warehouse, 'SELECT session_id, state, snapshots FROM sessions')
    expect(rows).toEqual([{ session_id: 'open', state: 'active', snapshots: 2 }])
  })

  it('begins with runs that failed, and has runs without a session', async () => {
    await using warehouse = await tempWarehouse()
    await recordRun(warehouse, at(20, '12:00'), [])
    await run(warehouse, at(21, '06:00'))
    await run(warehouse, at(21, '12:00'))
    expect(await compactUnchanged(warehouse)).toEqual(['20 compacted', '21 compacted'])
  })

  it('has runs in shards, not all of which came', async () => {
    await using warehouse = await tempWarehouse()
    const hosts = ['a', 'b', 'c', 'd'].map((name) => host(name))
    for (const [day, recorded] of [
      [20, [1, 2]],
      [21, [2]],
    ] as const) {
      const slot = at(day, '12:00')
      const population = await openShards(warehouse.store, warehouse.scratch).storeHosts(
        new Date(slot),
        hosts,
      )
      const { subscriptions } = runStart(slot, hosts)
      const shards = { count: 2, hosts: hosts.length, population }
      await recordRun(warehouse, slot, [], { subscriptions, shards })
      for (const shard of recorded) {
        const some = hostsOfShard(hosts, { shard, of: 2 })
        const polls = some.map((one): Poll => okPoll(one, slot, [session(`on-${one.name}`)]))
        await recordRun(warehouse, slot, polls, {
          runId: shardRunId(new Date(slot), { shard, of: 2 }),
          trigger: 'shard',
          subscriptions: [],
        })
      }
    }
    expect(await compactUnchanged(warehouse)).toEqual(['20 compacted', '21 compacted'])
  })

  it('is open until two hours after its midnight', async () => {
    await using warehouse = await tempWarehouse()
    await run(warehouse, at(22, '12:00'), 'one')
    const early = openWarehouse(warehouse.root, { now: '2026-11-23T01:59:59Z' })
    expect(await early.days.compact()).toMatchObject([
      { date: '2026-11-22', outcome: 'open', why: 'it is closed at 2026-11-23 02:00', runs: 1 },
    ])
    const due = openWarehouse(warehouse.root, { now: '2026-11-23T02:00:00Z' })
    expect(brief(await due.days.compact())).toEqual(['22 compacted'])
  })

  it('is open while a run of it is under way, and holds up the next', async () => {
    await using warehouse = await tempWarehouse()
    for (const day of [20, 21, 22]) await run(warehouse, at(day, '12:00'), 'one')
    const slot = at(21, '23:55')
    {
      await using writer = await warehouse.ledger.begin(runStart(slot, [a]), [a])
      await writer.add(okPoll(a, slot, [session('slow')]))
      expect(await warehouse.days.compact()).toMatchObject([
        { outcome: 'compacted' },
        { outcome: 'open', why: 'a run of it is under way' },
        { outcome: 'waiting', why: '2026-11-21 comes first' },
      ])
      await writer.commit(new Date(slot))
    }
    expect(await compactUnchanged(warehouse)).toEqual(['21 compacted', '22 compacted'])
  })

  it('gets what a crashed run of it had been answered, before it is compacted', async () => {
    await using warehouse = await tempWarehouse()
    await run(warehouse, at(21, '12:00'), 'one')
    const slot = at(21, '12:05')
    {
      await using writer = await warehouse.ledger.begin(runStart(slot, [a]), [a])
      await writer.add(okPoll(a, slot, [session('one'), session('crashed')]))
    }
    expect(await warehouse.days.compact()).toMatchObject([{ outcome: 'compacted', runs: 2 }])
    const { rows } = await ask(warehouse, 'SELECT session_id FROM sessions ORDER BY ALL')
    expect(rows).toEqual([{ session_id: 'crashed' }, { session_id: 'one' }])
  })

  it('that comes when a later one is compacted stays as it is, and is answered', async () => {
    await using warehouse = await tempWarehouse()
    for (const day of [20, 22]) await run(warehouse, at(day, '12:00'), `on-${day}`)
    expect(brief(await warehouse.days.compact())).toEqual(['20 compacted', '22 compacted'])
    const { rows: hosts } = await ask(warehouse, 'FROM hosts ORDER BY ALL')
    const old = host('hub-old')
    const slot = at(21, '12:00')
    await recordRun(warehouse, slot, [okPoll(old, slot, [session('on-21')])])
    expect(await warehouse.days.compact()).toMatchObject([
      { date: '2026-11-21', outcome: 'waiting' },
    ])
    const { rows } = await ask(
      warehouse,
      `SELECT (SELECT count(*) FROM polls)::INTEGER AS polls, (SELECT count(*) FROM runs)::INTEGER AS runs,
         (SELECT count(DISTINCT session_id) FROM snapshots)::INTEGER AS sessions`,
    )
    expect(rows).toEqual([{ polls: 5, runs: 3, sessions: 3 }])
    // What it knows of the present is the newest day's.
    const after = await ask(warehouse, "FROM hosts WHERE host_name <> 'hub-old' ORDER BY ALL")
    expect(after.rows).toEqual(hosts)
    const gone = await ask(warehouse, "SELECT listed FROM hosts WHERE host_name = 'hub-old'")
    expect(gone.rows).toEqual([{ listed: false }])
  })
})

describe('compact', () => {
  it('only says what it would do in a dry run', async () => {
    await using warehouse = await tempWarehouse()
    for (const day of [21, 22, 23]) await run(warehouse, at(day, '11:00'), 'one')
    {
      // Of a crashed collector: to be recovered, but not now.
      await using writer = await warehouse.ledger.begin(runStart(at(23, '11:30'), [a]), [a])
      await writer.add(okPoll(a, at(23, '11:30')))
    }
    const before = await fileTree(warehouse.root)
    const days = await warehouse.days.compact({ dryRun: true })
    expect(brief(days)).toEqual(['21 ready', '22 ready', '23 open'])
    expect(await fileTree(warehouse.root)).toEqual(before)
  })

  it('finds nothing to do in a warehouse that is not there', async () => {
    await using warehouse = await tempWarehouse()
    expect(await warehouse.days.compact()).toEqual([])
    expect(await fileTree(warehouse.root)).toEqual({})
  })

  it('tells each step as it begins', async () => {
    await using warehouse = await tempWarehouse()
    for (const day of [21, 22]) await run(warehouse, at(day, '12:00'), 'one')
    const told: [string, string][] = []
    await warehouse.days.compact({ progress: (date, step) => told.push([date, step]) })
    const dates = ['2026-11-21', '2026-11-22']
    expect(told).toEqual(dates.flatMap((date) => COMPACT_STEPS.map((step) => [date, step])))
  })

  it.each(COMPACT_STEPS)(
    'leaves everything whole when it is stopped at the step %s',
    async (step) => {
      await using warehouse = await tempWarehouse()
      for (const day of [21, 22]) await run(warehouse, at(day, '12:00'), 'one')
      const before = await allAnswers(warehouse, ['snapshots', 'sessions'])
      const stop = new AbortController()
      const reason = new Error('stop')
      const progress = (date: string, now: string) => {
        if (date === '2026-11-22' && now === step) stop.abort(reason)
      }
      await expect(warehouse.days.compact({ signal: stop.signal, progress })).rejects.toBe(reason)
      expect(await allAnswers(warehouse, ['snapshots', 'sessions'])).toEqual(before)
      expect(brief(await warehouse.days.compact())).toEqual(['22 compacted'])
      expect(await allAnswers(warehouse, ['snapshots', 'sessions'])).toEqual(before)
    },
  )
})
