/** Compaction in a container: the same days, and the same answers from any machine. */

import { readdir, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

import type { Store } from '../../src/domain/edges.ts'
import { dailyPath, dayRecordPath } from '../../src/warehouse/paths.ts'
import { startAzurite, type Azurite } from '../azurite.ts'
import { filesIn } from '../end-to-end/stored.ts'
import { blobsAt, cacheIn, openFaultyBlobs, pathsIn } from '../storage/stores.ts'
import { allAnswers } from './all-answers.ts'
import { fewDays, type FewDays } from './few-days.ts'
import { ask, openWarehouse, tempFolder } from './temp-warehouse.ts'

// Real files and a real engine: slow where many others work at the same time.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

const opened = new AsyncDisposableStack()
let azurite: Azurite
let days: FewDays
beforeAll(async () => {
  azurite = opened.use(await startAzurite())
  days = opened.use(await fewDays())
})
afterAll(() => opened.disposeAsync())

async function upload(store: Store): Promise<void> {
  await using from = await days.raw()
  for (const path of await filesIn(join(from.root, 'v1'))) {
    await store.create(`v1/${path}`, { file: join(from.root, 'v1', path) })
  }
}

describe('compact, in a container', () => {
  it('changes no answer, on this machine or another', async () => {
    await using folder = await tempFolder()
    const url = `${await azurite.createContainer()}/ledger`
    const machine = (name: string) => {
      const root = join(folder.root, name)
      return openWarehouse(root, { wrap: () => blobsAt(azurite, url, { cache: cacheIn(root) }) })
    }
    const [one, other] = [machine('one'), machine('other')]
    await upload(one.store)
    const raw = await pathsIn(one.store, 'v1/raw/')
    expect(await allAnswers(one)).toEqual(days.answers)
    expect(await allAnswers(other)).toEqual(days.answers)
    expect(await one.days.compact()).toMatchObject([
      { date: '2026-11-20', outcome: 'compacted', runs: 3, rows: 4 },
      { date: '2026-11-21', outcome: 'compacted', runs: 3, rows: 4 },
      { date: '2026-11-22', outcome: 'compacted', runs: 3, rows: 4 },
    ])
    expect(await allAnswers(one)).toEqual(days.answers)
    expect(await allAnswers(other)).toEqual(days.answers)
    expect(await allAnswers(machine('third'))).toEqual(days.answers)
    expect(await other.days.compact()).toEqual([])
    expect(await pathsIn(one.store, 'v1/raw/')).toEqual(raw)
    const left = await filesIn(one.scratch)
    expect(left.filter((file) => !file.startsWith('kept/'))).toEqual([])
  })

  it('goes on where another machine was killed, and with one at the same time', async () => {
    await using folder = await tempFolder()
    const url = `${await azurite.createContainer()}/ledger`
    const machine = (name: string, wrap = (store: Store) => store) => {
      const root = join(folder.root, name)
      const store = wrap(blobsAt(azurite, url, { cache: cacheIn(root) }))
      return openWarehouse(root, { wrap: () => store })
    }
    await upload(machine('one').store)
    const killed = machine('killed', (store) => ({
      ...store,
      async create(...given) {
        if (given[0] === dayRecordPath('2026-11-20')) throw new Error('killed')
        return store.create(...given)
      },
    }))
    await expect(killed.days.compact()).rejects.toThrow('killed')
    expect(await allAnswers(killed)).toEqual(days.answers)
    const [one, other] = [machine('one'), machine('other')]
    const both = await Promise.all([one.days.compact(), other.days.compact()])
    expect(both.flat().map(({ outcome }) => outcome)).not.toContain('damaged')
    expect(await pathsIn(one.store, 'v1/days/')).toHaveLength(3)
    expect(await allAnswers(one)).toEqual(days.answers)
  })

  it('is kept in one file on each machine, also after what was fetched is compared again', async () => {
    await using folder = await tempFolder()
    const url = `${await azurite.createContainer()}/ledger`
    const root = join(folder.root, 'one')
    const warehouse = openWarehouse(root, {
      wrap: () => blobsAt(azurite, url, { cache: cacheIn(root) }),
    })
    await upload(warehouse.store)
    await warehouse.days.compact()
    const sql = 'FROM sessions ORDER BY session_id'
    const made = await ask(warehouse, sql)
    expect(await ask(warehouse, sql)).toEqual(made)
    const keptIn = () => readdir(join(warehouse.scratch, 'kept'))
    const kept = await keptIn()
    expect(kept).toEqual([expect.stringMatching(/^ended-2026-11-[0-9a-f]{32}\.parquet$/)])
    const cached = (await filesIn(root)).filter((file) => file.includes('daily/sessions/'))
    expect(cached).toHaveLength(3)
    const before = new Date(Date.now() - 2 * 86_400_000)
    for (const file of cached) await utimes(join(root, file), before, before)
    expect(await ask(warehouse, sql)).toEqual(made)
    for (const file of cached) {
      expect((await stat(join(root, file))).mtimeMs).toBeGreaterThan(before.getTime())
    }
    expect(await keptIn()).toEqual(kept)
  })

  it('is read around what the network loses or alters', async () => {
    await using blobs = await openFaultyBlobs(azurite)
    const warehouse = openWarehouse(blobs.root, { wrap: () => blobs.store })
    await upload(blobs.direct)
    await openWarehouse(blobs.root, { wrap: () => blobs.direct }).days.compact()
    const [altered, missing] = [
      dailyPath('snapshots', '2026-11-21'),
      dailyPath('open_sessions', '2026-11-22'),
    ]
    blobs.proxy.fault = ({ path }) => {
      const name = decodeURIComponent(path)
      if (name.includes(altered)) return { kind: 'altered' }
      return name.includes(missing)
        ? { kind: 'status', status: 404, code: 'BlobNotFound' }
        : undefined
    }
    const { rows, warnings } = await allAnswers(warehouse)
    expect(rows).toEqual(days.answers.rows)
    expect(warnings.toSorted()).toEqual([
      `"${missing}" is replaced by the raw files of its day: it is missing`,
      `"${altered}" is replaced by the raw files of its day: it is cut short or altered`,
    ])
  })
})
