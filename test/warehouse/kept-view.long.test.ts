/** Questions on sessions alone, which are answered over what is kept of all files. */

import { cp, readdir, rm, truncate, utimes } from 'node:fs/promises'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

import { dailyPath, runPaths } from '../../src/warehouse/paths.ts'
import { alter, dropRows } from './break-file.ts'
import {
  ask,
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
const dayOf = (index: number) => new Date(Date.UTC(2026, 9, 24 + index)).toISOString().slice(0, 10)
/** From 24 October to 4 November. */
const DAYS = Array.from({ length: 12 }, (_, index) => dayOf(index))
const TODAY = dayOf(12)
const SQL = 'SELECT session_id, state, first_seen_at FROM sessions ORDER BY ALL'
const IDS = [...DAYS.map((day) => `on-${day}`), 'now']
const where = (condition: string) => SQL.replace('ORDER', `WHERE ${condition} ORDER`)

let folder: Awaited<ReturnType<typeof tempFolder>>
let original: string
beforeAll(async () => {
  folder = await tempFolder()
  original = join(folder.root, 'original')
  const warehouse = openWarehouse(original, { now: `${TODAY}T03:00:00Z` })
  for (const day of DAYS) {
    for (const hour of ['06', '12', '18']) {
      const at = `${day}T${hour}:00:00Z`
      await recordRun(warehouse, at, [okPoll(HUB, at, hour === '06' ? [session(`on-${day}`)] : [])])
    }
  }
  await warehouse.days.compact()
  for (let minute = 10; minute < 50; minute += 5) {
    const at = `${TODAY}T00:${minute}:00Z`
    await recordRun(warehouse, at, [okPoll(HUB, at, [session('now')])])
  }
})
afterAll(() => folder[Symbol.asyncDispose]())

/** A copy of its own, with what is kept of its files. */
async function copy(): Promise<TempWarehouse> {
  const own = await tempFolder()
  const root = join(own.root, 'warehouse')
  await cp(original, root, { recursive: true, preserveTimestamps: true })
  const warehouse = openWarehouse(root, { now: `${TODAY}T03:00:00Z` })
  await ask(warehouse, SQL)
  await ask(warehouse, SQL)
  return { ...warehouse, [Symbol.asyncDispose]: () => own[Symbol.asyncDispose]() }
}

const keptIn = async ({ scratch }: TempWarehouse) => {
  const names = await readdir(join(scratch, 'kept'))
  return names
    .filter((name) => name.endsWith('.parquet'))
    .map((name) => join(scratch, 'kept', name))
}
/** Leaves one row in each file that is kept and called so. */
async function dropKept(warehouse: TempWarehouse, called: RegExp): Promise<void> {
  const files = (await keptIn(warehouse)).filter((file) => called.test(file))
  expect(files.length).toBeGreaterThan(0)
  for (const file of files) await dropRows(file)
}
const idsOf = ({ rows }: { rows: readonly Record<string, unknown>[] }) =>
  rows.map(({ session_id: id }) => String(id)).toSorted((one, other) => one.localeCompare(other))
const sorted = (ids: readonly string[]) => ids.toSorted((one, other) => one.localeCompare(other))

describe('a question on sessions alone', () => {
  it('is answered from what is kept', async () => {
    await using warehouse = await copy()
    expect(idsOf(await ask(warehouse, SQL))).toEqual(sorted(IDS))
    await dropKept(warehouse, /ended-all/)
    expect(idsOf(await ask(warehouse, SQL))).toHaveLength(IDS.length - 7)
    await dropKept(warehouse, /ended-2026-11/)
    expect(idsOf(await ask(warehouse, SQL))).toHaveLength(3)
  })

  it('that reaches few days is answered from their files', async () => {
    await using warehouse = await copy()
    await dropKept(warehouse, /ended-/)
    // Three days further back, and no file is kept of fewer.
    const since = where(`first_seen_at >= '${TODAY}'`)
    expect(idsOf(await ask(warehouse, since))).toEqual(['now'])
    const day = where("first_seen_at BETWEEN '2026-11-04' AND '2026-11-05T12:00:00Z'")
    expect(idsOf(await ask(warehouse, where("'2026-11-05' <= first_seen_at")))).toEqual(['now'])
    expect(idsOf(await ask(warehouse, day))).not.toContain('on-2026-11-03')
    const active = where(`state = 'active' AND first_seen_at >= '${TODAY}'`)
    expect((await ask(warehouse, active)).rows).toMatchObject([{ session_id: 'now' }])
  })

  it.each([
    ['FROM sessions ORDER BY ALL'],
    ['SELECT count(*)::INTEGER AS n, min(first_seen_at) AS first FROM sessions'],
    ["SELECT session_id FROM sessions WHERE state = 'active'"],
    ['SELECT count(*)::INTEGER AS my_active_sessions FROM sessions'],
    ['SELECT raw.now() AS now, max(raw.run_time(first_run_id)) AS last FROM sessions'],
    ["SELECT session_id FROM sessions WHERE first_seen_at > '2026-11-03' ORDER BY 1"],
    [
      'SELECT a.session_id FROM sessions a JOIN sessions b USING (host_id, target_host_name) ORDER BY 1',
    ],
    [
      "WITH old AS (FROM sessions WHERE ended_before < '2026-11-01') SELECT count(*)::INTEGER AS n FROM old",
    ],
  ])('is answered as without it: %s', async (sql) => {
    await using warehouse = await copy()
    const shortly = await ask(warehouse, sql)
    await rm(join(warehouse.scratch, 'kept'), { recursive: true })
    expect(await ask(warehouse, sql)).toEqual(shortly)
  })

  it.each([
    ['SELECT nothing FROM sessions', /"nothing"/],
    ['SELECT nothing FROM sessions WHERE first_seen_at > now()', /"nothing"/],
    ['FROM sessions JOIN session USING (session_id)', /session does not exist/],
    ['SELECT nothing(session_id) FROM sessions', /nothing does not exist/],
    ["SELECT error('so it is') FROM sessions", /so it is/],
    ["SELECT error('no parquet') FROM sessions", /no parquet/],
    ["FROM sessions WHERE first_seen_at > '2026-99-99'", /2026-99-99/],
    ['FROM sessions; FROM sessions', /2 statements/],
    ['SELECT $1 FROM sessions', /parameters taken 1, given 0/],
  ])('fails as without it: %s', async (sql, words) => {
    await using warehouse = await copy()
    const before = await keptIn(warehouse)
    const messageOf = () => ask(warehouse, sql).catch((error: unknown) => String(error))
    const shortly = await messageOf()
    expect(shortly).toMatch(words)
    expect(await keptIn(warehouse)).toEqual(before)
    await rm(join(warehouse.scratch, 'kept'), { recursive: true })
    expect(await messageOf()).toBe(shortly)
  })

  it('takes parameters', async () => {
    await using warehouse = await copy()
    await dropKept(warehouse, /sessions-/)
    const sql = 'SELECT session_id FROM sessions WHERE session_id = $1'
    await using result = await warehouse.queries.query(sql, { parameters: ['on-2026-10-25'] })
    expect((await Array.fromAsync(result.batches())).flat()).toEqual([['on-2026-10-25']])
  })

  it('is explained, and written', async () => {
    await using warehouse = await copy()
    await dropKept(warehouse, /ended-/)
    const { rows } = await ask(warehouse, 'EXPLAIN FROM sessions')
    expect(JSON.stringify(rows)).toMatch(/READ_PARQUET/)
    await using written = await warehouse.queries.copy('FROM sessions')
    expect(written.rows).toBe(3)
  })

  it('is asked among others, and each fails for itself', async () => {
    await using warehouse = await copy()
    await dropKept(warehouse, /ended-/)
    const { answers } = await warehouse.queries.batch(
      ['SELECT count(*)::INTEGER AS n FROM sessions', 'SELECT nothing FROM sessions'].map(
        (sql) => ({
          sql,
          parameters: {},
          mostRows: 10,
        }),
      ),
    )
    expect(answers).toMatchObject([{ rows: [{ n: 3 }] }, { error: { code: 'query' } }])
  })
})

describe('what it was made of', () => {
  const RUN = '20261105T002000Z'
  it.each<[string, string, (file: string) => Promise<void>]>([
    ['a run, cut', runPaths(RUN).snapshots, (file) => truncate(file, 300)],
    ['a run, missing', runPaths(RUN).polls, (file) => rm(file)],
    ['a day, cut', dailyPath('sessions', '2026-10-25'), (file) => truncate(file, 300)],
    ['a day, missing', dailyPath('sessions', '2026-11-02'), (file) => rm(file)],
    [
      'a day, altered',
      dailyPath('sessions', '2026-10-25'),
      (file) =>
        alter(file, (bytes) => {
          bytes.fill(0xff, 10, 400)
        }),
    ],
  ])('is named when it is damaged later: %s', async (_, path, damage) => {
    await using warehouse = await copy()
    await damage(join(warehouse.root, path))
    for (let turn = 0; turn < 3; turn += 1) {
      const around = await ask(warehouse, 'FROM sessions')
      expect(around.warnings).toEqual([expect.stringContaining(path)])
      expect(idsOf(around)).toContain('on-2026-10-30')
    }
  })

  it('is read anew when another file is in its place', async () => {
    await using warehouse = await copy()
    const file = join(warehouse.root, dailyPath('sessions', '2026-10-25'))
    await dropKept(warehouse, /ended-/)
    await utimes(file, new Date(), new Date())
    expect(idsOf(await ask(warehouse, SQL))).toHaveLength(IDS.length - 3)
  })
})

describe('what is kept', () => {
  it.each<[string, RegExp, (file: string) => Promise<void>]>([
    ['cut, of days', /ended-all/, (file) => truncate(file, 300)],
    ['cut, of today', /sessions-/, (file) => truncate(file, 300)],
    [
      'altered',
      /ended-2026-11/,
      (file) =>
        alter(file, (bytes) => {
          bytes.fill(0xff, 10, 400)
        }),
    ],
  ])('is left when it is damaged, and made anew: %s', async (_, called, damage) => {
    await using warehouse = await copy()
    const kept = await keptIn(warehouse)
    for (const file of kept.filter((one) => called.test(one))) await damage(file)
    expect(idsOf(await ask(warehouse, 'FROM sessions'))).toEqual(sorted(IDS))
    expect(await keptIn(warehouse)).toEqual([])
    for (let turn = 0; turn < 2; turn += 1) await ask(warehouse, SQL)
    expect(await keptIn(warehouse)).toEqual(kept)
  })
})
