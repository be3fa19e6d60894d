/**
 * What a day's file holds of a run has the digest that the run recorded, whatever the polls of a
 * host have in common with the ones before.
 */

import { join } from 'node:path'

import { describe, expect, it, vi } from 'vitest'

import type { RunRecord } from '../../src/domain/run.ts'
import type { Session } from '../../src/domain/session.ts'
import { pollContents, snapshotContents } from '../../src/warehouse/content-digests.ts'
import { literal, startEngine } from '../../src/warehouse/duckdb.ts'
import { ROWS_A_LINE } from '../../src/warehouse/lines.ts'
import { host, okPoll, recordRun, session, tempWarehouse } from './temp-warehouse.ts'

// Real files and a real engine: slow where many others work at the same time.
vi.setConfig({ testTimeout: 30_000 })

/** What each host lists, in one run. */
type Listed = Record<string, Session[]>

const lasting = (id: string, sessionDurationMins: number | null) =>
  session(id, { sessionDurationMins })
const of = (id: string, userName: string | null) => session(id, { userName })
const begun = (id: string, hour: string) =>
  session(id, { startedAt: new Date(`2026-11-21T${hour}:00:00Z`) })

/** So many sessions, in no order. */
const many = (count: number, sessionDurationMins: number) =>
  Array.from({ length: count }, (_, index) =>
    session(`s-${(index * 7919) % count}`, { sessionDurationMins, userName: `user ${index}` }),
  )

const [one, two, three] = [session('1'), session('2', { userName: 'bob' }), session('3')]
const last = many(ROWS_A_LINE + 1, 5).toSorted((some, other) =>
  some.sessionId < other.sessionId ? -1 : 1,
)

const DAYS: [string, Listed[]][] = [
  [
    'the same sessions with other durations',
    [
      { a: [lasting('1', 1), lasting('2', 2), lasting('3', null)] },
      { a: [lasting('1', 6), lasting('2', 7), lasting('3', 8)] },
      { a: [lasting('1', 7), lasting('2', 6), lasting('3', null)] },
    ],
  ],
  [
    'the same sessions with the same durations',
    [{ a: [one, two] }, { a: [one, two] }, { a: [two, one] }],
  ],
  [
    'one session more, and one less',
    [
      { a: [one, three] },
      { a: [one, two, three] },
      { a: [two, three] },
      { a: [two] },
      { a: [one, two] },
    ],
  ],
  [
    'one session in the place of another',
    [{ a: [one, three] }, { a: [two, three] }, { a: [one, two] }],
  ],
  [
    'the same ids with another user, and with the first again',
    [
      { a: [of('1', 'ada'), of('2', 'ada')] },
      { a: [of('1', 'ada'), of('2', 'bob')] },
      { a: [of('1', 'ada'), of('2', null)] },
      { a: [of('1', 'ada'), of('2', 'ada')] },
    ],
  ],
  [
    'the same ids with another start, and with the first again',
    [
      { a: [begun('1', '08'), begun('2', '08')] },
      { a: [begun('1', '09'), begun('2', '08')] },
      { a: [begun('1', '08'), begun('2', '08')] },
    ],
  ],
  [
    'users that are swapped',
    [{ a: [of('1', 'ada'), of('2', 'bob')] }, { a: [of('1', 'bob'), of('2', 'ada')] }],
  ],
  [
    'two hosts with the same session ids',
    [
      { a: [of('1', 'ada'), lasting('2', 3)], b: [of('1', 'bob'), lasting('2', 4)] },
      { a: [of('1', 'ada'), lasting('2', 8)], b: [of('1', 'bob'), lasting('2', 9)] },
      { a: [of('1', 'bob')], b: [of('1', 'ada')] },
    ],
  ],
  ['two hosts with the same sessions', [{ a: [one, two], b: [one, two] }, { b: [one, two] }]],
  [
    'a poll with none between',
    [{ a: [one, two] }, { a: [] }, { a: [one, two] }, { a: [] }, { a: [two] }],
  ],
  [
    'more than one line holds',
    [
      { a: many(2 * ROWS_A_LINE + 1, 5) },
      { a: many(2 * ROWS_A_LINE + 1, 10) },
      { a: many(2 * ROWS_A_LINE, 15) },
    ],
  ],
  ['what the last line of the one before had', [{ a: last }, { a: last.slice(-1) }, { a: last }]],
]

describe('snapshotContents', () => {
  it.each(DAYS)('finds what each run recorded: %s', async (_, runs) => {
    await using warehouse = await tempWarehouse()
    const records: RunRecord[] = []
    for (const [index, listed] of runs.entries()) {
      const slot = `2026-11-21T12:${String(5 * index).padStart(2, '0')}:00Z`
      const polls = Object.entries(listed).map(([name, sessions]) =>
        okPoll(host(name), slot, sessions),
      )
      const record = await recordRun(warehouse, slot, polls)
      if (record) records.push(record)
    }
    expect(records.length).toBe(runs.length)
    using engine = await startEngine()
    const { connection } = engine
    for (const [table, contents] of [
      ['snapshots', snapshotContents],
      ['polls', pollContents],
    ] as const) {
      const day = join(warehouse.root, `${table}.parquet`)
      const files = join(warehouse.root, `v1/raw/${table}/*/*.parquet`)
      await connection.run(
        `COPY (FROM read_parquet(${literal(files)}, hive_partitioning = false)) TO ${literal(day)}`,
      )
      expect(await contents(connection, day)).toEqual(recorded(records, table))
    }
  })
})

/** What the records say, without runs that have no rows. */
function recorded(records: readonly RunRecord[], table: 'snapshots' | 'polls') {
  return new Map(
    records.flatMap(({ run_id: runId, files }) =>
      files
        .filter(({ path, rows }) => path.startsWith(`v1/raw/${table}/`) && rows > 0)
        .map(({ rows, content_digest: digest }) => [runId, { rows, digest }]),
    ),
  )
}
