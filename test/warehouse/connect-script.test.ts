import { truncate } from 'node:fs/promises'
import { join } from 'node:path'

import { DuckDBInstance } from '@duckdb/node-api'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

import { VIEWS } from '../../src/domain/views.ts'
import { parseBlobAddress } from '../../src/domain/warehouse-address.ts'
import { openQueries } from '../../src/warehouse/queries.ts'
import {
  ask,
  failedPoll,
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

const YESTERDAY = ['2026-11-22T23:50:00Z', '2026-11-22T23:55:00Z']
const TODAY = ['2026-11-23T09:00:00Z', '2026-11-23T09:05:00Z', '2026-11-23T09:10:00Z']
const NOW = '2026-11-23T12:00:00Z'

let warehouse: TempWarehouse

/** One compacted day and a part of another, with a session that ended and one that did not. */
beforeAll(async () => {
  warehouse = await tempWarehouse({ now: NOW })
  for (const slot of [...YESTERDAY, ...TODAY]) {
    const sessions = [
      session('stays', { userName: "o'neil" }),
      ...(slot < '2026-11-23' ? [session('goes')] : []),
    ]
    await recordRun(warehouse, slot, [
      okPoll(host('a'), slot, sessions),
      slot === TODAY[1] ? failedPoll(host('b'), slot) : okPoll(host('b'), slot),
    ])
  }
  await warehouse.days.compact()
})
afterAll(async () => {
  await warehouse[Symbol.asyncDispose]()
})

/** The rows of a view, for a DuckDB that has been given nothing but the script. */
async function rowsOf(script: string, views: readonly string[]): Promise<Map<string, string[]>> {
  const instance = await DuckDBInstance.create(':memory:')
  try {
    const connection = await instance.connect()
    await connection.run(script)
    const rows = new Map<string, string[]>()
    for (const view of views) {
      const reader = await connection.runAndReadAll(textOf(view))
      rows.set(
        view,
        reader.getRows().map(([row]) => String(row)),
      )
    }
    connection.closeSync()
    return rows
  } finally {
    instance.closeSync()
  }
}

function textOf(view: string): string {
  return `SELECT to_json(row)::VARCHAR AS text FROM ${view} AS row ORDER BY text`
}

describe('script', () => {
  it('opens every view over the same rows, for any client', async () => {
    const views = ['snapshots', 'polls', ...Object.keys(VIEWS)]
    const { sql, days, runs, warnings } = await warehouse.queries.script()
    expect({ days, runs, warnings }).toEqual({ days: 1, runs: 3, warnings: [] })
    // What is asked later is older: here, both are asked at the same moment.
    const clock = 'CREATE MACRO raw.now() AS '
    expect(sql).toContain(`${clock}now()`)
    const then = sql.replace(`${clock}now()`, `${clock}TIMESTAMPTZ '${NOW}'`)
    const rows = await rowsOf(then, views)
    for (const view of views) {
      const answered = await ask(warehouse, textOf(view))
      const expected = answered.rows.map(({ text }) => text)
      expect({ view, rows: rows.get(view) }).toEqual({ view, rows: expected })
    }
    expect(rows.get('snapshots')).toHaveLength(7)
    expect(rows.get('sessions')).toHaveLength(2)
    expect(rows.get('active_sessions')).toHaveLength(1)
  })

  it.each([
    [{ from: new Date('2026-11-23T00:00:00Z') }, TODAY],
    [{ from: new Date('2026-11-23T09:05:00Z') }, TODAY.slice(1)],
    [{ to: new Date('2026-11-23T09:10:00Z') }, [...YESTERDAY, ...TODAY.slice(0, 2)]],
    [{ to: new Date('2026-11-23T00:00:00Z') }, YESTERDAY],
    // A compacted day comes whole.
    [{ from: new Date('2026-11-22T23:55:00Z') }, [...YESTERDAY, ...TODAY]],
  ])('can be narrowed to some runs: %j', async (period, slots) => {
    const { sql } = await warehouse.queries.script(period)
    const rows = await rowsOf(sql, ['runs', 'sessions'])
    const found = rows.get('runs')?.map((row) => /"run_id":"(\w+)"/.exec(row)?.[1])
    expect(found?.toSorted()).toEqual(slots.map((slot) => slot.replaceAll(/[-:]/g, '')))
    expect(rows.get('sessions')?.length).toBeGreaterThan(0)
  })

  it('says where there is nothing to open', async () => {
    await expect(
      warehouse.queries.script({ to: new Date('2026-11-22T00:00:00Z') }),
    ).rejects.toMatchObject({
      code: 'empty',
      message: `The warehouse "${warehouse.root}" has no run in that time`,
    })
    await expect(openWarehouse(`${warehouse.root}/x`).queries.script()).rejects.toMatchObject({
      code: 'empty',
      message: expect.stringContaining('has no run yet'),
    })
  })

  it('leaves out a damaged file, and names it', async () => {
    await using damaged = await tempWarehouse()
    const slot = '2026-11-23T09:05:00Z'
    await recordRun(damaged, slot, [okPoll(host('a'), slot, [session('1')])])
    const path = 'v1/raw/snapshots/date=2026-11-23/20261123T090500Z.parquet'
    await truncate(join(damaged.root, path), 100)
    const { sql, warnings } = await damaged.queries.script()
    expect(warnings).toEqual([`"${path}" is left out: it is cut short or altered`])
    const rows = await rowsOf(sql, ['snapshots', 'polls'])
    expect(rows.get('snapshots')).toEqual([])
    expect(rows.get('polls')).toHaveLength(1)
  })

  it('can be told nothing by the name of a folder', async () => {
    await using other = await tempWarehouse()
    const { queries, ledger } = openWarehouse(
      join(other.root, "x'); DROP\nSELECT error('run');\n--"),
    )
    const slot = '2026-11-23T09:05:00Z'
    await recordRun({ ledger }, slot, [okPoll(host('a'), slot, [session('1')])])
    const { sql } = await queries.script()
    expect((await rowsOf(sql, ['snapshots'])).get('snapshots')).toHaveLength(1)
  })

  it.each([
    [
      'https://contoso.blob.core.windows.net/bastion/prod',
      'az://contoso.blob.core.windows.net/bastion/prod/v1/raw/polls/date=2026-11-23/20261123T090000Z.parquet',
      "CREATE SECRET bastion_ledger (TYPE azure, PROVIDER credential_chain, ACCOUNT_NAME 'contoso')",
    ],
    [
      'https://contoso.blob.core.usgovcloudapi.net/bastion',
      'az://contoso.blob.core.usgovcloudapi.net/bastion/v1/daily/polls/date=2026-11-22/part-0.parquet',
      "ACCOUNT_NAME 'contoso'",
    ],
  ])('names the files of a container where they are: %s', async (url, file, secret) => {
    const { store, clock, scratch } = warehouse
    const options = { scratch, memoryLimitBytes: 1e9, queryTimeoutMs: 1e4, intervalMs: 3e5 }
    const { queries } = {
      queries: openQueries({ store, clock }, { ...options, address: parseBlobAddress(url) }),
    }
    const { sql } = await queries.script()
    expect(sql).toContain(`'${file}'`)
    expect(sql).toContain('INSTALL azure;\nLOAD azure;\nCREATE SECRET')
    expect(sql).toContain(secret)
    const [, ...statements] = sql.split('\n\n')
    expect(statements.join()).not.toContain(warehouse.root)
  })
})
