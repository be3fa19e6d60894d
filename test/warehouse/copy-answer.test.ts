import { existsSync } from 'node:fs'
import { readdir, truncate } from 'node:fs/promises'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

import { literal, startEngine } from '../../src/warehouse/duckdb.ts'
import {
  ask,
  host,
  okPoll,
  openWarehouse,
  recordRun,
  session,
  tempWarehouse,
  type TempWarehouse,
} from './temp-warehouse.ts'

// Real files and a real engine: slow where many others work at the same time.
vi.setConfig({ testTimeout: 30_000 })

const SLOT = '2026-11-23T09:05:00Z'
const LATER = '2026-11-23T09:10:00Z'
let warehouse: TempWarehouse

beforeAll(async () => {
  warehouse = await tempWarehouse()
  await recordRun(warehouse, SLOT, [okPoll(host('a'), SLOT, [session('1')])])
  await recordRun(warehouse, LATER, [okPoll(host('a'), LATER, [session('1'), session('2')])])
})
afterAll(async () => {
  await warehouse[Symbol.asyncDispose]()
})

/** What the Parquet file holds, for an engine that knows nothing of the ledger. */
async function copied(
  sql: string,
  parameters: readonly (string | number)[] = [],
  { queries }: Pick<TempWarehouse, 'queries'> = warehouse,
) {
  await using result = await queries.copy(sql, { parameters })
  using engine = await startEngine()
  const reader = await engine.connection.runAndReadAll(`FROM read_parquet(${literal(result.file)})`)
  const columns = reader
    .columnNames()
    .map((name, index) => `${name} ${String(reader.columnType(index))}`)
  return {
    columns,
    rows: reader.getRowObjectsJson(),
    count: result.rows,
    warnings: result.warnings,
  }
}

describe('copy', () => {
  it('writes the rows, with the types of DuckDB', async () => {
    const { columns, rows, count } = await copied(
      `SELECT session_id, started_at, 9007199254740993 AS big, 1.10::DECIMAL(9, 2) AS price,
         [1, NULL] AS list, {a: DATE '2026-11-23'} AS struct, NULL::BOOLEAN AS flag
       FROM snapshots WHERE run_id = $1 ORDER BY session_id DESC`,
      ['20261123T091000Z'],
    )
    expect(columns).toEqual([
      'session_id VARCHAR',
      'started_at TIMESTAMP WITH TIME ZONE',
      'big BIGINT',
      'price DECIMAL(9,2)',
      'list INTEGER[]',
      'struct STRUCT("a" DATE)',
      'flag BOOLEAN',
    ])
    expect(count).toBe(2)
    expect(rows).toMatchObject([
      { session_id: '2', big: '9007199254740993', price: '1.10', list: [1, null], flag: null },
      { session_id: '1' },
    ])
  })

  it('keeps the order, of many rows too', async () => {
    const sql = 'SELECT 1_000_000 - range AS n FROM range(1_000_000) ORDER BY n'
    await using result = await warehouse.queries.copy(sql)
    expect(result.rows).toBe(1_000_000)
    using engine = await startEngine()
    const reader = await engine.connection.runAndReadAll(
      `SELECT bool_and(n = file_row_number + 1)
       FROM read_parquet(${literal(result.file)}, file_row_number = true)`,
    )
    expect(reader.getRows()).toEqual([[true]])
  })

  it.each([
    'SHOW TABLES',
    'DESCRIBE polls;',
    'SUMMARIZE polls',
    'FROM polls',
    'TABLE polls',
    'VALUES (1)',
    'WITH x AS (FROM polls) SELECT count(*) FROM x',
    "PIVOT polls ON outcome IN ('ok') USING count(*)",
    'SELECT 1 AS a, 2 AS a',
    'SELECT 1 -- ) TO nowhere; DROP',
    'SELECT 1; -- )',
    ' ; ;SELECT 1',
    "SELECT ';' AS a; ; /* ; */ -- ;",
    'SELECT 1 AS ";"',
    'FROM polls WHERE false',
  ])('takes whatever is a question: %s', async (sql) => {
    const answered = await ask(warehouse, sql)
    const { columns, count } = await copied(sql)
    expect(columns).toHaveLength(answered.columns.length)
    expect(count).toBe(answered.rows.length)
  })

  it.each([
    ["SELECT 1) TO 'OUT' (FORMAT csv); --", 'syntax error at or near ")"'],
    ["SELECT 1) TO 'OUT'; COPY (SELECT 2", 'syntax error at or near ")"'],
    ["SELECT 1)) TO 'OUT'; COPY (FROM (SELECT 2", 'syntax error at or near ")"'],
    ['SELECT 1 /*', 'unterminated'],
    ["SELECT 'x", 'unterminated'],
    ['SELECT $$x', 'unterminated'],
    ["COPY (SELECT 1) TO 'OUT'", 'only SELECT is allowed'],
    ['SELECT 1; SELECT 2', 'it has 2 statements, not one'],
    ["FROM read_text('/etc/passwd')", 'the function read_text is not allowed'],
    ["FROM '/etc/passwd.csv'", 'names a file, not a view'],
    ['EXPLAIN SELECT 1', 'Cannot write a plan as Parquet'],
    ['SELECT $1', 'parameters taken 1, given 0'],
    ["SELECT 'x'::INTEGER FROM range(10)", 'Conversion Error'],
  ])('refuses what is no question, or wrong, and leaves nothing: %s', async (sql, words) => {
    const out = join(warehouse.scratch, 'out')
    await expect(copied(sql.replaceAll('OUT', out))).rejects.toMatchObject({
      code: 'query',
      message: expect.stringContaining(words),
    })
    expect(existsSync(out)).toBe(false)
    expect(await readdir(warehouse.scratch)).toEqual(['spool'])
  })

  it('removes the file when it is closed', async () => {
    const result = await warehouse.queries.copy('FROM polls')
    expect(existsSync(result.file)).toBe(true)
    await result[Symbol.asyncDispose]()
    expect(existsSync(result.file)).toBe(false)
    expect(await readdir(warehouse.scratch)).toEqual(['spool'])
  })

  it('is stopped when its time is over, and by its signal', async () => {
    const hurried = openWarehouse(warehouse.root, { queryTimeoutMs: 500 })
    await expect(copied('FROM range(100_000_000_000)', [], hurried)).rejects.toMatchObject({
      code: 'query',
      message: 'Cannot finish the query: it took longer than 1s',
    })
    const stop = new AbortController()
    const reason = new Error('Ctrl-C')
    setTimeout(() => stop.abort(reason), 300)
    await expect(
      warehouse.queries.copy('FROM range(100_000_000_000)', { signal: stop.signal }),
    ).rejects.toBe(reason)
    expect(await readdir(warehouse.scratch)).toEqual(['spool'])
  })

  it('leaves out a damaged file, and names it', async () => {
    await using damaged = await tempWarehouse()
    await recordRun(damaged, SLOT, [okPoll(host('a'), SLOT, [session('1')])])
    await recordRun(damaged, LATER, [okPoll(host('a'), LATER, [session('2')])])
    const folder = join(damaged.root, 'v1/raw/snapshots/date=2026-11-23')
    const [first = ''] = (await readdir(folder)).toSorted()
    await truncate(join(folder, first), 100)
    const { count, warnings } = await copied('FROM snapshots', [], damaged)
    expect(count).toBe(1)
    expect(warnings).toEqual([
      `"v1/raw/snapshots/date=2026-11-23/${first}" is left out: it is cut short or altered`,
    ])
  })
})
