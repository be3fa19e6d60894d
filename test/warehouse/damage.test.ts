import { mkdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { describe, expect, it, vi } from 'vitest'

import { LedgerError } from '../../src/domain/errors.ts'
import { runPaths } from '../../src/warehouse/paths.ts'
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

const at = (time: string) => `2026-11-23T${time}:00Z`
const BAD = runPaths('20261123T090500Z')

/** Three runs of one host with one session each; the one at 09:05 is there to be damaged. */
async function threeRuns(): Promise<TempWarehouse> {
  const warehouse = await tempWarehouse()
  for (const time of ['09:00', '09:05', '09:10']) {
    await recordRun(warehouse, at(time), [okPoll(host('a'), at(time), [session(time)])])
  }
  return warehouse
}

const SESSIONS = 'SELECT session_id FROM snapshots ORDER BY ALL'
const ALL = [{ session_id: '09:00' }, { session_id: '09:05' }, { session_id: '09:10' }]
const OTHERS = [{ session_id: '09:00' }, { session_id: '09:10' }]

const many = (prefix: string) =>
  Array.from({ length: 10_000 }, (_, index) =>
    session(`${prefix}-${(index * 7919) % 10_000}-${Math.sin(index)}`),
  )

const breakages: [string, (file: string) => Promise<unknown>, RegExp][] = [
  ['missing', (file) => rm(file), /it is missing/],
  ['empty', (file) => truncate(file, 0), /it is cut short or altered/],
  ['cut', (file) => truncate(file, 700), /it is cut short or altered/],
  ['a folder', (file) => rm(file).then(() => mkdir(file)), /./],
  ['text', (file) => writeFile(file, 'these are not the rows that you look for'), /altered/],
  ['altered in its footer', (file) => flip(file, -100), /it is not what its run recorded/],
  [
    'text between the marks of a file',
    (file) => writeFile(file, `PAR1${'x'.repeat(4000)}\u0010\u0000\u0000\u0000PAR1`),
    /it is not what its run recorded/,
  ],
]

async function flip(file: string, offset: number): Promise<void> {
  const bytes = await readFile(file)
  bytes.fill(0xff, bytes.length + offset, bytes.length + offset + 40)
  await writeFile(file, bytes)
}

describe('a damaged data file', () => {
  it.each(breakages)('is left out and named when it is %s', async (_, damage, why) => {
    await using warehouse = await threeRuns()
    await damage(join(warehouse.root, BAD.snapshots))
    const { rows, warnings } = await ask(warehouse, SESSIONS)
    expect(rows).toEqual(OTHERS)
    expect(warnings).toEqual([expect.stringMatching(why)])
    expect(warnings[0]).toContain(`"${BAD.snapshots}" is left out`)
    // What does not read it is answered in full, and says nothing.
    const polls = await ask(warehouse, 'SELECT count(*) AS n FROM polls')
    expect(polls).toMatchObject({ rows: [{ n: 3 }], warnings: [] })
  })

  it('is found whichever file it is, the first or the last', async () => {
    for (const runId of ['20261123T090000Z', '20261123T091000Z']) {
      await using warehouse = await threeRuns()
      await flip(join(warehouse.root, runPaths(runId).snapshots), -100)
      const { rows, warnings } = await ask(warehouse, SESSIONS)
      expect(rows).toHaveLength(2)
      expect(warnings).toEqual([expect.stringContaining(runId)])
    }
  })

  it('does not hide the others when all but one are damaged', async () => {
    await using warehouse = await threeRuns()
    await rm(join(warehouse.root, BAD.snapshots))
    await flip(join(warehouse.root, runPaths('20261123T090000Z').snapshots), -100)
    const { rows, warnings } = await ask(warehouse, SESSIONS)
    expect(rows).toEqual([{ session_id: '09:10' }])
    expect(warnings).toHaveLength(2)
  })

  it('leaves no rows, and no error, when it was the only one', async () => {
    await using warehouse = await tempWarehouse()
    await recordRun(warehouse, at('09:05'), [okPoll(host('a'), at('09:05'), [session('1')])])
    await rm(join(warehouse.root, BAD.snapshots))
    await rm(join(warehouse.root, BAD.polls))
    for (const view of ['snapshots', 'polls', 'hosts', 'active_sessions']) {
      const { rows, warnings } = await ask(warehouse, `FROM ${view}`)
      expect(rows).toEqual([])
      expect(warnings.length).toBeGreaterThan(0)
    }
  })

  it('with other columns is not taken for one of the ledger', async () => {
    await using warehouse = await threeRuns()
    for (const runId of ['20261123T090000Z', '20261123T091000Z']) {
      const paths = runPaths(runId)
      await writeFile(
        join(warehouse.root, paths.snapshots),
        await readFile(join(warehouse.root, paths.polls)),
      )
    }
    const { rows, warnings } = await ask(warehouse, SESSIONS)
    expect(rows).toEqual([{ session_id: '09:05' }])
    expect(warnings).toHaveLength(2)
  })

  it('that is only met after rows were given ends the answer, and says how to go around it', async () => {
    await using warehouse = await tempWarehouse()
    for (const time of ['09:00', '09:01', '09:02', '09:03', '09:05']) {
      await recordRun(warehouse, at(time), [okPoll(host('a'), at(time), many(time))])
    }
    const file = join(warehouse.root, BAD.snapshots)
    const bytes = await readFile(file)
    bytes.fill(0x5a, 5000, 20_000)
    await writeFile(file, bytes)
    // So many rows that DuckDB is not at the last file when the first rows are taken.
    const manyRows = 'SELECT session_id, unnest(range(20)) FROM snapshots'
    const error = await ask(warehouse, manyRows).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(LedgerError)
    expect(error).toMatchObject({
      code: 'damaged',
      message: `Cannot read "${BAD.snapshots}": it is not what its run recorded`,
      hint: "Leave that run out: WHERE run_id <> '20261123T090500Z'",
    })
    const around = await ask(
      warehouse,
      "SELECT session_id FROM snapshots WHERE run_id <> '20261123T090500Z'",
    )
    expect(around.rows).toHaveLength(40_000)
    // An answer that is computed whole before it is given leaves the file out by itself.
    const counted = await ask(warehouse, 'SELECT count(DISTINCT session_id) AS n FROM snapshots')
    expect(counted).toMatchObject({
      rows: [{ n: 40_000 }],
      warnings: [expect.stringContaining(BAD.snapshots)],
    })
  }, 30_000)
})

describe('a damaged record', () => {
  it.each([
    ['cut', '{"schema_version": 1, "run_id": "2026'],
    ['empty', ''],
    ['something else', '{"hello": "world"}'],
    ['a list', '[1, 2]'],
    ['of another run', null],
    ['of wrong types', '{"run_id": "20261123T090500Z", "sessions": {"a": 1}}'],
  ])('is left out of the runs and named when it is %s', async (_, content) => {
    await using warehouse = await threeRuns()
    const other = await readFile(join(warehouse.root, runPaths('20261123T090000Z').record), 'utf8')
    await writeFile(join(warehouse.root, BAD.record), content ?? other)
    const { rows, warnings } = await ask(
      warehouse,
      'SELECT run_id, sessions FROM runs ORDER BY ALL',
    )
    expect(rows).toEqual([
      { run_id: '20261123T090000Z', sessions: 1 },
      { run_id: '20261123T091000Z', sessions: 1 },
    ])
    expect(warnings).toEqual([expect.stringContaining(`"${BAD.record}" is left out: it is`)])
  })

  it('does not hide the answers of its run, which are whole', async () => {
    await using warehouse = await threeRuns()
    await writeFile(join(warehouse.root, BAD.record), '{"cut')
    expect(await ask(warehouse, SESSIONS)).toMatchObject({ rows: ALL, warnings: [] })
    const active = await ask(warehouse, 'SELECT session_id FROM active_sessions')
    expect(active.rows).toEqual([{ session_id: '09:10' }])
  })
})

describe('the ledger, with damaged files in it', () => {
  it('still records, and still knows its slots', async () => {
    await using warehouse = await threeRuns()
    for (const path of Object.values(BAD)) await writeFile(join(warehouse.root, path), 'x')
    expect(await warehouse.ledger.hasSlot(new Date(at('09:05')))).toBe(true)
    const record = await recordRun(warehouse, at('09:15'), [okPoll(host('a'), at('09:15'))])
    expect(record?.outcome).toBe('ok')
    expect((await ask(warehouse, 'FROM polls')).rows).toHaveLength(3)
  })
})
