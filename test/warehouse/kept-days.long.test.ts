import { copyFile, cp, readdir, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

import { openFolder } from '../../src/storage/folder.ts'
import { openQueries } from '../../src/warehouse/queries.ts'
import { dailyPath } from '../../src/warehouse/paths.ts'
import { alter, dropRows } from './break-file.ts'
import {
  ask,
  failedPoll,
  host,
  okPoll,
  openWarehouse,
  recordRun,
  session,
  tempFolder,
  type TempWarehouse,
} from './temp-warehouse.ts'

// Real files and a real engine: slow where many others work at the same time.
vi.setConfig({ testTimeout: 30_000, hookTimeout: 60_000 })

const HUB = host('bas-hub')
const SPOKE = host('bas-spoke')
const DAYS = [
  '2025-12-29',
  '2025-12-30',
  '2025-12-31',
  '2026-10-29',
  '2026-10-30',
  '2026-10-31',
  '2026-11-01',
  '2026-11-02',
  '2026-11-03',
  '2026-11-04',
]
const SQL = 'SELECT session_id, state, first_seen_at, target_host_name FROM sessions ORDER BY ALL'
/** What is kept is made by the second question. */
async function askTwice(warehouse: TempWarehouse, sql = SQL) {
  await ask(warehouse, sql)
  return await ask(warehouse, sql)
}
const since = (day: string) => SQL.replace('ORDER', `WHERE first_seen_at >= '${day}' ORDER`)

let folder: Awaited<ReturnType<typeof tempFolder>>
let original: string
beforeAll(async () => {
  folder = await tempFolder()
  original = join(folder.root, 'original')
  const warehouse = openWarehouse(original, { now: '2026-11-04T03:00:00Z' })
  for (const day of DAYS) {
    for (const hour of ['06', '12', '18']) {
      const at = `${day}T${hour}:00:00Z`
      const target = { targetHostName: `vm-${day.slice(-2)}` }
      const own = hour === '06' ? [session(`on-${day}`, target)] : []
      await recordRun(warehouse, at, [
        okPoll(HUB, at, own),
        hour === '12' ? failedPoll(SPOKE, at, 'denied') : okPoll(SPOKE, at),
      ])
    }
  }
  await warehouse.days.compact()
})
afterAll(() => folder[Symbol.asyncDispose]())

/** A copy of its own, with the times that its files have. */
async function copy(): Promise<TempWarehouse> {
  const own = await tempFolder()
  const root = join(own.root, 'warehouse')
  await cp(original, root, { recursive: true, preserveTimestamps: true })
  return {
    ...openWarehouse(root, { now: '2026-11-04T23:00:00Z' }),
    [Symbol.asyncDispose]: () => own[Symbol.asyncDispose](),
  }
}

const keptIn = async ({ scratch }: TempWarehouse) => {
  const names = await readdir(join(scratch, 'kept')).catch(() => [])
  return names.filter((name) => /^ended-.*\.parquet$/.test(name)).toSorted()
}
const summariesIn = async ({ scratch }: TempWarehouse) => {
  const names = await readdir(join(scratch, 'kept')).catch(() => [])
  return names.filter((name) => /^(summary|hosts)-.*\.parquet$/.test(name)).toSorted()
}
const partsOf = (names: readonly string[]) =>
  names.map((name) => name.replace(/-[0-9a-f]{32}\./, '.')).toSorted()
const pathTo = ({ scratch }: TempWarehouse, name = '') => join(scratch, 'kept', name)
const sessionsOf = (rows: readonly Record<string, unknown>[]) =>
  rows.map(({ session_id: id }) => String(id)).toSorted((one, other) => one.localeCompare(other))

describe('coverage, gaps and hosts of compacted days', () => {
  const QUESTIONS = [
    'FROM coverage ORDER BY ALL',
    'FROM gaps ORDER BY ALL',
    'FROM hosts ORDER BY ALL',
  ]
  it('are the same from summaries, which the second question makes', async () => {
    await using warehouse = await copy()
    // A run that came too late for its day lies in the middle of one that is summarized.
    const late = '2026-10-30T09:00:00Z'
    await recordRun(warehouse, late, [failedPoll(HUB, late, 'throttled'), okPoll(SPOKE, late)])
    await warehouse.days.compact()
    const made = []
    for (const sql of QUESTIONS) made.push(await ask(warehouse, sql))
    expect(made[1]?.rows.length).toBeGreaterThan(20)
    expect(made[2]?.rows).toHaveLength(2)
    const kept = await summariesIn(warehouse)
    expect(partsOf(kept)).toEqual([
      'hosts-2026-11.parquet',
      'hosts-all.parquet',
      'summary-2026-11.parquet',
      'summary-all.parquet',
    ])
    for (const [index, sql] of QUESTIONS.entries()) {
      expect(await ask(warehouse, sql)).toEqual(made[index])
    }
    expect(await summariesIn(warehouse)).toEqual(kept)
    await dropRows(pathTo(warehouse, kept[2]))
    expect((await ask(warehouse, QUESTIONS[0] ?? '')).rows).not.toEqual(made[0]?.rows)
    await dropRows(pathTo(warehouse, kept[1]))
    expect((await ask(warehouse, QUESTIONS[2] ?? '')).rows).not.toEqual(made[2]?.rows)
  })

  it('are of other slots where the interval is another', async () => {
    await using warehouse = await copy()
    const [sql = ''] = QUESTIONS
    await askTwice(warehouse, sql)
    const kept = await summariesIn(warehouse)
    const hourly = openWarehouse(warehouse.root, {
      now: '2026-11-04T23:00:00Z',
      intervalMs: 3_600_000,
    })
    const other = await ask({ ...warehouse, queries: hourly.queries }, sql)
    expect(await askTwice({ ...warehouse, queries: hourly.queries }, sql)).toEqual(other)
    expect(await summariesIn(warehouse)).not.toEqual(kept)
    await rm(join(warehouse.scratch, 'kept'), { recursive: true })
    expect(await ask({ ...warehouse, queries: hourly.queries }, sql)).toEqual(other)
  })

  it.each(QUESTIONS)('are answered around a damaged day, by name: %s', async (sql) => {
    await using warehouse = await copy()
    await askTwice(warehouse, sql)
    const path = dailyPath('polls', '2026-10-30')
    await truncate(join(warehouse.root, path), 100)
    await rm(join(warehouse.root, 'v1/raw/polls/date=2026-10-30'), { recursive: true })
    await rm(join(warehouse.root, 'v1/raw/runs/date=2026-10-30'), { recursive: true })
    const around = await askTwice(warehouse, sql)
    expect(around.warnings).toEqual([expect.stringContaining(path)])
    await rm(join(warehouse.scratch, 'kept'), { recursive: true })
    expect(await ask(warehouse, sql)).toEqual(around)
  })
})

describe('sessions of compacted days', () => {
  it('are kept together and for the last month, from the second question on', async () => {
    await using warehouse = await copy()
    const made = await ask(warehouse, SQL)
    expect(sessionsOf(made.rows)).toEqual(DAYS.map((day) => `on-${day}`))
    expect(await keptIn(warehouse)).toEqual([])
    expect(await ask(warehouse, SQL)).toEqual(made)
    const kept = await keptIn(warehouse)
    expect(partsOf(kept)).toEqual(['ended-2026-11.parquet', 'ended-all.parquet'])
    expect(await ask(warehouse, SQL)).toEqual(made)
    expect(await keptIn(warehouse)).toEqual(kept)
    const one = await ask(
      warehouse,
      "SELECT session_id FROM sessions WHERE target_host_name = 'vm-30'",
    )
    expect(sessionsOf(one.rows)).toEqual(['on-2025-12-30', 'on-2026-10-30'])
  })

  it('are really read from there', async () => {
    await using warehouse = await copy()
    await askTwice(warehouse)
    const [of2025 = ''] = await keptIn(warehouse)
    await dropRows(pathTo(warehouse, of2025))
    expect((await ask(warehouse, SQL)).rows).toHaveLength(DAYS.length - 2)
  })

  it('are not kept for a question that reaches some of the days only', async () => {
    await using warehouse = await copy()
    const { rows } = await askTwice(warehouse, since('2026-11-01'))
    expect(rows).toHaveLength(4)
    // The filter reaches three days further back, so it reads the older days in part.
    expect(partsOf(await keptIn(warehouse))).toEqual(['ended-2026-11.parquet'])
    const { rows: later } = await ask(warehouse, since('2026-11-03'))
    expect(later).toHaveLength(2)
  })

  it('are made anew of the last month when a day is added, and nothing piles up', async () => {
    await using warehouse = await copy()
    await askTwice(warehouse)
    const before = await keptIn(warehouse)
    await openWarehouse(warehouse.root, { now: '2026-11-05T03:00:00Z' }).days.compact()
    const { rows } = await askTwice(warehouse)
    expect(sessionsOf(rows)).toEqual(DAYS.map((day) => `on-${day}`))
    const after = await keptIn(warehouse)
    expect(partsOf(after)).toEqual(partsOf(before))
    expect(after.filter((name) => !before.includes(name))).toEqual([
      expect.stringMatching(/^ended-2026-11-/),
    ])
  })

  it('join the others when their month is over', async () => {
    await using warehouse = await copy()
    await askTwice(warehouse)
    for (const day of ['2026-12-01', '2026-12-02', '2026-12-03']) {
      await recordRun(warehouse, `${day}T06:00:00Z`, [okPoll(HUB, `${day}T06:00:00Z`)])
    }
    await openWarehouse(warehouse.root, { now: '2026-12-04T03:00:00Z' }).days.compact()
    expect(sessionsOf((await askTwice(warehouse)).rows)).toEqual(DAYS.map((day) => `on-${day}`))
    expect(partsOf(await keptIn(warehouse))).toEqual(['ended-2026-12.parquet', 'ended-all.parquet'])
  })

  it('are made anew where a daily file is another', async () => {
    await using warehouse = await copy()
    await askTwice(warehouse)
    const dailyOf = (day: string) => join(warehouse.root, dailyPath('sessions', day))
    await rm(dailyOf('2025-12-30'))
    await copyFile(dailyOf('2025-12-29'), dailyOf('2025-12-30'))
    const { rows } = await ask(warehouse, SQL)
    expect(sessionsOf(rows).slice(0, 3)).toEqual([
      'on-2025-12-29',
      'on-2025-12-29',
      'on-2025-12-31',
    ])
  })

  it('are answered around a daily file that is damaged, by name', async () => {
    await using warehouse = await copy()
    await askTwice(warehouse)
    const path = dailyPath('sessions', '2025-12-30')
    await truncate(join(warehouse.root, path), 100)
    const around = await askTwice(warehouse)
    expect(around.warnings).toEqual([expect.stringContaining(path)])
    expect(sessionsOf(around.rows)).toEqual(
      DAYS.filter((day) => day !== '2025-12-30').map((day) => `on-${day}`),
    )
    expect(await ask(warehouse, SQL)).toEqual(around)
    await rm(join(warehouse.root, path))
    const without = await ask(warehouse, SQL)
    expect(without.rows).toEqual(around.rows)
    expect(without.warnings).toEqual([expect.stringContaining(path)])
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
  ])('are read from the daily files where what is kept is damaged: %s', async (_, damage) => {
    await using warehouse = await copy()
    const made = await askTwice(warehouse)
    const kept = await keptIn(warehouse)
    for (const name of kept) await damage(pathTo(warehouse, name))
    expect(await ask(warehouse, SQL)).toEqual(made)
    expect(await keptIn(warehouse)).toEqual([])
    expect(await askTwice(warehouse)).toEqual(made)
    expect(await keptIn(warehouse)).toEqual(kept)
  })

  it('are not tried again where they could not be made in time', async () => {
    await using warehouse = await copy()
    const made = await ask(warehouse, SQL)
    const marks = await readdir(join(warehouse.scratch, 'kept'))
    for (const mark of marks.filter((name) => name.endsWith('.asked'))) {
      await writeFile(pathTo(warehouse, mark.replace('.asked', '.tried')), '')
    }
    expect(await askTwice(warehouse)).toEqual(made)
    expect(await keptIn(warehouse)).toEqual([])
  })

  it('need not be kept: where they cannot, the answer is the same', async () => {
    await using warehouse = await copy()
    const made = await askTwice(warehouse)
    await rm(join(warehouse.scratch, 'kept'), { recursive: true })
    await writeFile(join(warehouse.scratch, 'kept'), 'no folder')
    expect(await ask(warehouse, SQL)).toEqual(made)
  })

  it('are the same for many who ask at once', async () => {
    await using warehouse = await copy()
    const { clock, scratch } = warehouse
    const answers = await Promise.all(
      Array.from({ length: 6 }, async () => {
        const store = openFolder(warehouse.root)
        const queries = openQueries(
          { store, clock },
          { scratch, memoryLimitBytes: 512e6, queryTimeoutMs: 60_000, intervalMs: 300_000 },
        )
        return await askTwice({ ...warehouse, queries })
      }),
    )
    for (const answer of answers) expect(answer).toEqual(answers[0])
    expect(sessionsOf(answers[0]?.rows ?? [])).toEqual(DAYS.map((day) => `on-${day}`))
  })
})
