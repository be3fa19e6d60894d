/** Which files a question reads, and that the others would not have changed its answer. */

import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import type { Cell, QueryResult, Store } from '../../src/domain/edges.ts'
import { answer, putFiles } from '../../src/warehouse/answer.ts'
import { readCatalog } from '../../src/warehouse/catalog.ts'
import { makeReader, openEngine } from '../../src/warehouse/reader.ts'
import { ALL_RUNS } from '../../src/warehouse/reach.ts'
import { storedFiles, viewFiles } from '../../src/warehouse/stored-files.ts'
import { TABLES } from '../../src/warehouse/view-tables.ts'
import {
  failedPoll,
  host,
  okPoll,
  recordRun,
  session,
  tempWarehouse,
  type TempWarehouse,
} from './temp-warehouse.ts'

const DAYS = ['10', '11', '12', '13', '14', '15', '16', '17', '18', '19', '20', '21', '22', '23']

let warehouse: TempWarehouse
/** The files that were asked for. */
let asked: string[] = []

beforeAll(async () => {
  warehouse = await tempWarehouse({
    wrap: (store): Store => ({
      ...store,
      async local(paths, folder, options) {
        asked.push(...paths)
        return store.local(paths, folder, options)
      },
    }),
  })
  const [a, b] = [host('hub-a'), host('hub-b')]
  for (const day of DAYS) {
    for (const hour of ['08', '20']) {
      const at = `2026-11-${day}T${hour}:00:00Z`
      const sessions = [session(`s-${day}`), session(`s-${hour}`, { userName: 'bob' })]
      const polls = [okPoll(a, at, sessions), Number(day) % 3 ? okPoll(b, at) : failedPoll(b, at)]
      await recordRun(warehouse, at, polls)
    }
  }
}, 60_000)
afterAll(() => warehouse[Symbol.asyncDispose]())

async function rowsOf(result: QueryResult): Promise<Cell[][]> {
  await using held = result
  return (await Array.fromAsync(held.batches())).flat()
}

/** The kinds of files that a question asks for, each with its days. */
async function filesFor(sql: string, parameters: string[] = []): Promise<Record<string, string>> {
  asked = []
  await rowsOf(await warehouse.queries.query(sql, { parameters }))
  const days = new Map<string, Set<string>>()
  for (const path of asked) {
    const [, , kind = '', date = ''] = path.split('/')
    days.set(kind, (days.get(kind) ?? new Set()).add(date.slice(-2)))
  }
  const spans = [...days].map(([kind, some]) => {
    const sorted = [...some].toSorted()
    return [kind, `${sorted[0]}-${sorted.at(-1)}`]
  })
  return Object.fromEntries(spans)
}

/** The same question to all files. */
async function askAll(sql: string): Promise<Cell[][]> {
  const { store, scratch } = warehouse
  const catalog = (await readCatalog(store))!
  const all = Object.fromEntries(TABLES.map(({ name }) => [name, ALL_RUNS]))
  const parts = await storedFiles(store, catalog, all, { folder: scratch })
  const { recentFrom } = catalog
  const views = { recentFrom, now: warehouse.clock.now(), intervalMs: 300_000 }
  const limits = { memoryLimitBytes: 512e6, queryTimeoutMs: 60_000, signal: undefined }
  const place = { folder: scratch, scratch, root: store.folder }
  const reader = await makeReader(await openEngine(scratch, limits), views, place, false)
  const files = viewFiles(parts, new Map(), { catalog, reach: all })
  const question = { asked: { explain: '', select: sql, tree: [] }, parameters: [] }
  return rowsOf(await answer(question, reader, () => putFiles(reader, files, all)))
}

describe('a question', () => {
  it.each<[string, Record<string, string>]>([
    ['SELECT 1', {}],
    ['SHOW TABLES', {}],
    ['DESCRIBE snapshots', {}],
    ['FROM snapshots LIMIT 0', {}],
    ['FROM snapshots', { snapshots: '10-23' }],
    ['SUMMARIZE polls', { polls: '10-23' }],
    ['FROM runs', { runs: '10-23' }],
    ['FROM subscription_polls', { runs: '10-23' }],
    ['FROM hosts', { polls: '10-23', runs: '22-23' }],
    ['FROM active_sessions', { polls: '22-23', snapshots: '22-23', runs: '22-23' }],
    ['FROM sessions', { polls: '10-23', snapshots: '10-23', runs: '22-23' }],
    ['FROM azure.network.active_sessions', { polls: '22-23', snapshots: '22-23', runs: '22-23' }],
    [`FROM snapshots WHERE observed_at >= '2026-11-20'`, { snapshots: '17-23' }],
    [`FROM snapshots WHERE observed_at < '2026-11-12T00:00:00Z'`, { snapshots: '10-13' }],
    [
      `FROM snapshots WHERE observed_at BETWEEN '2026-11-16' AND '2026-11-17'`,
      { snapshots: '13-18' },
    ],
    [`FROM polls WHERE run_id = '20261116T080000Z'`, { polls: '16-16' }],
    [`FROM polls WHERE run_id LIKE '2026111%'`, { polls: '10-19' }],
    [
      `SELECT * FROM snapshots s JOIN polls p USING (run_id, host_id) WHERE s.run_id > '20261121'`,
      { snapshots: '21-23', polls: '21-23' },
    ],
    [
      `SELECT count(*), (SELECT max(run_id) FROM runs) FROM snapshots WHERE observed_at > '2026-11-22'`,
      { snapshots: '19-23', runs: '10-23' },
    ],
    [
      `FROM snapshots WHERE observed_at > '2026-11-22' UNION ALL FROM snapshots WHERE observed_at < '2026-11-11'`,
      { snapshots: '10-23' },
    ],
  ])('%s', async (sql, files) => {
    expect(await filesFor(sql)).toEqual(files)
  })

  it('reads by the value of a parameter', async () => {
    const sql = 'FROM snapshots WHERE observed_at >= $1::TIMESTAMPTZ'
    expect(await filesFor(sql, ['2026-11-21T00:00:00Z'])).toEqual({ snapshots: '18-23' })
  })

  it.each([
    ['FROM snapshots WHERE nobody = 1', 'query'],
    ['FROM snapshot', 'query'],
    ['SELECT', 'query'],
    ['FROM snapshots WHERE observed_at > $1', 'query'],
    [`FROM '/etc/passwd'`, 'query'],
    [`FROM read_text('/etc/passwd')`, 'query'],
  ])('that is wrong reads nothing: %s', async (sql, code) => {
    asked = []
    await expect(warehouse.queries.query(sql)).rejects.toMatchObject({ code })
    expect(asked).toEqual([])
  })

  it('is answered as if it had read everything', async () => {
    const time = fc
      .tuple(
        fc.constantFrom(...DAYS),
        fc.constantFrom('00:00:00', '08:00:01', '20:00:01', '23:59:59'),
      )
      .map(([day, clock]) => `2026-11-${day}T${clock}Z`)
    const condition = fc.oneof(
      fc
        .tuple(fc.constantFrom('>', '>=', '<', '<=', '=', '<>'), time)
        .map(([operator, value]) => `observed_at ${operator} '${value}'`),
      fc.tuple(time, time).map(([from, to]) => `observed_at BETWEEN '${from}' AND '${to}'`),
      fc.tuple(time, time).map(([one, two]) => `observed_at IN ('${one}', '${two}')`),
      fc.constantFrom(...DAYS).map((day) => `observed_at::DATE = '2026-11-${day}'`),
      fc.constantFrom(...DAYS).map((day) => `date_trunc('day', observed_at) = '2026-11-${day}'`),
      fc.constantFrom(...DAYS).map((day) => `run_id LIKE '202611${day}%'`),
      fc.constantFrom(...DAYS).map((day) => `run_id >= '202611${day}'`),
      fc.constantFrom(`host_name = 'hub-b'`, 'observed_at IS NULL', `host_name LIKE '%a'`),
    )
    const where = fc
      .array(fc.tuple(condition, fc.constantFrom('AND', 'OR', 'AND NOT')), {
        minLength: 1,
        maxLength: 3,
      })
      .map((parts) =>
        parts.map(([one, and], index) => (index === 0 ? one : `${and} ${one}`)).join(' '),
      )
    const table = fc.constantFrom('snapshots', 'polls', '(SELECT * FROM snapshots)')
    const sql = fc.oneof(
      fc
        .tuple(table, where)
        .map(([from, some]) => `SELECT count(*), max(run_id) FROM ${from} AS t WHERE ${some}`),
      fc.tuple(where, where).map(
        ([one, other]) =>
          `SELECT count(*), count(s.session_id) FROM (FROM polls WHERE ${one}) AS p
           LEFT JOIN (FROM snapshots WHERE ${other}) AS s USING (run_id, host_id)`,
      ),
      fc.tuple(where, where).map(
        ([one, other]) =>
          `SELECT count(*) FROM polls WHERE ${one} AND host_id NOT IN
           (SELECT host_id FROM snapshots WHERE ${other})`,
      ),
      fc.tuple(where, where).map(
        ([one, other]) =>
          `WITH r AS (SELECT *, lag(run_id) OVER (PARTITION BY host_id ORDER BY run_id) AS before FROM polls
           WHERE ${one}) SELECT count(*), max(before) FROM r WHERE ${other}`,
      ),
      where.map((some) => `SELECT count(*) FROM active_sessions WHERE ${some}`),
    )
    await fc.assert(
      fc.asyncProperty(sql, async (text) => {
        expect(await rowsOf(await warehouse.queries.query(text))).toEqual(await askAll(text))
      }),
      { numRuns: 12 },
    )
  }, 60_000)
})
