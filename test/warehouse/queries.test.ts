import { spawnSync } from 'node:child_process'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { describe, expect, it, vi } from 'vitest'

import {
  ask,
  host,
  okPoll,
  openWarehouse,
  recordRun,
  session,
  tempFolder,
  tempWarehouse,
} from './temp-warehouse.ts'

// Real files and a real engine: slow where many others work at the same time.
vi.setConfig({ testTimeout: 30_000 })

const SLOT = '2026-11-23T09:05:00Z'
const ENDLESS =
  'WITH RECURSIVE t AS (SELECT 1 AS a UNION ALL SELECT a + 1 FROM t) SELECT count(*) FROM t'

async function oneRun(options: Parameters<typeof tempWarehouse>[0] = {}) {
  const warehouse = await tempWarehouse(options)
  await recordRun(warehouse, SLOT, [okPoll(host('a'), SLOT, [session('1')])])
  return warehouse
}

describe('query', () => {
  it.each(['a folder that is not there', 'an empty folder', 'a run that was never recorded'])(
    'says that there is no run yet: %s',
    async (what) => {
      await using folder = await tempFolder()
      const root = join(folder.root, 'warehouse')
      if (what === 'an empty folder') await mkdir(root)
      if (what === 'a run that was never recorded') {
        const polls = join(root, 'v1/raw/polls/date=2026-11-23')
        await mkdir(polls, { recursive: true })
        await writeFile(join(polls, '20261123T090500Z.parquet'), 'x')
      }
      const before = await readdir(folder.root)
      await expect(ask(openWarehouse(root), 'FROM polls')).rejects.toMatchObject({
        code: 'empty',
        message: `The warehouse "${root}" has no run yet`,
        hint: 'bastion-ledger collect, or bastion-ledger demo to see it with made-up data',
      })
      expect(await readdir(folder.root)).toEqual(before)
    },
  )

  it('says why a folder cannot be read', async () => {
    await using folder = await tempFolder()
    const root = join(folder.root, 'taken')
    await writeFile(root, 'a file')
    await expect(ask(openWarehouse(root), 'FROM polls')).rejects.toMatchObject({ code: 'storage' })
  })

  it('takes parameters', async () => {
    await using warehouse = await oneRun()
    const sql =
      'SELECT session_id FROM snapshots WHERE user_name = $1 AND session_duration_mins > $2'
    expect((await ask(warehouse, sql, ['ada@contoso.example', 60])).rows).toHaveLength(1)
    expect((await ask(warehouse, sql, ["x' OR 'x' = 'x", 0])).rows).toEqual([])
    const since = 'SELECT count(*) AS n FROM snapshots WHERE observed_at >= $1'
    expect((await ask(warehouse, since, ['2026-11-23T09:05:01Z'])).rows).toEqual([{ n: 1 }])
    expect((await ask(warehouse, since, ['2026-11-23T09:05:02Z'])).rows).toEqual([{ n: 0 }])
    await expect(ask(warehouse, sql, ['one'])).rejects.toMatchObject({
      code: 'query',
      message: 'Cannot run the query: parameters taken 2, given 1',
    })
  })

  it.each([
    [
      'SELECT nope FROM snapshots',
      'Cannot run the query: Binder Error: Referenced column "nope" not found in FROM clause!',
      expect.stringMatching(/^Candidate bindings: "/),
    ],
    [
      'FROM snapshotz',
      'Cannot run the query: Catalog Error: Table with name snapshotz does not exist!',
      'Did you mean "snapshots"?',
    ],
    [
      "SELECT 'x'::INTEGER",
      "Cannot run the query: Conversion Error: Could not convert string 'x' to INT32",
      undefined,
    ],
    [
      'SELECT strptime(user_name, $$%d$$) FROM snapshots',
      expect.stringMatching(/^Cannot run the query: Invalid Input Error: .*ada@contoso/),
      'Error: Expected a number',
    ],
  ])("answers what is wrong in DuckDB's words, on one line: %s", async (sql, message, hint) => {
    await using warehouse = await oneRun()
    const error = await ask(warehouse, sql).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'query', message })
    expect(String(error)).not.toMatch(/\n|LINE \d|\^/)
    expect(error).toHaveProperty('hint', hint)
  })

  it('is stopped when its time is over, and not taken for complete', async () => {
    await using warehouse = await oneRun({ queryTimeoutMs: 500 })
    for (const sql of [ENDLESS, 'FROM range(100_000_000_000)', 'SELECT sleep_ms(60_000)']) {
      await expect(ask(warehouse, sql)).rejects.toMatchObject({
        code: 'query',
        message: 'Cannot finish the query: it took longer than 1s',
        hint: expect.stringContaining('--query-timeout'),
      })
    }
  })

  it.each([
    [
      "SELECT (CASE WHEN range = 900_000 THEN 'x' ELSE '1' END)::INTEGER FROM range(1_000_000)",
      'Conversion',
    ],
    [
      "SELECT CASE WHEN range = 900_000 THEN error('boom') END FROM range(1_000_000); ",
      'Invalid Input',
    ],
    [
      'SELECT 9_223_372_036_854_000_000 + range + $1 FROM range(900_000_000) -- far',
      'Out of Range',
    ],
  ])('tells of an error that comes after many rows: %s', async (sql, kind) => {
    await using warehouse = await oneRun()
    const parameters = sql.includes('$1') ? [1] : []
    await using result = await warehouse.queries.query(sql, { parameters })
    const read = async () => {
      for await (const batch of result.batches()) expect(batch.length).toBeGreaterThan(0)
    }
    await expect(read()).rejects.toMatchObject({
      code: 'query',
      message: expect.stringContaining(`Cannot run the query: ${kind} Error`),
    })
  })

  it.each([1, 30, 60, 90, 120])('is stopped wherever it is after %s ms', async (queryTimeoutMs) => {
    await using warehouse = await oneRun({ queryTimeoutMs })
    await expect(ask(warehouse, ENDLESS)).rejects.toMatchObject({
      code: 'query',
      message: expect.stringContaining('it took longer than'),
    })
  })

  it('does not count the time in which nobody takes the rows', async () => {
    await using warehouse = await oneRun({ queryTimeoutMs: 2000 })
    await using result = await warehouse.queries.query('FROM range(40_000)')
    let rows = 0
    for await (const batch of result.batches()) {
      if (rows === 0) await new Promise((resolve) => setTimeout(resolve, 2200))
      rows += batch.length
    }
    expect(rows).toBe(40_000)
  })

  it('is stopped by its signal, whose reason it rejects with', async () => {
    await using warehouse = await oneRun()
    const { queries } = warehouse
    const stop = new AbortController()
    const reason = new Error('Ctrl-C')
    setTimeout(() => stop.abort(reason), 100)
    await expect(queries.query(ENDLESS, { signal: stop.signal })).rejects.toBe(reason)
    await expect(queries.query('SELECT 1', { signal: stop.signal })).rejects.toBe(reason)
  })

  it('is stopped by its signal while rows are read', async () => {
    await using warehouse = await oneRun()
    const stop = new AbortController()
    const reason = new Error('Ctrl-C')
    await using result = await warehouse.queries.query('FROM range(100_000_000_000)', {
      signal: stop.signal,
    })
    const read = async () => {
      let rows = 0
      for await (const batch of result.batches()) {
        rows += batch.length
        if (rows > 50_000) stop.abort(reason)
      }
    }
    await expect(read()).rejects.toBe(reason)
  })

  it('can be left in the middle', async () => {
    await using warehouse = await oneRun()
    {
      await using result = await warehouse.queries.query('FROM range(100_000_000_000)')
      for await (const batch of result.batches()) {
        expect(batch.length).toBeGreaterThan(0)
        break
      }
    }
    expect((await ask(warehouse, 'FROM polls')).rows).toHaveLength(1)
  })

  it('stays within its memory, or says what to do', async () => {
    await using warehouse = await oneRun({ memoryLimitBytes: 64e6 })
    await expect(
      ask(warehouse, 'SELECT list(range) FROM range(1_000_000_000)'),
    ).rejects.toMatchObject({
      code: 'query',
      message: expect.stringMatching(/^Cannot run the query: Out of Memory Error: /),
      hint: 'Ask for less at once, or allow more with --memory-limit',
    })
  })

  it('spills to disk where that helps, and leaves nothing there', async () => {
    await using warehouse = await oneRun({ memoryLimitBytes: 64e6 })
    const { rows } = await ask(
      warehouse,
      `SELECT count(*) AS n, max(text) AS last FROM (
         SELECT md5(range::VARCHAR) AS text FROM range(3_000_000) ORDER BY text OFFSET 1)`,
    )
    expect(rows).toEqual([{ n: 2_999_999, last: expect.stringMatching(/^ffff/) }])
    expect(await readdir(warehouse.scratch)).toEqual(['spool'])
  })

  it('names a column that comes twice only once', async () => {
    await using warehouse = await oneRun()
    const { columns } = await ask(warehouse, 'SELECT 1 AS a, 2 AS a, 3 AS b')
    expect(new Set(columns.map(({ name }) => name)).size).toBe(3)
  })

  it('answers many at the same time', async () => {
    await using warehouse = await oneRun()
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, index) => ask(warehouse, `SELECT ${index} AS n FROM polls`)),
    )
    expect(answers.map(({ rows }) => rows[0]?.['n'])).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
  })
})

describe('openLedger and openQueries', () => {
  it('do not load DuckDB before it is needed', () => {
    const script = `
      const { openWarehouse } = await import('${new URL('temp-warehouse.ts', import.meta.url).href}')
      openWarehouse('/nowhere')
      const { report } = process.report.getReport().sharedObjects
        ? { report: process.report.getReport().sharedObjects } : { report: [] }
      if (report.some((name) => name.includes('duckdb'))) process.exit(1)`
    const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script])
    expect(String(stderr)).toBe('')
    expect(status).toBe(0)
  })
})
