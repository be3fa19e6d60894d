/** Runs that are recorded when their day is compacted already: read once, whatever is killed when. */

import { rm } from 'node:fs/promises'
import { join } from 'node:path'

import { describe, expect, it, vi } from 'vitest'

import type { Store } from '../../src/domain/edges.ts'
import { dailyPath, dayRecordPath, lateMarker } from '../../src/warehouse/paths.ts'
import { pathsIn } from '../storage/stores.ts'
import {
  ask,
  host,
  okPoll,
  openWarehouse,
  recordRun,
  session,
  tempFolder,
  tempWarehouse,
  type TempWarehouse,
} from './temp-warehouse.ts'

// Real files and a real engine: slow where many others work at the same time.
vi.setConfig({ testTimeout: 30_000 })

const HUB = host('hub')
const RUN = '20261121T130000Z'
const SLOT = '2026-11-21T13:00:00Z'

type Opened = Pick<TempWarehouse, 'ledger' | 'queries' | 'days' | 'store' | 'root'>

async function run(warehouse: Opened, slot: string): Promise<void> {
  await recordRun(warehouse, slot, [okPoll(HUB, slot, [session('one')])])
}

async function twoDays(warehouse: Opened): Promise<void> {
  for (const day of ['21', '22']) {
    await run(warehouse, `2026-11-${day}T12:00:00Z`)
    await run(warehouse, `2026-11-${day}T18:00:00Z`)
  }
}

/** All five runs, once in each table. */
async function expectEachOnce({ root }: Pick<Opened, 'root'>): Promise<void> {
  const { rows, warnings } = await ask(
    openWarehouse(root),
    `SELECT count(*)::INTEGER AS runs, count(DISTINCT run_id)::INTEGER AS ids,
       (SELECT count(*) FROM polls)::INTEGER AS polls,
       (SELECT count(DISTINCT run_id) FROM snapshots)::INTEGER AS seen_in,
       (SELECT count(*) FROM snapshots)::INTEGER AS snapshots FROM runs`,
  )
  expect(rows).toEqual([{ runs: 5, ids: 5, polls: 5, seen_in: 5, snapshots: 5 }])
  expect(warnings).toEqual([])
}

const markers = ({ store }: Opened) => pathsIn(store, 'v1/late/')

/** Does something before a file is created. */
const before =
  (path: string, what: () => Promise<unknown>) =>
  (store: Store): Store => ({
    ...store,
    async create(...given) {
      if (given[0] === path) await what()
      return store.create(...given)
    },
  })

const fail = async () => {
  throw new Error('the collector ended')
}

describe('a run of a day that is compacted', () => {
  it('is read from its own files, and changes nothing of the day', async () => {
    await using warehouse = await tempWarehouse()
    await twoDays(warehouse)
    await warehouse.days.compact()
    const sessions = await ask(warehouse, 'FROM sessions ORDER BY ALL')
    await run(warehouse, SLOT)
    expect(await markers(warehouse)).toEqual([lateMarker(RUN)])
    await expectEachOnce(warehouse)
    expect(await ask(warehouse, 'FROM sessions ORDER BY ALL')).toEqual(sessions)
    expect(await warehouse.days.compact()).toEqual([])
    await expectEachOnce(warehouse)
  })

  it('has no marker where the day has it', async () => {
    await using warehouse = await tempWarehouse()
    await twoDays(warehouse)
    await run(warehouse, SLOT)
    await warehouse.days.compact()
    expect(await markers(warehouse)).toEqual([])
    await expectEachOnce(warehouse)
  })

  it.each([
    ['the first daily file', dailyPath('snapshots', '2026-11-21')],
    ['the last daily file', dailyPath('open_sessions', '2026-11-21')],
    ["the day's record", dayRecordPath('2026-11-21')],
  ])('is not lost when it is recorded just before %s', async (_, path) => {
    await using folder = await tempFolder()
    const root = join(folder.root, 'warehouse')
    const other = openWarehouse(root)
    const warehouse = openWarehouse(root, { wrap: before(path, () => run(other, SLOT)) })
    await twoDays(warehouse)
    await warehouse.days.compact()
    expect(await markers(warehouse)).toEqual([lateMarker(RUN)])
    await expectEachOnce(warehouse)
  })

  it('is marked by recovery when its collector ended before it could', async () => {
    await using folder = await tempFolder()
    const root = join(folder.root, 'warehouse')
    const warehouse = openWarehouse(root, { wrap: before(lateMarker(RUN), fail) })
    await twoDays(warehouse)
    await warehouse.days.compact()
    await expect(run(warehouse, SLOT)).rejects.toThrow('the collector ended')
    expect(await markers(warehouse)).toEqual([])
    await openWarehouse(root).ledger.recover()
    await expectEachOnce(warehouse)
  })

  it('is marked by the next compaction when the one before ended too early', async () => {
    await using folder = await tempFolder()
    const root = join(folder.root, 'warehouse')
    const other = openWarehouse(root)
    let recorded = false
    const record = async () => {
      if (!recorded) await run(other, SLOT)
      recorded = true
    }
    const warehouse = openWarehouse(root, {
      wrap: (store) =>
        before(lateMarker(RUN), fail)(before(dayRecordPath('2026-11-21'), record)(store)),
    })
    await twoDays(warehouse)
    await expect(warehouse.days.compact()).rejects.toThrow('the collector ended')
    expect(await markers(warehouse)).toEqual([])
    await other.days.compact()
    expect(await markers(warehouse)).toEqual([lateMarker(RUN)])
    await expectEachOnce(warehouse)
  })

  it('is late for the next compaction, when one had begun to store the day without it', async () => {
    await using folder = await tempFolder()
    const root = join(folder.root, 'warehouse')
    const path = dailyPath('polls', '2026-11-21')
    const warehouse = openWarehouse(root, { wrap: before(path, fail) })
    await twoDays(warehouse)
    await expect(warehouse.days.compact()).rejects.toThrow('the collector ended')
    await run(warehouse, SLOT)
    expect(await openWarehouse(root).days.compact()).toMatchObject([
      { date: '2026-11-21', outcome: 'compacted' },
      { date: '2026-11-22', outcome: 'compacted' },
    ])
    expect(await markers(warehouse)).toEqual([lateMarker(RUN)])
    await expectEachOnce(warehouse)
  })

  it('is read once where the day loses its record, and is compacted again', async () => {
    await using warehouse = await tempWarehouse()
    await twoDays(warehouse)
    const early = openWarehouse(warehouse.root, { now: '2026-11-22T12:00:00Z' })
    await early.days.compact()
    await run(warehouse, SLOT)
    await rm(join(warehouse.root, dayRecordPath('2026-11-21')))
    await expectEachOnce(warehouse)
    expect(await warehouse.days.compact()).toMatchObject([
      { outcome: 'compacted', runs: 2 },
      { outcome: 'compacted', runs: 2 },
    ])
    await expectEachOnce(warehouse)
  })
})
