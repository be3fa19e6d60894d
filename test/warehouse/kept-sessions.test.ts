import { mkdir, readdir, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

import { runPaths } from '../../src/warehouse/paths.ts'
import { alter, dropRows } from './break-file.ts'
import {
  ask,
  host,
  okPoll,
  recordRun,
  session,
  tempWarehouse,
  type TempWarehouse,
} from './temp-warehouse.ts'

// Real files and a real engine: slow where many others work at the same time.
vi.setConfig({ testTimeout: 30_000 })

const hub = host('bas-hub')
const slots = Array.from(
  { length: 12 },
  (_, index) => `2026-11-23T0${index < 6 ? 8 : 9}:${String((index % 6) * 10).padStart(2, '0')}:00Z`,
)
const SQL = 'FROM sessions ORDER BY session_id, first_seen_at'

/** One session a slot, each of three slots. */
const pollAt = (index: number) =>
  okPoll(
    hub,
    slots[index] ?? '',
    [index, index - 1, index - 2].filter((at) => at >= 0).map((at) => session(`s-${at}`)),
  )

const keptIn = ({ scratch }: TempWarehouse) => readdir(join(scratch, 'kept')).catch(() => [])
const forget = ({ scratch }: TempWarehouse) =>
  rm(join(scratch, 'kept'), { recursive: true, force: true })

let warehouse: TempWarehouse
beforeAll(async () => {
  warehouse = await tempWarehouse({ now: '2026-11-23T10:00:00Z' })
  for (const [index, slot] of slots.slice(0, 9).entries()) {
    await recordRun(warehouse, slot, [pollAt(index)])
  }
})
afterAll(() => warehouse[Symbol.asyncDispose]())

describe('what sessions are made of', () => {
  it('is kept, and answers the same again, also where only a part is asked for', async () => {
    const made = await ask(warehouse, SQL)
    const [kept] = await keptIn(warehouse)
    expect(kept).toMatch(/^sessions-[0-9a-f]{32}\.parquet$/)
    expect(made.rows.map(({ session_id: id, state }) => [id, state])).toEqual([
      ...Array.from({ length: 5 }, (_, index) => [`s-${index}`, 'ended']),
      ['s-5', 'ending'],
      ...[6, 7, 8].map((index) => [`s-${index}`, 'active']),
    ])
    // What is found is really read: of another file with this name, nothing else would come.
    expect(await ask(warehouse, SQL)).toEqual(made)
    const on = await ask(
      warehouse,
      "SELECT session_id FROM sessions WHERE state = 'active' ORDER BY 1",
    )
    expect(on.rows).toEqual([6, 7, 8].map((index) => ({ session_id: `s-${index}` })))
    const joined = await ask(
      warehouse,
      'SELECT count(*)::INTEGER AS n FROM sessions JOIN latest_polls USING (host_id) JOIN snapshots USING (session_id)',
    )
    expect(joined.rows).toEqual([{ n: 24 }])
    expect(await keptIn(warehouse)).toEqual([kept])
  })

  it.each([
    ['no Parquet', (file: string) => writeFile(file, 'nothing that could be read')],
    ['cut', (file: string) => truncate(file, 300)],
    [
      'altered',
      (file: string) =>
        alter(file, (bytes) => {
          bytes.fill(0xff, 10, 400)
        }),
    ],
  ])('is made anew where it is damaged: %s', async (_, damage) => {
    const made = await ask(warehouse, SQL)
    const [kept = ''] = await keptIn(warehouse)
    await damage(join(warehouse.scratch, 'kept', kept))
    expect(await ask(warehouse, SQL)).toEqual(made)
    expect(await keptIn(warehouse)).toEqual([])
    expect(await ask(warehouse, SQL)).toEqual(made)
    expect(await keptIn(warehouse)).toEqual([kept])
  })

  it('is really read where it is found', async () => {
    await ask(warehouse, SQL)
    const [kept = ''] = await keptIn(warehouse)
    await dropRows(join(warehouse.scratch, 'kept', kept))
    expect((await ask(warehouse, SQL)).rows).toHaveLength(1)
    await forget(warehouse)
  })

  it('is made anew after each run, and of what came late too', async () => {
    const before = await ask(warehouse, SQL)
    await recordRun(warehouse, slots[9] ?? '', [pollAt(9)])
    const after = await ask(warehouse, SQL)
    expect(after.rows).toHaveLength(before.rows.length + 1)
    expect(after.rows.find(({ session_id: id }) => id === 's-5')).toMatchObject({ state: 'ended' })
    expect(await keptIn(warehouse)).toHaveLength(2)
  })

  it('is not made of a file that is damaged, nor taken for what is left without it', async () => {
    const path = runPaths('20261123T083000Z').snapshots
    await using other = await tempWarehouse({ now: '2026-11-23T10:00:00Z' })
    for (const [index, slot] of slots.slice(0, 10).entries())
      await recordRun(other, slot, [pollAt(index)])
    const whole = await ask(other, SQL)
    await truncate(join(other.root, path), 200)
    const around = await ask(other, SQL)
    expect(around.warnings).toEqual([expect.stringContaining(path)])
    expect(around.rows).not.toEqual(whole.rows)
    expect(await keptIn(other)).toHaveLength(2)
    expect(await ask(other, SQL)).toEqual(around)
  })

  it('is not needed: where it cannot be kept, the answer is the same', async () => {
    const made = await ask(warehouse, SQL)
    await forget(warehouse)
    await writeFile(join(warehouse.scratch, 'kept'), 'no folder')
    expect(await ask(warehouse, SQL)).toEqual(made)
    await forget(warehouse)
  })

  it('does not pile up', async () => {
    await forget(warehouse)
    await mkdir(join(warehouse.scratch, 'kept'), { recursive: true })
    for (let index = 0; index < 20; index += 1) {
      await writeFile(join(warehouse.scratch, 'kept', `sessions-${index}.parquet`), '')
    }
    await ask(warehouse, SQL)
    expect((await keptIn(warehouse)).length).toBe(8)
  })
})
