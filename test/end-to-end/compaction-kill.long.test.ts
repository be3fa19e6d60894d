/** Compaction, killed wherever it can be, and begun again: the days are as if it had never been. */

import { copyFile, mkdir, readdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

import { DuckDBInstance } from '@duckdb/node-api'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

import { DAILY_TABLES, dayRecord } from '../../src/domain/day.ts'
import { COMPACT_STEPS } from '../../src/domain/edges.ts'
import { createRandom } from '../../src/simulator/random.ts'
import { dailyPath, dayRecordPath } from '../../src/warehouse/paths.ts'
import { allAnswers } from '../warehouse/all-answers.ts'
import { fewDays, type FewDays } from '../warehouse/few-days.ts'
import { openWarehouse, type TempWarehouse } from '../warehouse/temp-warehouse.ts'
import { compactInProcess } from './compacting-process.ts'
import { fileTree } from './stored.ts'

const SEED = Number(process.env['KILL_SEED'] ?? Date.now() % 1_000_000)
const RANDOM_KILLS = 3
const NOW = '2026-11-23T12:00:00Z'
const DATES = ['2026-11-20', '2026-11-21', '2026-11-22']

// Each process takes a second to start, and several where many others work at the same time.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 60_000 })

let days: FewDays
/** Compacted without being disturbed. */
let due: TempWarehouse
beforeAll(async () => {
  days = await fewDays()
  due = await days.compacted()
})
afterAll(async () => {
  await due[Symbol.asyncDispose]()
  await days[Symbol.asyncDispose]()
})

const rawOf = ({ root }: TempWarehouse) => fileTree(join(root, 'v1/raw'))

/**
 * What killed processes left for the next recovery: unfinished single files only when they are old. What
 * questions keep stays.
 */
async function leftIn({ scratch }: TempWarehouse): Promise<string[]> {
  const stays = ['spool', 'kept']
  return (await readdir(scratch)).filter((name) => !stays.includes(name) && !name.endsWith('.part'))
}

async function expectAsDue({ root }: TempWarehouse): Promise<void> {
  const connection = await (await DuckDBInstance.create(':memory:')).connect()
  for (const date of DATES) {
    for (const table of DAILY_TABLES) {
      const [one, other] = [due.root, root].map(
        (from) => `(FROM read_parquet('${join(from, dailyPath(table, date))}'))`,
      )
      const reader = await connection.runAndReadAll(
        `SELECT (SELECT count(*) FROM (${one} EXCEPT ALL ${other})),
           (SELECT count(*) FROM (${other} EXCEPT ALL ${one}))`,
      )
      expect([date, table, reader.getRows()[0]]).toEqual([date, table, [0n, 0n]])
    }
    const [one, other] = await Promise.all([due.root, root].map((from) => recordIn(from, date)))
    expect(one).toEqual(other)
  }
}

/** A day's record, without what differs from file to file of the same rows. */
async function recordIn(root: string, date: string) {
  const record = dayRecord.parse(
    JSON.parse(await readFile(join(root, dayRecordPath(date)), 'utf8')),
  )
  const files = record.files.map(({ table, path, rows }) => ({ table, path, rows }))
  return { ...record, files }
}

async function expectAnswers(warehouse: TempWarehouse, views?: readonly string[]): Promise<void> {
  const { rows, warnings } = await allAnswers(openWarehouse(warehouse.root), views)
  const isAsked = (view: unknown) => !views || views.some((one) => one === view)
  expect(warnings).toEqual([])
  expect(rows).toEqual(days.answers.rows.filter(({ view }) => isAsked(view)))
}

// Five files and the day's record.
const FILES = DAILY_TABLES.length + 1
const POINTS = [
  ...COMPACT_STEPS,
  ...Array.from({ length: FILES }, (_, index) => [
    `before ${index + 1}`,
    `after ${index + 1}`,
  ]).flat(),
]

describe(`compaction, killed (KILL_SEED=${SEED})`, () => {
  it('at each of its steps, and around each file that it creates', async () => {
    await using warehouse = await days.raw()
    const raw = await rawOf(warehouse)
    for (const at of POINTS) {
      expect([at, await compactInProcess(warehouse.root, NOW, { at })]).toEqual([at, true])
      await expectAnswers(warehouse, ['snapshots', 'sessions'])
    }
    expect(await readdir(join(warehouse.root, 'v1/days'))).toEqual(['2026-11-20.json'])
    expect(await compactInProcess(warehouse.root, NOW)).toBe(false)
    await expectAsDue(warehouse)
    await expectAnswers(warehouse)
    expect(await rawOf(warehouse)).toEqual(raw)
    await warehouse.ledger.recover()
    expect(await leftIn(warehouse)).toEqual([])
  })

  it('at any moment', async () => {
    await using warehouse = await days.raw()
    const raw = await rawOf(warehouse)
    const random = createRandom(SEED)
    // As long as it takes on this machine at this time.
    const began = performance.now()
    await compactInProcess(warehouse.root, '2026-11-20T00:00:00Z')
    const startMs = performance.now() - began
    for (let kills = 0; kills < RANDOM_KILLS; kills += 1) {
      const killAfterMs = startMs * (0.5 + 1.5 * random.next())
      await compactInProcess(warehouse.root, NOW, { killAfterMs })
      await expectAnswers(warehouse, ['snapshots', 'sessions'])
    }
    expect(await compactInProcess(warehouse.root, NOW)).toBe(false)
    await expectAsDue(warehouse)
    await expectAnswers(warehouse)
    expect(await rawOf(warehouse)).toEqual(raw)
    await warehouse.ledger.recover()
    expect(await leftIn(warehouse)).toEqual([])
  })
})

describe('a daily file that is there already, and that no record names', () => {
  it.each(DAILY_TABLES)('is not overwritten where it has other rows: %s', async (table) => {
    await using warehouse = await days.compacted(2)
    const path = dailyPath(table, '2026-11-22')
    const there = join(warehouse.root, path)
    await mkdir(dirname(there), { recursive: true })
    await copyFile(join(due.root, dailyPath(table, '2026-11-21')), there)
    const before = await fileTree(join(warehouse.root, 'v1'))
    await expect(warehouse.days.compact()).rejects.toMatchObject({
      code: 'damaged',
      message: `Cannot compact 2026-11-22: "${path}" has other rows`,
      hint: 'No record names that file. Remove it, and compact again',
    })
    const after = await fileTree(join(warehouse.root, 'v1'))
    expect(after).toMatchObject(before)
    expect(Object.keys(after)).not.toContain('days/2026-11-22.json')
    await expectAnswers(warehouse, ['snapshots', 'sessions'])
  })

  it('is named where it cannot be read', async () => {
    await using warehouse = await days.raw()
    const path = dailyPath('runs', '2026-11-20')
    await mkdir(dirname(join(warehouse.root, path)), { recursive: true })
    await copyFile(import.meta.filename, join(warehouse.root, path))
    await expect(warehouse.days.compact()).rejects.toMatchObject({
      message: `Cannot compact 2026-11-20: "${path}" has other rows`,
    })
  })
})
