import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { ask, recordRun, tempWarehouse, type TempWarehouse } from './temp-warehouse.ts'

let warehouse: TempWarehouse

beforeAll(async () => {
  warehouse = await tempWarehouse()
  await recordRun(warehouse, '2026-11-23T09:05:00Z', [])
})
afterAll(() => warehouse[Symbol.asyncDispose]())

describe('a cell', () => {
  it.each([
    // Times
    ["TIMESTAMPTZ '2026-11-23 09:05:00Z'", '2026-11-23T09:05:00Z'],
    ["TIMESTAMPTZ '2026-11-23 09:05:00.100Z'", '2026-11-23T09:05:00.1Z'],
    ["TIMESTAMPTZ '2026-11-23 09:05:00.000001Z'", '2026-11-23T09:05:00.000001Z'],
    ["TIMESTAMPTZ '2026-11-23 09:05:00.12Z'", '2026-11-23T09:05:00.12Z'],
    ["TIMESTAMPTZ '2026-11-23 10:05:00+01'", '2026-11-23T09:05:00Z'],
    ["TIMESTAMPTZ '1969-12-31 23:59:59.999999Z'", '1969-12-31T23:59:59.999999Z'],
    ["TIMESTAMPTZ '1969-12-31 23:59:59.9Z'", '1969-12-31T23:59:59.9Z'],
    ["TIMESTAMPTZ '1600-02-29 00:00:00Z'", '1600-02-29T00:00:00Z'],
    ["TIMESTAMPTZ '9999-12-31 23:59:59.999999Z'", '9999-12-31T23:59:59.999999Z'],
    ["TIMESTAMPTZ '12026-01-02 03:04:05Z'", '12026-01-02T03:04:05'],
    ["TIMESTAMPTZ 'infinity'", 'infinity'],
    ["TIMESTAMPTZ '-infinity'", '-infinity'],
    ["TIMESTAMP '2026-11-23 09:05:00'", '2026-11-23T09:05:00'],
    ["TIMESTAMP '2026-11-23 09:05:00.5'", '2026-11-23T09:05:00.5'],
    ["TIMESTAMP_S '2026-11-23 09:05:00'", '2026-11-23T09:05:00'],
    ["TIMESTAMP_NS '2026-11-23 09:05:00.000000001'", '2026-11-23T09:05:00.000000001'],
    ["DATE '2026-11-23'", '2026-11-23'],
    ["TIME '09:05:00'", '09:05:00'],
    ["TIME '09:05:00.250'", '09:05:00.25'],
    ["INTERVAL '90 minutes'", '01:30:00'],
    // Numbers
    ['1', 1],
    ['-1::BIGINT', -1],
    ['9007199254740991', 9_007_199_254_740_991],
    ['9007199254740992', '9007199254740992'],
    ['-9223372036854775808', '-9223372036854775808'],
    ['sum(1)', 1],
    ['170141183460469231731687303715884105727::HUGEINT', '170141183460469231731687303715884105727'],
    ['18446744073709551615::UBIGINT', '18446744073709551615'],
    ['1.50::DECIMAL(10, 2)', 1.5],
    ['-0.05::DECIMAL(10, 2)', -0.05],
    ['123456789012345.6::DECIMAL(20, 1)', '123456789012345.6'],
    ['12345678901234.5::DECIMAL(20, 1)', 12_345_678_901_234.5],
    ['0.1::DOUBLE', 0.1],
    ['1e300::DOUBLE', 1e300],
    ["'NaN'::DOUBLE", 'NaN'],
    ["'-Infinity'::DOUBLE", '-Infinity'],
    ["'Infinity'::FLOAT", 'Infinity'],
    // Others
    ['NULL', null],
    ['true', true],
    ["''", ''],
    ["'a' || chr(0) || '😀'", 'a\u0000😀'],
    ["'\\x00\\xAB'::BLOB", '00ab'],
    ['\'{"a": 1}\'::JSON', '{"a": 1}'],
    ["'00000000-0000-0000-0000-000000000001'::UUID", '00000000-0000-0000-0000-000000000001'],
    ["'a'::ENUM ('a', 'b')", 'a'],
    ["'101'::BIT", '101'],
    // Nested
    ['[1, NULL, 3]', [1, null, 3]],
    ['[[1], []]', [[1], []]],
    ['[1, 2]::INTEGER[2]', [1, 2]],
    [
      "{'at': TIMESTAMPTZ '2026-11-23 09:05:00Z', 'n': 9007199254740993, 'none': NULL}",
      { at: '2026-11-23T09:05:00Z', n: '9007199254740993', none: null },
    ],
    ["MAP {'ok': 1, 'denied': NULL}", { ok: 1, denied: null }],
    ["MAP {1: 'a'}", [{ key: 1, value: 'a' }]],
    ["[{'a': MAP {'b': [DATE '2026-11-23']}}]", [{ a: { b: ['2026-11-23'] } }]],
    ['union_value(k := 1.5::DOUBLE)', 1.5],
    ['NULL::INTEGER[]', null],
    ['NULL::STRUCT(a INTEGER)', null],
  ])('of %s is %j', async (sql, expected) => {
    const { rows } = await ask(warehouse, `SELECT ${sql} AS cell`)
    expect(rows).toEqual([{ cell: expected }])
    expect(JSON.parse(JSON.stringify(rows))).toEqual(rows)
  })

  it('exists for every type of DuckDB', async () => {
    const { rows } = await ask(warehouse, 'FROM test_all_types()')
    expect(rows).toHaveLength(3)
    expect(JSON.parse(JSON.stringify(rows))).toEqual(rows)
  })

  it('says what a column is in words of DuckDB', async () => {
    const { columns } = await ask(warehouse, 'SELECT 1 AS a, now() AS b, [1.5] AS c')
    expect(columns).toEqual([
      { name: 'a', type: 'INTEGER' },
      { name: 'b', type: 'TIMESTAMP WITH TIME ZONE' },
      { name: 'c', type: 'DECIMAL(2,1)[]' },
    ])
  })
})
