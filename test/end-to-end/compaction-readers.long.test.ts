/**
 * Questions that are asked while days are compacted, and compactions are killed and begun again: no
 * answer may be wrong, and none may fail.
 *
 * As many as fit into some seconds; more with `BASTION_READER_QUERIES=3000 npm run test:long -- readers`.
 */

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

import type { Cell } from '../../src/domain/edges.ts'
import { createRandom } from '../../src/simulator/random.ts'
import { fewDays, type FewDays } from '../warehouse/few-days.ts'
import { ask, openWarehouse, type TempWarehouse } from '../warehouse/temp-warehouse.ts'
import { compactInProcess } from './compacting-process.ts'

const SEED = Number(process.env['KILL_SEED'] ?? Date.now() % 1_000_000)
const QUERIES = Number(process.env['BASTION_READER_QUERIES'] ?? 0)
const QUIET_MS = 4000
const READERS = 2
const NOW = '2026-11-23T12:00:00Z'

vi.setConfig({ testTimeout: 3_600_000, hookTimeout: 60_000 })

let days: FewDays
beforeAll(async () => {
  days = await fewDays()
})
afterAll(() => days[Symbol.asyncDispose]())

type Row = Record<string, Cell>
const DATES = ['20', '21', '22']

/** Questions, each with the one right answer. */
const QUESTIONS: [string, Row[]][] = [
  [
    `SELECT left(run_id, 8) AS day, host_name, count(*)::INTEGER AS seen FROM snapshots GROUP BY ALL ORDER BY ALL`,
    DATES.map((day) => ({ day: `202611${day}`, host_name: 'hub', seen: 4 })),
  ],
  [
    'SELECT run_id, count(*)::INTEGER AS polls, sum(session_count)::INTEGER AS sessions FROM polls GROUP BY ALL ORDER BY ALL',
    DATES.flatMap((day) =>
      ['06', '12', '18'].map((hour) => ({
        run_id: `202611${day}T${hour}0000Z`,
        polls: 1,
        sessions: hour === '06' ? 2 : 1,
      })),
    ),
  ],
  [
    'SELECT session_id, snapshots, state, first_run_id FROM sessions ORDER BY ALL',
    [
      { session_id: 'always', snapshots: 9, state: 'active', first_run_id: '20261120T060000Z' },
      ...DATES.map((day) => ({
        session_id: `on-${day}`,
        snapshots: 1,
        state: 'ended',
        first_run_id: `202611${day}T060000Z`,
      })),
    ],
  ],
  // Of sessions alone, over what is kept of the runs where they are enough.
  [
    'SELECT session_id, state, first_run_id FROM sessions ORDER BY ALL',
    [
      { session_id: 'always', state: 'active', first_run_id: '20261120T060000Z' },
      ...DATES.map((day) => ({
        session_id: `on-${day}`,
        state: 'ended',
        first_run_id: `202611${day}T060000Z`,
      })),
    ],
  ],
  [
    'SELECT count(*)::INTEGER AS runs, sum(sessions)::INTEGER AS sessions FROM runs',
    [{ runs: 9, sessions: 12 }],
  ],
  [
    `SELECT count(*)::INTEGER AS seen, count(DISTINCT run_id)::INTEGER AS runs, sum(session_duration_mins)::INTEGER AS mins
     FROM snapshots WHERE observed_at >= '2026-11-21T03:00:00Z' AND observed_at < '2026-11-22T03:00:00Z'`,
    [{ seen: 4, runs: 3, mins: 260 }],
  ],
]

describe(`questions during compaction (KILL_SEED=${SEED})`, () => {
  it('are all answered, and right', async () => {
    await using owner = new AsyncDisposableStack()
    const random = createRandom(SEED)
    const began = performance.now()
    let asked = 0
    const isDone = () =>
      asked >= (QUERIES || 2 * QUESTIONS.length) &&
      (QUERIES > 0 || performance.now() - began > QUIET_MS)
    let warehouse: TempWarehouse = owner.use(await days.raw())
    const wrong: unknown[] = []

    const read = async () => {
      while (!isDone()) {
        const [sql, due] = QUESTIONS[asked % QUESTIONS.length] ?? ['', []]
        asked += 1
        const answer = await ask(openWarehouse(warehouse.root), sql).catch((error: unknown) => ({
          rows: [],
          warnings: [String(error)],
        }))
        if (JSON.stringify([answer.rows, answer.warnings]) === JSON.stringify([due, []])) continue
        wrong.push({ sql, ...answer })
      }
    }
    let [kills, compactions] = [0, 0]
    const compact = async () => {
      while (!isDone()) {
        // Half of them to their end, so that days come to be compacted too.
        const ending = random.chance(0.5) ? { killAfterMs: 300 + random.below(1500) } : {}
        const killed = await compactInProcess(warehouse.root, NOW, ending)
        if (killed) kills += 1
        else {
          compactions += 1
          warehouse = owner.use(await days.raw())
        }
      }
    }
    await Promise.all([...Array.from({ length: READERS }, read), compact()])
    process.stderr.write(
      `${asked} questions during ${compactions} compactions and ${kills} kills: ${wrong.length} wrong\n`,
    )
    expect(wrong).toEqual([])
  })
})
