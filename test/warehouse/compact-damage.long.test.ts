/** Raw files that are damaged before their day is compacted: they hold it up, until it is told to go on. */

import { readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

import { dayRecord } from '../../src/domain/day.ts'
import type { CompactedDay } from '../../src/domain/edges.ts'
import { dayRecordPath, runPaths } from '../../src/warehouse/paths.ts'
import { allAnswers } from './all-answers.ts'
import { alter, dropRows } from './break-file.ts'
import { fewDays, type FewDays } from './few-days.ts'
import { ask } from './temp-warehouse.ts'

// Real files and a real engine: slow where many others work at the same time.
vi.setConfig({ testTimeout: 30_000, hookTimeout: 60_000 })

let days: FewDays
beforeAll(async () => {
  days = await fewDays()
})
afterAll(() => days[Symbol.asyncDispose]())

const brief = (compacted: readonly CompactedDay[]) =>
  compacted.map(({ date, outcome }) => `${date.slice(-2)} ${outcome}`)

const BAD = runPaths('20261121T120000Z')

describe('a raw file that is damaged before its day is compacted', () => {
  it.each<[string, keyof typeof BAD, (file: string) => Promise<unknown>]>([
    ['snapshots missing', 'snapshots', (file) => rm(file)],
    ['snapshots cut', 'snapshots', (file) => truncate(file, 700)],
    ['one byte altered', 'snapshots', (file) => alter(file, (bytes) => (bytes[200]! ^= 0xff))],
    ['other rows', 'polls', dropRows],
    ['record cut', 'record', (file) => truncate(file, 300)],
    [
      'record missing its files',
      'record',
      (file) => edit(file, /"files": \[[^]*\]/, '"files": []'),
    ],
    ['other digest', 'record', (file) => edit(file, /("content_digest": ")..../, '$1ffff')],
  ])('holds up its day and all later ones: %s', async (_, kind, damage) => {
    await using warehouse = await days.raw()
    await damage(join(warehouse.root, BAD[kind]))
    const before = await allAnswers(warehouse)
    expect(await warehouse.days.compact()).toMatchObject([
      { date: '2026-11-20', outcome: 'compacted' },
      {
        date: '2026-11-21',
        outcome: 'damaged',
        why: expect.stringContaining(`"${BAD[kind]}": it`),
      },
      { date: '2026-11-22', outcome: 'waiting', why: '2026-11-21 comes first' },
    ])
    expect(await allAnswers(warehouse)).toEqual(before)

    expect(brief(await warehouse.days.compact({ leaveOutDamaged: true }))).toEqual([
      '21 compacted',
      '22 compacted',
    ])
    const record = dayRecord.parse(
      JSON.parse(await readFile(join(warehouse.root, dayRecordPath('2026-11-21')), 'utf8')),
    )
    expect(new Set(record.left_out.map(({ path }) => path))).toEqual(new Set(Object.values(BAD)))
    expect(record.left_out.find(({ path }) => path === BAD[kind])?.why).toMatch(/^it /)
    expect(record.runs.map((run) => run.run_id)).toEqual(['20261121T060000Z', '20261121T180000Z'])
    const { rows, warnings } = await ask(warehouse, 'SELECT count(*)::INTEGER AS polls FROM polls')
    expect(rows).toEqual([{ polls: 8 }])
    expect(warnings).toEqual([])
  })

  it('does not hold up all days for ever where it is every file of a day', async () => {
    await using warehouse = await days.raw()
    for (const hour of ['06', '12', '18']) {
      await truncate(join(warehouse.root, runPaths(`20261121T${hour}0000Z`).polls), 100)
    }
    expect(brief(await warehouse.days.compact())).toEqual([
      '20 compacted',
      '21 damaged',
      '22 waiting',
    ])
    expect(brief(await warehouse.days.compact({ leaveOutDamaged: true }))).toEqual([
      '21 compacted',
      '22 compacted',
    ])
    const { rows } = await ask(
      warehouse,
      `SELECT (SELECT count(*) FROM polls)::INTEGER AS polls,
         (SELECT string_agg(session_id || ' ' || snapshots, ', ' ORDER BY session_id) FROM sessions) AS sessions`,
    )
    expect(rows).toEqual([{ polls: 6, sessions: 'always 6, on-20 1, on-22 1' }])
  })
})

async function edit(file: string, search: RegExp, replacement: string): Promise<void> {
  await writeFile(file, (await readFile(file, 'utf8')).replace(search, replacement))
}
