import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

import * as fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'

import type { Cell } from '../../src/domain/edges.ts'
import { unreachedPoll } from '../../src/domain/poll.ts'
import type { RunRecord } from '../../src/domain/run.ts'
import type { Session } from '../../src/domain/session.ts'
import {
  isShared,
  pollColumns,
  snapshotColumns,
  type Columns,
  type SnapshotRow,
} from '../../src/domain/tables.ts'
import { startEngine } from '../../src/warehouse/duckdb.ts'
import {
  ask,
  failedPoll,
  host,
  okPoll,
  recordRun,
  session,
  tempWarehouse,
  textOf,
  type TempWarehouse,
} from './temp-warehouse.ts'

// Real files and a real engine: slow where many others work at the same time.
vi.setConfig({ testTimeout: 30_000 })

const SLOT = '2026-11-23T09:05:00Z'

async function schemaOf(warehouse: TempWarehouse, path: string) {
  using engine = await startEngine()
  const reader = await engine.connection.runAndReadAll(
    `DESCRIBE SELECT * FROM read_parquet('${join(warehouse.root, path)}', hive_partitioning = false)`,
  )
  return reader.getRows().map(([name, type]) => [name, type])
}

function declared(columns: Columns) {
  return Object.entries(columns).map(([name, { type }]) => [
    name,
    type === 'TIMESTAMPTZ' ? 'TIMESTAMP WITH TIME ZONE' : type,
  ])
}

/** The content digest as its documentation says it, from the rows as they are read back. */
function digestOf(runId: string, lines: readonly string[]): string {
  const hashes = lines.map((line) => createHash('sha256').update(line).digest('hex'))
  return createHash('sha256')
    .update([runId, ...hashes.toSorted()].join('\n'))
    .digest('hex')
}

const wireTime = (value: Cell) => (typeof value === 'string' ? new Date(value).toISOString() : null)

function pollLines(rows: readonly Record<string, Cell>[]): string[] {
  return rows.map((row) =>
    JSON.stringify(
      Object.fromEntries(
        Object.entries(pollColumns)
          .filter(([name]) => name !== 'run_id')
          .map(([name, { type }]) => [
            name,
            type === 'TIMESTAMPTZ' ? wireTime(row[name] ?? null) : row[name],
          ]),
      ),
    ),
  )
}

function snapshotLines(rows: readonly Record<string, Cell>[]): string[] {
  const hosts = Object.groupBy(rows, (row) => textOf(row['host_id']))
  return Object.values(hosts).flatMap((its = []) => {
    const sorted = its.toSorted((a, b) =>
      a['session_id'] === b['session_id']
        ? 0
        : textOf(a['session_id']) < textOf(b['session_id'])
          ? -1
          : 1,
    )
    return Array.from({ length: Math.ceil(sorted.length / 1000) }, (_, part) => {
      const rowsOfLine = sorted.slice(part * 1000, part * 1000 + 1000)
      return JSON.stringify(
        Object.fromEntries(
          Object.entries(snapshotColumns)
            .filter(([name]) => name !== 'run_id')
            .map(([name, { type }]) => {
              const values = rowsOfLine.map((row) =>
                type === 'TIMESTAMPTZ' ? wireTime(row[name] ?? null) : row[name],
              )
              return [name, isShared(name) ? values[0] : values]
            }),
        ),
      )
    })
  })
}

const NASTY = [
  '',
  ' ',
  'null',
  'NULL',
  '""',
  "it's",
  'a "quoted" word',
  'back\\slash',
  'line\nbreak\r\ntab\t',
  '\u2028\u2029',
  'nul \u0000 in the middle',
  '\u0001\u001f\u007f',
  '😀 é ü 漢字 \u202e',
  'e\u0301',
  '{"json": [1, 2]}',
  '[1,2',
  '2026-11-23',
  '1e999',
  '-0',
  'true',
  'NaN',
  '=1+1',
  'x'.repeat(100_000),
]

describe('a recorded run', () => {
  it('has the declared columns and types, with rows or without', async () => {
    await using warehouse = await tempWarehouse()
    const full = await recordRun(warehouse, SLOT, [okPoll(host('a'), SLOT, [session('1')])])
    const empty = await recordRun(warehouse, '2026-11-23T09:10:00Z', [])
    for (const { path } of [...(full?.files ?? []), ...(empty?.files ?? [])]) {
      expect(await schemaOf(warehouse, path)).toEqual(
        declared(path.includes('/polls/') ? pollColumns : snapshotColumns),
      )
    }
  })

  it('is exactly what was answered', async () => {
    await using warehouse = await tempWarehouse()
    const extra = { newField: { deep: [1, 'x'] } }
    await recordRun(warehouse, SLOT, [okPoll(host('Hub-A'), SLOT, [session('1', { extra })])])
    const { rows } = await ask(warehouse, 'SELECT * FROM snapshots')
    expect(rows).toEqual([
      {
        run_id: '20261123T090500Z',
        requested_at: '2026-11-23T09:05:00Z',
        observed_at: '2026-11-23T09:05:01Z',
        subscription_id: '11111111-1111-1111-1111-111111111111',
        resource_group: 'RG-Hub',
        host_id: host('Hub-A').hostId,
        host_name: 'Hub-A',
        host_location: 'westeurope',
        session_id: '1',
        user_name: 'ada@contoso.example',
        protocol: 'ssh',
        target_resource_id: '/subscriptions/s/resourcegroups/rg/providers/x/vm-1',
        target_host_name: 'vm-1',
        target_ip_address: '10.0.0.4',
        target_subscription_id: '11111111-1111-1111-1111-111111111111',
        target_resource_group: 'rg-app',
        resource_type: 'VM',
        started_at: '2026-11-23T08:00:00Z',
        start_time_raw: '2026-11-23T08:00:00.0000000Z',
        session_duration_mins: 65,
        extra: '{"newField":{"deep":[1,"x"]}}',
      },
    ])
  })

  it('keeps every poll, asked or not', async () => {
    await using warehouse = await tempWarehouse()
    const record = await recordRun(warehouse, SLOT, [
      okPoll(host('a'), SLOT, [session('1'), session('2')]),
      okPoll(host('b'), SLOT),
      failedPoll(host('c'), SLOT),
      unreachedPoll(host('d'), 'deadline'),
    ])
    const { rows } = await ask(
      warehouse,
      `SELECT host_name, outcome, observed_at, http_status, error_code, session_count, features, tags
       FROM polls ORDER BY host_name`,
    )
    const common = { features: '{"enableTunneling":true}', tags: '{"owner":"platform"}' }
    const observed_at = '2026-11-23T09:05:01Z'
    expect(rows).toEqual([
      {
        host_name: 'a',
        outcome: 'ok',
        observed_at,
        http_status: 200,
        error_code: null,
        session_count: 2,
        ...common,
      },
      {
        host_name: 'b',
        outcome: 'ok',
        observed_at,
        http_status: 200,
        error_code: null,
        session_count: 0,
        ...common,
      },
      {
        host_name: 'c',
        outcome: 'denied',
        observed_at,
        http_status: 403,
        error_code: 'AuthorizationFailed',
        session_count: null,
        ...common,
      },
      {
        host_name: 'd',
        outcome: 'skipped_deadline',
        observed_at: null,
        http_status: null,
        error_code: 'deadline',
        session_count: null,
        ...common,
      },
    ])
    expect(record).toMatchObject({
      outcome: 'partial',
      counts: { ok: 2, denied: 1, skipped_deadline: 1 },
      sessions: 2,
      finished_at: '2026-11-23T09:06:00.000Z',
    })
  })

  it('brings back every text as it was', async () => {
    await using warehouse = await tempWarehouse()
    const record = await recordRun(
      warehouse,
      SLOT,
      NASTY.map((text, index) =>
        okPoll(host(`h${index}`, { tags: { [text]: text } }), SLOT, [
          session(`1${text}`, { userName: text, startTimeRaw: text, extra: { [text]: text } }),
          session('', { userName: null, startTimeRaw: null }),
        ]),
      ),
    )
    const { rows } = await ask(
      warehouse,
      `SELECT tags, session_id, user_name, start_time_raw, extra
       FROM snapshots JOIN polls USING (host_id) ORDER BY host_id, session_id`,
    )
    const names = NASTY.map((text, index) => ({ text, name: `h${index}` }))
    expect(rows).toEqual(
      names
        .toSorted((one, other) => (one.name < other.name ? -1 : 1))
        .flatMap(({ text }) => {
          const json = JSON.stringify({ [text]: text })
          return [
            { tags: json, session_id: '', user_name: null, start_time_raw: null, extra: null },
            {
              tags: json,
              session_id: `1${text}`,
              user_name: text,
              start_time_raw: text,
              extra: json,
            },
          ]
        }),
    )
    await expectDigests(warehouse, record)
  })

  it('replaces half a surrogate pair, which is no text', async () => {
    await using warehouse = await tempWarehouse()
    const record = await recordRun(warehouse, SLOT, [
      okPoll(host('a'), SLOT, [session('\ud800x'), session('y', { userName: 'a\udfff' })]),
    ])
    const { rows } = await ask(
      warehouse,
      'SELECT session_id, user_name FROM snapshots ORDER BY ALL',
    )
    expect(rows).toEqual([
      { session_id: 'y', user_name: 'a\ufffd' },
      { session_id: '\ufffdx', user_name: 'ada@contoso.example' },
    ])
    await expectDigests(warehouse, record)
  })

  it('tells NULL from an empty text in its digest', async () => {
    const digests = await Promise.all(
      [null, '', 'null'].map(async (userName) => {
        await using warehouse = await tempWarehouse()
        const record = await recordRun(warehouse, SLOT, [
          okPoll(host('a'), SLOT, [session('1', { userName })]),
        ])
        return record?.files.map(({ content_digest }) => content_digest)
      }),
    )
    expect(new Set(digests.map((pair) => pair?.[0])).size).toBe(3)
    expect(new Set(digests.map((pair) => pair?.[1])).size).toBe(1)
  })

  it('has the same digest in whatever order its hosts answered', async () => {
    const polls = ['a', 'b', 'c'].map((name) =>
      okPoll(host(name), SLOT, [session('1'), session('2'), session('3')]),
    )
    const turned = polls
      .toReversed()
      .map((poll) => ({ ...poll, sessions: poll.sessions.toReversed() }))
    const digests = await Promise.all(
      [polls, turned].map(async (order) => {
        await using warehouse = await tempWarehouse()
        const record = await recordRun(warehouse, SLOT, order)
        return record?.files.map(({ content_digest }) => content_digest)
      }),
    )
    expect(digests[0]).toEqual(digests[1])
  })

  it('can be checked against its record from the files alone', async () => {
    await using warehouse = await tempWarehouse()
    const many = Array.from({ length: 2345 }, (_, index) =>
      session(`s${index}`, {
        sessionDurationMins: index / 7,
        startedAt: index % 3 ? null : new Date(index),
      }),
    )
    const record = await recordRun(warehouse, SLOT, [
      okPoll(host('a'), SLOT, many),
      okPoll(host('b'), SLOT, [session('1')]),
      failedPoll(host('c'), SLOT),
    ])
    expect(record?.files.map(({ rows }) => rows)).toEqual([2346, 3])
    await expectDigests(warehouse, record)
  })

  it('brings back whatever Azure could have said', async () => {
    await using warehouse = await tempWarehouse()
    const anyText = fc.option(fc.string({ unit: 'binary', maxLength: 20 }), { nil: null })
    const anySession = fc.record({
      sessionId: fc.string({ unit: 'binary', minLength: 1 }),
      userName: anyText,
      targetHostName: anyText,
      startTimeRaw: anyText,
      startedAt: fc.option(
        fc.date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true }),
        { nil: null },
      ),
      sessionDurationMins: fc.option(fc.double({ noNaN: true, noDefaultInfinity: true }), {
        nil: null,
      }),
    })
    const runs = fc.array(
      fc.uniqueArray(anySession, { selector: ({ sessionId }) => sessionId, maxLength: 5 }),
      {
        maxLength: 4,
      },
    )
    let run = 0
    await fc.assert(
      fc.asyncProperty(runs, async (hosts) => {
        run += 1
        const slot = new Date(Date.parse(SLOT) + run * 300_000).toISOString()
        const polls = hosts.map((sessions, index) =>
          okPoll(
            host(`h${index}`),
            slot,
            sessions.map((one) => session(one.sessionId, one)),
          ),
        )
        const record = await recordRun(warehouse, slot, polls)
        const { rows } = await ask(warehouse, 'SELECT * FROM snapshots WHERE run_id = $1', [
          record?.run_id ?? '',
        ])
        const expected = polls.flatMap(({ sessions }, index) =>
          sessions.map((one) => expectedRow(`h${index}`, one)),
        )
        expect(rows.map(pick).toSorted(byText)).toEqual(expected.toSorted(byText))
        await expectDigests(warehouse, record)
      }),
      { numRuns: 25 },
    )
  }, 60_000)
})

const pick = ({
  host_name,
  session_id,
  user_name,
  target_host_name,
  start_time_raw,
  started_at,
  session_duration_mins,
}: Record<string, Cell>) => ({
  host_name,
  session_id,
  user_name,
  target_host_name,
  start_time_raw,
  started_at: wireTime(started_at ?? null),
  session_duration_mins,
})

function expectedRow(host_name: string, one: Session): ReturnType<typeof pick> {
  return {
    host_name,
    session_id: one.sessionId,
    user_name: one.userName,
    target_host_name: one.targetHostName,
    start_time_raw: one.startTimeRaw,
    started_at: one.startedAt?.toISOString() ?? null,
    // JSON has one zero.
    session_duration_mins: one.sessionDurationMins === 0 ? 0 : one.sessionDurationMins,
  } satisfies Partial<Record<keyof SnapshotRow, Cell>>
}

function byText(one: object, other: object): number {
  return JSON.stringify(one) < JSON.stringify(other) ? -1 : 1
}

async function expectDigests(warehouse: TempWarehouse, record: RunRecord | null): Promise<void> {
  const runId = record?.run_id ?? ''
  const read = async (table: string) =>
    (await ask(warehouse, `SELECT * FROM ${table} WHERE run_id = $1`, [runId])).rows
  const [snapshots, polls] = record?.files ?? []
  expect(digestOf(runId, snapshotLines(await read('snapshots')))).toBe(snapshots?.content_digest)
  expect(digestOf(runId, pollLines(await read('polls')))).toBe(polls?.content_digest)
  for (const { path, sha256, bytes } of record?.files ?? []) {
    const content = await readFile(join(warehouse.root, path))
    expect(content.length).toBe(bytes)
    expect(createHash('sha256').update(content).digest('hex')).toBe(sha256)
  }
}
