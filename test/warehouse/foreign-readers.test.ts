/**
 * The daily files, as engines read them that are not DuckDB. Spark, Fabric and Trino cannot run here;
 * what hyparquet and Polars read alike is plain Parquet.
 */

import { join } from 'node:path'

import { DuckDBInstance } from '@duckdb/node-api'
import { describe, expect, it } from 'vitest'

import { DAILY_TABLES, type DailyTable } from '../../src/domain/day.ts'
import { unreachedPoll } from '../../src/domain/poll.ts'
import { openSessionColumns, sessionColumns } from '../../src/domain/session-columns.ts'
import type { Session } from '../../src/domain/session.ts'
import {
  pollColumns,
  snapshotColumns,
  type ColumnType,
  type Columns,
} from '../../src/domain/tables.ts'
import { byDuckdb, byHyparquet, byPolars, folderColumn } from './foreign-engines.ts'
import {
  failedPoll,
  host,
  okPoll,
  recordRun,
  session,
  tempWarehouse,
  type TempWarehouse,
} from './temp-warehouse.ts'

const DAYS = ['2026-11-21', '2026-11-22', '2026-11-23']

const plain = host('hub-a')
const strange = host('Hüb-日本-🏰', {
  location: null,
  sku: null,
  scaleUnits: null,
  provisioningState: null,
  features: {},
  tags: { größe: '🏰', quote: `"'\\` },
})

const NOTHING: Omit<Session, 'sessionId'> = {
  userName: null,
  protocol: null,
  targetResourceId: null,
  targetHostName: null,
  targetIpAddress: null,
  targetSubscriptionId: null,
  targetResourceGroup: null,
  resourceType: null,
  startedAt: null,
  startTimeRaw: null,
  sessionDurationMins: null,
  extra: null,
}

const AWKWARD: readonly Session[] = [
  session('nothing', NOTHING),
  session('oldest', { startedAt: new Date('0001-01-01T00:00:00.001Z'), userName: 'Zoë 🏰 Nuñez' }),
  session('latest', { startedAt: new Date('9999-12-31T23:59:59.999Z'), sessionDurationMins: 1e18 }),
  session('before-1970', { startedAt: new Date(-877), sessionDurationMins: 5e-324 }),
  session('fraction', { sessionDurationMins: 0.1, extra: { a: [1, { b: '🏰\n' }], c: null } }),
  session('日本', { userName: 'tab\there', targetHostName: '=1+1', startTimeRaw: '' }),
]

/** A day of all that is awkward, one of a session that goes on, and one without any session. */
async function strangeDays(warehouse: TempWarehouse): Promise<void> {
  const polls = {
    '2026-11-21T08:00:00Z': [
      okPoll(plain, '2026-11-21T08:00:05.123Z', [...AWKWARD]),
      failedPoll(strange, '2026-11-21T08:00:05.001Z'),
    ],
    '2026-11-21T08:05:00Z': [
      okPoll(plain, '2026-11-21T08:05:05Z'),
      unreachedPoll(strange, 'deadline'),
    ],
    '2026-11-21T08:10:00Z': [
      okPoll(plain, '2026-11-21T08:10:05.999Z'),
      okPoll(strange, '2026-11-21T08:10:06Z', [session('carried', NOTHING), session('missed')]),
    ],
    '2026-11-22T08:00:00Z': [
      okPoll(strange, '2026-11-22T08:00:00Z', [session('carried', NOTHING)]),
    ],
    '2026-11-23T08:00:00Z': [okPoll(strange, '2026-11-23T08:00:00Z')],
    '2026-11-23T08:05:00Z': [okPoll(strange, '2026-11-23T08:05:00Z')],
  }
  for (const [slot, list] of Object.entries(polls)) await recordRun(warehouse, slot, list)
  // By hand, with a scope; one that failed before any subscription was known; and one in shards.
  const scope = { trigger: 'manual', scheduledFor: null } as const
  const filter = { include: ['Größe *'], exclude: [], managementGroup: null }
  await recordRun(warehouse, '2026-11-22T09:00:00Z', [okPoll(plain, '2026-11-22T09:00:00Z')], {
    ...scope,
    discovery: 'graph',
    filter,
  })
  await recordRun(warehouse, '2026-11-22T10:00:00Z', [], {
    error: { code: 'ENOTFOUND', message: 'Cannot reach Azure' },
  })
  const population = `v1/raw/populations/date=2026-11-22/${'0'.repeat(64)}.json.gz`
  await recordRun(warehouse, '2026-11-22T11:00:00Z', [], {
    shards: { count: 2, hosts: 300, population },
  })
}

/** What a column's declaration becomes in Parquet, and in Polars. */
const FORMS: Record<ColumnType, Record<'parquet' | 'polars', string>> = {
  VARCHAR: { parquet: 'BYTE_ARRAY UTF8', polars: 'String' },
  INTEGER: { parquet: 'INT32 INT_32', polars: 'Int32' },
  BIGINT: { parquet: 'INT64 INT_64', polars: 'Int64' },
  DOUBLE: { parquet: 'DOUBLE', polars: 'Float64' },
  BOOLEAN: { parquet: 'BOOLEAN', polars: 'Bool' },
  TIMESTAMPTZ: { parquet: 'INT64 TIMESTAMP_MICROS UTC', polars: 'Datetime(us,UTC)' },
}

/** `runs` is not declared by columns: its nested values are compared instead. */
const DECLARED = {
  snapshots: snapshotColumns,
  polls: pollColumns,
  sessions: sessionColumns,
  open_sessions: openSessionColumns,
} satisfies Partial<Record<DailyTable, Columns>>

/** The columns of one file, with their types, by engine. */
type Types = Record<'parquet' | 'polars', string[]>

function typesOf(columns: Columns): Types {
  const by = (engine: keyof Types) =>
    Object.entries(columns).map(([name, { type }]) => `${name} ${FORMS[type][engine]}`)
  return { parquet: by('parquet'), polars: by('polars') }
}

function fileOf({ root }: { root: string }, table: DailyTable, date: string): string {
  return join(root, `v1/daily/${table}/date=${date}/part-0.parquet`)
}

describe('daily files', () => {
  it('are the same rows to hyparquet, Polars and DuckDB', { timeout: 20_000 }, async () => {
    await using warehouse = await tempWarehouse({ now: '2026-11-25T12:00:00Z' })
    await strangeDays(warehouse)
    const made = await warehouse.days.compact()
    expect(made.map(({ date, outcome }) => `${date} ${outcome}`)).toEqual(
      DAYS.map((date) => `${date} compacted`),
    )

    const instance = await DuckDBInstance.create(':memory:')
    const duckdb = await instance.connect()
    const counts: Record<string, number[]> = {}
    const types: Record<string, Types[]> = {}
    for (const table of DAILY_TABLES) {
      for (const date of DAYS) {
        const path = fileOf(warehouse, table, date)
        const due = await byDuckdb(duckdb, path)
        const [one, other] = [await byHyparquet(path), byPolars(path)]
        expect({ path, rows: one.rows }).toEqual({ path, rows: due })
        expect({ path, rows: other.rows }).toEqual({ path, rows: due })
        ;(counts[table] ??= []).push(due.length)
        ;(types[table] ??= []).push({ parquet: one.types, polars: other.types })
      }
    }
    duckdb.closeSync()
    instance.closeSync()
    expect(counts).toEqual({
      snapshots: [8, 1, 0],
      polls: [6, 2, 2],
      runs: [3, 4, 2],
      sessions: [6, 0, 2],
      open_sessions: [2, 2, 0],
    })

    for (const [table, columns] of Object.entries(DECLARED)) {
      expect(types[table]).toEqual(DAYS.map(() => typesOf(columns)))
    }
    await keepsAwkwardValues(fileOf(warehouse, 'snapshots', '2026-11-21'))
    await keepsNestedValues(fileOf(warehouse, 'runs', '2026-11-22'))
    for (const table of DAILY_TABLES) hasDates(warehouse, table, counts[table] ?? [])
  })
})

/** Against what was put in, not against what DuckDB says of it. */
async function keepsAwkwardValues(path: string): Promise<void> {
  const due = AWKWARD.map((one) => ({
    session_id: one.sessionId,
    user_name: one.userName,
    protocol: one.protocol,
    target_resource_id: one.targetResourceId,
    target_host_name: one.targetHostName,
    target_ip_address: one.targetIpAddress,
    started_at: one.startedAt?.toISOString() ?? null,
    start_time_raw: one.startTimeRaw,
    session_duration_mins: one.sessionDurationMins,
    extra: one.extra === null ? null : JSON.stringify(one.extra),
    requested_at: '2026-11-21T08:00:05.123Z',
    observed_at: '2026-11-21T08:00:06.123Z',
  }))
  for (const { rows } of [await byHyparquet(path), byPolars(path)]) {
    for (const one of due) {
      expect(rows.find((row) => row['session_id'] === one.session_id)).toMatchObject(one)
    }
  }
}

/** Lists and structs, in lists and structs. */
async function keepsNestedValues(path: string): Promise<void> {
  for (const { rows } of [await byHyparquet(path), byPolars(path)]) {
    const [timer, manual, failed, split] = rows
    expect(timer).toMatchObject({
      scope: null,
      shards: null,
      subscriptions: [{ name: 'Subscription 1111', outcome: 'ok', hosts: 1, error_code: null }],
      counts: { ok: 1, denied: null },
      files: [{ rows: 1 }, { rows: 1 }],
    })
    expect(manual).toMatchObject({
      scheduled_for: null,
      discovery: 'graph',
      scope: { include: ['Größe *'], exclude: [], management_group: null },
    })
    expect(split).toMatchObject({ shards: { count: 2, hosts: 300 }, counts: { ok: null } })
    expect(failed).toMatchObject({ outcome: 'failed', subscriptions: [], error_code: 'ENOTFOUND' })
  }
}

/** One glob over all days, with the day of each row from its folder's name. */
function hasDates(warehouse: TempWarehouse, table: DailyTable, counts: readonly number[]): void {
  const due = DAYS.flatMap((date, index) =>
    Array.from({ length: counts[index] ?? 0 }, () => `${date}T00:00:00.000Z`),
  )
  expect(folderColumn(fileOf(warehouse, table, '*'), 'date')).toEqual(due)
}
