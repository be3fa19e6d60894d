import { existsSync } from 'node:fs'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import {
  ask,
  host,
  okPoll,
  recordRun,
  session,
  tempWarehouse,
  type TempWarehouse,
} from './temp-warehouse.ts'

const SLOT = '2026-11-23T09:05:00Z'
let warehouse: TempWarehouse
/** A folder that no query may ever put anything into. */
let target: string

beforeAll(async () => {
  warehouse = await tempWarehouse()
  await recordRun(warehouse, SLOT, [okPoll(host('a'), SLOT, [session('1')])])
  target = await mkdtemp(join(tmpdir(), 'ledger-target-'))
})
afterAll(async () => {
  await warehouse[Symbol.asyncDispose]()
  await rm(target, { recursive: true })
})

async function files(): Promise<string[]> {
  const all = await Promise.all(
    [warehouse.root, target].map((folder) => readdir(folder, { recursive: true })),
  )
  return all.flat().toSorted()
}

/** Where a test says OUT or IN, a path outside or inside the warehouse is meant. */
function placed(sql: string): string {
  return sql.replaceAll('OUT', `${target}/x`).replaceAll('IN/', `${warehouse.root}/v1/`)
}

const NOT_SELECT = [
  "COPY (SELECT 1) TO 'IN/x.csv'",
  "COPY snapshots TO 'OUT.parquet' (FORMAT parquet)",
  "copy (select 1) to 'IN/raw/snapshots/date=2026-11-23/x.parquet'",
  "/* a comment */ COPY (SELECT 1) TO 'OUT'",
  "-- SELECT\nCOPY (SELECT 1) TO 'OUT'",
  "EXPLAIN COPY (SELECT 1) TO 'OUT'",
  "EXPLAIN ANALYZE COPY (SELECT 1) TO 'OUT'",
  "explain analyse copy snapshots to 'IN/x.parquet' (format parquet)",
  "EXPLAIN (ANALYZE) COPY (SELECT 1) TO 'OUT'",
  "EXPLAIN (FORMAT json, ANALYZE) COPY (SELECT 1) TO 'OUT'",
  "EXPLAIN /* SELECT */ ANALYZE -- SELECT\n COPY (SELECT 1) TO 'OUT'",
  "/* EXPLAIN */ COPY (SELECT 1) TO 'OUT'",
  "EXPLAIN ANALYZE ATTACH 'IN/new.duckdb'",
  "EXPLAIN ANALYZE EXPORT DATABASE 'OUT'",
  'EXPLAIN ANALYZE CREATE TABLE t AS SELECT 1',
  'EXPLAIN ANALYZE INSERT INTO polls FROM polls',
  'EXPLAIN ANALYZE DROP VIEW polls',
  'EXPLAIN ANALYZE PREPARE x AS SELECT 1',
  'EXPLAIN ANALYZE CALL enable_logging()',
  'EXPLAIN EXPLAIN SELECT 1',
  'EXPLAIN ANALYZE EXPLAIN ANALYZE SELECT 1',
  'EXPLAIN (ANALYZE) (EXPLAIN SELECT 1)',
  'EXPLAIN VERBOSE SELECT 1',
  'EXPLAIN (FORMAT xml) SELECT 1',
  'EXPLAIN () SELECT 1',
  'FROM (EXPLAIN SELECT 1)',
  "ATTACH 'IN/new.duckdb'",
  "ATTACH ':memory:' AS x",
  'DETACH azure',
  'USE azure',
  "EXPORT DATABASE 'OUT'",
  "IMPORT DATABASE 'OUT'",
  'INSTALL httpfs',
  'LOAD httpfs',
  'UPDATE EXTENSIONS',
  "SET memory_limit = '100GB'",
  'SET lock_configuration = false',
  'RESET memory_limit',
  'SET VARIABLE x = 1',
  'PRAGMA version',
  'PRAGMA enable_profiling',
  "PRAGMA profiling_output = 'OUT'",
  'CALL pragma_version()',
  "CALL enable_logging(storage = 'file')",
  'PREPARE x AS SELECT 1',
  'EXECUTE x',
  'DEALLOCATE x',
  'CREATE TABLE t (a INTEGER)',
  'CREATE VIEW v AS SELECT 1',
  "CREATE SECRET (TYPE s3, KEY_ID 'x')",
  'CREATE OR REPLACE VIEW snapshots AS SELECT 1',
  'INSERT INTO snapshots SELECT 1',
  'UPDATE snapshots SET user_name = NULL',
  'DELETE FROM snapshots',
  'MERGE INTO snapshots USING polls ON true WHEN MATCHED THEN DELETE',
  'DROP VIEW snapshots',
  'ALTER VIEW snapshots RENAME TO x',
  "COMMENT ON VIEW snapshots IS 'x'",
  'BEGIN',
  'CHECKPOINT',
  'VACUUM',
]

const FUNCTIONS = [
  "FROM read_text('/etc/passwd')",
  "FROM read_text('IN/raw/runs/date=2026-11-23/20260101T000000Z.json')",
  "FROM read_blob('/etc/passwd')",
  "FROM read_csv('/etc/passwd')",
  "FROM read_csv_auto('/etc/passwd')",
  "FROM sniff_csv('/etc/passwd')",
  "FROM read_json('/etc/passwd')",
  "FROM read_ndjson_objects('/etc/passwd')",
  "FROM read_parquet('/etc/passwd')",
  "FROM parquet_metadata('/etc/passwd')",
  "FROM read_duckdb('OUT')",
  "FROM glob('/etc/*')",
  "FROM GLOB('/etc/*')",
  'FROM "read_text"(\'/etc/passwd\')',
  "FROM system.main.read_text('/etc/passwd')",
  'FROM enable_logging()',
  "FROM enable_logging(storage = 'file', storage_config = {'path': 'IN/logs'})",
  "FROM enable_logging('QueryLog', storage = 'file', storage_path = 'OUT')",
  "FROM enable_profiling(save_location = 'OUT.txt')",
  'FROM checkpoint()',
  'FROM duckdb_secrets()',
  "FROM query('SELECT 1')",
  "FROM query('COPY (SELECT 1) TO ''OUT''')",
  "FROM query_table('polls')",
  "FROM json_execute_serialized_sql('{}')",
  'FROM arrow_scan(1, 2, 3)',
  "SELECT * FROM polls WHERE outcome IN (FROM read_text('/etc/passwd'))",
  "SELECT (SELECT content FROM read_text('/etc/passwd'))",
  "SELECT EXISTS (FROM glob('/etc/*'))",
  "WITH x AS MATERIALIZED (FROM read_text('/etc/passwd')) FROM x",
  "WITH RECURSIVE x AS (SELECT 1 UNION ALL SELECT 1 FROM x, read_text('/etc/passwd')) FROM x",
  'SELECT * FROM polls, LATERAL (FROM read_text(host_id))',
  "FROM polls POSITIONAL JOIN read_text('/etc/passwd')",
  "SELECT 1 UNION ALL SELECT count(*) FROM read_text('/etc/passwd')",
  "PIVOT (FROM read_text('/etc/passwd')) ON filename IN ('x') USING count(*)",
  "SUMMARIZE FROM read_text('/etc/passwd')",
  "DESCRIBE FROM enable_logging(storage = 'file')",
  "EXPLAIN FROM read_text('/etc/passwd')",
  "EXPLAIN ANALYZE FROM enable_logging(storage = 'file', storage_config = {'path': 'IN/logs'})",
  "EXPLAIN (ANALYZE) SELECT (SELECT content FROM read_text('/etc/passwd'))",
  "EXPLAIN SUMMARIZE FROM read_text('/etc/passwd')",
]

const FOREIGN_FILES = [
  "FROM '/etc/passwd.csv'",
  "FROM '/proc/self/environ.json'",
  "FROM 'IN/../../../../../../etc/hosts.csv'",
  "FROM 'OUT.parquet'",
  "FROM 'https://127.0.0.1:1/x.parquet'",
  "FROM 's3://bucket/x.parquet'",
  "EXPLAIN ANALYZE FROM '/etc/passwd.csv'",
  "FROM 'IN/x.parquet'",
  "FROM 'IN/**/*.parquet'",
  "FROM 'IN/v1/raw/runs/*/*.json'",
  'SELECT * FROM polls JOIN "IN/x.parquet" USING (run_id)',
  "SELECT (SELECT count(*) FROM 'IN/x.json')",
  "SUMMARIZE 'x.csv'",
  "FROM 'x.duckdb'",
]

describe('a query', () => {
  it.each([...NOT_SELECT])('that is no SELECT is refused: %s', async (sql) => {
    const before = await files()
    await expect(ask(warehouse, placed(sql))).rejects.toMatchObject({
      code: 'query',
      message: expect.stringMatching(
        /^Cannot run the query: (only SELECT is allowed|Parser Error)/,
      ),
    })
    expect(await files()).toEqual(before)
  })

  it.each(FUNCTIONS)('cannot call what reads or writes files: %s', async (sql) => {
    const before = await files()
    await expect(ask(warehouse, placed(sql))).rejects.toMatchObject({
      code: 'query',
      message: expect.stringMatching(/^Cannot run the query: the function \w+ is not allowed$/),
    })
    expect(await files()).toEqual(before)
  })

  it.each(FOREIGN_FILES)("cannot name a file that is not the ledger's: %s", async (sql) => {
    const before = await files()
    await expect(ask(warehouse, placed(sql))).rejects.toMatchObject({
      code: 'query',
      message: expect.stringMatching(/names a file, not a view$/),
    })
    expect(await files()).toEqual(before)
  })

  it.each([
    ['', 'there is no statement in it'],
    ['   \n\t', 'there is no statement in it'],
    ['-- nothing', 'there is no statement in it'],
    [';;', 'there is no statement in it'],
    ['SELECT 1; SELECT 2', 'it has 2 statements, not one'],
    ["SELECT 1; COPY (SELECT 1) TO 'OUT'", 'only SELECT is allowed'],
    ['SELECT 1 /* ; */; DROP VIEW polls -- SELECT', 'only SELECT is allowed'],
    ['SELEC 1', 'syntax error at or near "SELEC"'],
    ['SELECT 1,\n\nFROM WHERE', '(line 3)'],
    ['EXPLAIN', 'syntax error at end of input'],
    ['EXPLAIN;', 'syntax error'],
    ['EXPLAIN SELECT 1; SELECT 2', 'it has 2 statements, not one'],
    ['EXPLAIN SELECT 1; DROP VIEW polls', 'only SELECT is allowed'],
    ["EXPLAIN ANALYZE SELECT 1; COPY (SELECT 1) TO 'OUT'", 'only SELECT is allowed'],
    ['EXPLAIN; DROP VIEW polls', 'syntax error'],
    ['SELECT 1; EXPLAIN SELECT 2', 'only SELECT is allowed'],
    ['EXPLAIN\nANALYZE SELECT 1,\n\nFROM WHERE', '(line 4)'],
  ])('must be one statement: %j', async (sql, words) => {
    const error = await ask(warehouse, placed(sql)).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'query', message: expect.stringContaining(words) })
    expect(String(error)).not.toContain('\n')
  })

  it.each([
    'SELECT 1',
    'SELECT 1;',
    "SELECT '; COPY x TO y' AS text -- ; DROP",
    'FROM polls',
    'TABLE polls',
    'VALUES (1), (2)',
    'WITH x AS (FROM polls) SELECT count(*) FROM x',
    'SHOW TABLES',
    'SHOW ALL TABLES',
    'DESCRIBE polls',
    'SUMMARIZE polls',
    "PIVOT polls ON outcome IN ('ok') USING count(*)",
    'UNPIVOT (SELECT 1 AS a, 2 AS b) ON a, b',
    'FROM range(3)',
    "FROM json_each('[1]')",
    'SELECT unnest([1, 2])',
    'SELECT * FROM duckdb_columns() LIMIT 1',
  ])('that only reads is answered: %s', async (sql) => {
    expect((await ask(warehouse, sql)).columns.length).toBeGreaterThan(0)
  })

  it.each([
    ['EXPLAIN SELECT DISTINCT host_id FROM polls', 'physical_plan', 'READ_PARQUET'],
    ['explain from polls;', 'physical_plan', 'READ_PARQUET'],
    ['EXPLAIN ANALYZE SELECT 1; -- ; DROP', 'analyzed_plan', 'Total Time'],
    ['EXPLAIN (FORMAT json) (SELECT 1)', 'physical_plan', '"name": "PROJECTION"'],
    ['EXPLAIN (ANALYZE, FORMAT "json") SELECT 1', 'analyzed_plan', '"latency"'],
    ['-- a\nEXPLAIN /* b */ (\nANALYZE) -- c\nSELECT 1', 'analyzed_plan', 'Total Time'],
    ['EXPLAIN DESCRIBE polls', 'physical_plan', 'COLUMN_DATA_SCAN'],
    ['EXPLAIN SHOW TABLES', 'physical_plan', 'UNION'],
    ['EXPLAIN SUMMARIZE polls', 'physical_plan', 'READ_PARQUET'],
  ])('is explained: %s', async (sql, key, words) => {
    const { columns, rows } = await ask(warehouse, sql)
    expect(columns.map(({ name }) => name)).toEqual(['explain_key', 'explain_value'])
    expect(rows).toEqual([{ explain_key: key, explain_value: expect.stringContaining(words) }])
  })

  it('is explained with its parameters, over the files that it reads', async () => {
    const sql = 'EXPLAIN ANALYZE SELECT * FROM polls WHERE run_id >= $1'
    const { rows } = await ask(warehouse, sql, ['20261123T090500Z'])
    expect(rows[0]?.['explain_value']).toContain('Total Files Read: 1')
    const { rows: none } = await ask(warehouse, sql, ['20261124'])
    expect(none[0]?.['explain_value']).not.toContain('READ_PARQUET')
  })

  it('must name the values that it pivots on', async () => {
    await expect(ask(warehouse, 'PIVOT polls ON outcome USING count(*)')).rejects.toMatchObject({
      code: 'query',
      hint: 'Name the values: PIVOT … ON outcome IN (…) USING …',
    })
  })

  it('cannot change a setting in any way', async () => {
    const { rows } = await ask(
      warehouse,
      `SELECT name, value FROM duckdb_settings()
       WHERE name IN ('enable_external_access', 'lock_configuration', 'TimeZone') ORDER BY name`,
    )
    expect(rows).toEqual([
      { name: 'TimeZone', value: 'UTC' },
      { name: 'enable_external_access', value: 'false' },
      { name: 'lock_configuration', value: 'true' },
    ])
  })

  it('made nothing anywhere, after all of these', async () => {
    expect(await readdir(target)).toEqual([])
    expect(existsSync(join(warehouse.root, 'v1/logs'))).toBe(false)
  })
})
