/** Damaged daily files and day records: named, and everything else is answered. */

import { readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

import { DAILY_TABLES, type DailyTable } from '../../src/domain/day.ts'
import { dailyPath, dayRecordPath } from '../../src/warehouse/paths.ts'
import { allAnswers } from './all-answers.ts'
import { alter, dropRows } from './break-file.ts'
import { fewDays, type FewDays } from './few-days.ts'
import { ask, openWarehouse } from './temp-warehouse.ts'

// Real files and a real engine: slow where many others work at the same time.
vi.setConfig({ testTimeout: 30_000, hookTimeout: 60_000 })

let days: FewDays
beforeAll(async () => {
  days = await fewDays()
})
afterAll(() => days[Symbol.asyncDispose]())

const breakages: [string, (file: string) => Promise<unknown>][] = [
  ['missing', (file) => rm(file)],
  ['cut', (file) => truncate(file, 900)],
  // All pages, so that whatever is read meets it.
  ['altered', (file) => alter(file, (bytes) => bytes.fill(0xff, 4, bytes.length >> 2))],
]

describe('a daily file', () => {
  for (const [name, damage] of breakages) {
    it.each(DAILY_TABLES)(`of %s that is ${name} is replaced by raw files`, async (table) => {
      await using warehouse = await days.compacted()
      const path = dailyPath(table, '2026-11-22')
      await damage(join(warehouse.root, path))
      const { rows, warnings } = await allAnswers(openWarehouse(warehouse.root))
      expect(rows).toEqual(days.answers.rows)
      expect(warnings).toEqual([
        expect.stringMatching(`^"${path}" is replaced by the raw files of its day: it is `),
      ])
      expect(await warehouse.ledger.knownHosts()).toHaveLength(1)
    })
  }

  it.each(['snapshots', 'polls', 'runs'] as const)(
    'of an older day, of %s, is replaced too',
    async (table) => {
      await using warehouse = await days.compacted()
      const path = dailyPath(table, '2026-11-21')
      await truncate(join(warehouse.root, path), 900)
      const { rows, warnings } = await allAnswers(openWarehouse(warehouse.root))
      expect(rows).toEqual(days.answers.rows)
      expect(warnings).toEqual([expect.stringContaining(`"${path}" is replaced`)])
    },
  )

  it('of an older day, of sessions, is left out: they cannot be rebuilt', async () => {
    await using warehouse = await days.compacted()
    const path = dailyPath('sessions', '2026-11-21')
    await rm(join(warehouse.root, path))
    const { rows, warnings } = await ask(warehouse, 'SELECT session_id FROM sessions ORDER BY ALL')
    expect(rows.map((row) => row['session_id'])).toEqual(['always', 'on-20', 'on-22'])
    expect(warnings).toEqual([`"${path}" is left out: it is missing`])
  })

  it.each(DAILY_TABLES)(
    'of %s is left out and named when its raw files are gone',
    async (table) => {
      await using warehouse = await days.compacted()
      for (const kind of ['runs', 'snapshots', 'polls']) {
        await rm(join(warehouse.root, `v1/raw/${kind}/date=2026-11-22`), { recursive: true })
      }
      const path = dailyPath(table, '2026-11-22')
      await truncate(join(warehouse.root, path), 900)
      const { rows, warnings } = await ask(
        warehouse,
        `SELECT (SELECT count(*) FROM snapshots)::INTEGER AS snapshots, (SELECT count(*) FROM polls)::INTEGER AS polls,
         (SELECT count(*) FROM runs)::INTEGER AS runs, (SELECT count(*) FROM sessions)::INTEGER AS sessions`,
      )
      const less: Partial<Record<DailyTable, object>> = {
        snapshots: { snapshots: 8 },
        polls: { polls: 6 },
        runs: { runs: 6 },
        sessions: { sessions: 3 },
        open_sessions: { sessions: 3 },
      }
      expect(rows).toEqual([{ snapshots: 12, polls: 9, runs: 9, sessions: 4, ...less[table] }])
      expect(warnings).toContain(`"${path}" is left out: it is cut short or altered`)
    },
  )

  it('with other rows is not noticed by a question, but by the next compaction', async () => {
    await using warehouse = await days.compacted(2)
    for (const table of ['snapshots', 'sessions', 'open_sessions'] as const) {
      await dropRows(join(warehouse.root, dailyPath(table, '2026-11-21')))
    }
    const { warnings } = await ask(warehouse, 'FROM sessions')
    expect(warnings).toEqual([])
    expect(await warehouse.days.compact()).toMatchObject([
      {
        outcome: 'damaged',
        why: `"${dailyPath('open_sessions', '2026-11-21')}": it is missing, or not what its day recorded`,
      },
    ])
  })

  it('with one byte altered never stops an answer', async () => {
    await using warehouse = await days.compacted()
    const file = join(warehouse.root, dailyPath('snapshots', '2026-11-22'))
    const bytes = await readFile(file)
    let noticed = 0
    for (let at = 4; at < bytes.length; at += 331) {
      await writeFile(file, bytes.with(at, (bytes[at] ?? 0) ^ 0xff))
      const { rows, warnings } = await allAnswers(warehouse, ['snapshots'])
      if (warnings.length === 0) continue
      noticed += 1
      expect(rows).toEqual(days.answers.rows.filter(({ view }) => view === 'snapshots'))
    }
    expect(noticed).toBeGreaterThan(0)
  })
})

describe('the record of a day', () => {
  it('that is missing leaves the day to its raw files, and to the next compaction', async () => {
    await using warehouse = await days.compacted()
    await rm(join(warehouse.root, dayRecordPath('2026-11-22')))
    expect(await allAnswers(warehouse)).toEqual(days.answers)
    expect(await warehouse.days.compact()).toMatchObject([{ outcome: 'compacted' }])
    expect(await allAnswers(warehouse)).toEqual(days.answers)
  })

  it('of an older day that is missing is named: the sessions of that day are', async () => {
    await using warehouse = await days.compacted()
    const path = dayRecordPath('2026-11-21')
    await rm(join(warehouse.root, path))
    const { rows, warnings } = await ask(
      warehouse,
      `SELECT (SELECT count(*) FROM snapshots)::INTEGER AS snapshots, (SELECT count(*) FROM sessions)::INTEGER AS sessions`,
    )
    expect(rows).toEqual([{ snapshots: 12, sessions: 3 }])
    expect(warnings).toEqual([`"${path}" is missing, and the sessions that ended on that day`])
  })

  it.each([
    ['cut', (text: string) => text.slice(0, 300)],
    ['of another day', (text: string) => text.replace('2026-11-21', '2026-11-20')],
    ['something else', () => '{"hello": "world"}'],
    ['empty', () => ''],
  ])('that is %s is named, its day is answered, and the next one waits', async (_, change) => {
    await using warehouse = await days.compacted(2)
    const path = dayRecordPath('2026-11-21')
    const file = join(warehouse.root, path)
    await writeFile(file, change(await readFile(file, 'utf8')))
    const { rows, warnings } = await allAnswers(warehouse)
    expect(rows).toEqual(days.answers.rows)
    expect(warnings).toEqual([`"${path}" is no record of this day`])
    expect(await warehouse.days.compact()).toMatchObject([
      { outcome: 'damaged', why: 'the record of 2026-11-21 cannot be read' },
    ])
  })
})
