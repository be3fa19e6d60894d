/** A run on its way into a container, when the network fails at any step of it. */

import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import type { Store } from '../../src/domain/edges.ts'
import { openLedger } from '../../src/warehouse/ledger.ts'
import { openQueries } from '../../src/warehouse/queries.ts'
import { startAzurite, type Azurite } from '../azurite.ts'
import { fixedDice } from '../fakes.ts'
import type { Fault } from '../fault-proxy.ts'
import { openFaultyBlobs, pathsIn, type FaultyBlobs } from '../storage/stores.ts'
import { ask, host, okPoll, recordRun, session } from './temp-warehouse.ts'

let azurite: Azurite
beforeAll(async () => {
  azurite = await startAzurite()
}, 60_000)
afterAll(() => azurite[Symbol.asyncDispose]())

const SLOT = '2026-11-23T09:00:00Z'
const NEXT = '2026-11-23T09:05:00Z'
const HUB = host('hub')

/** The ledger in a container, as another process would open it. */
function openOn({ root }: FaultyBlobs, store: Store) {
  const clock = { now: () => new Date('2026-11-23T12:00:00Z'), sleep: async () => undefined }
  const scratch = join(root, 'scratch')
  return {
    ledger: openLedger(
      { store, clock, dice: fixedDice(0.5) },
      { scratch, collectorVersion: '0.0.0', apiVersion: '2026-01-01' },
    ),
    queries: openQueries(
      { store, clock },
      { scratch, memoryLimitBytes: 512e6, queryTimeoutMs: 60_000, intervalMs: 300_000 },
    ),
    scratch,
  }
}

const polls = (at: string) => [okPoll(HUB, at, [session('s-1'), session('s-2')])]

/** What every run must have left, once. */
async function expectWhole({ direct }: FaultyBlobs, warehouse: ReturnType<typeof openOn>) {
  const { rows, warnings } = await ask(
    warehouse,
    `SELECT run_id, count(*)::INTEGER AS sessions, (SELECT count(*)::INTEGER FROM runs) AS runs,
       (SELECT count(*)::INTEGER FROM polls) AS polls
     FROM snapshots GROUP BY run_id ORDER BY run_id`,
  )
  expect(warnings).toEqual([])
  const counts = { sessions: 2, runs: 2, polls: 2 }
  expect(rows).toEqual([
    { run_id: '20261123T090000Z', ...counts },
    { run_id: '20261123T090500Z', ...counts },
  ])
  expect(await pathsIn(direct, '')).toHaveLength(6)
}

// List, two files, list, record.
const STEPS = [0, 1, 2, 3, 4]

describe('a run into a container', () => {
  it.each([
    ...STEPS.map((step): [number, Fault] => [step, { kind: 'refused' }]),
    ...STEPS.map((step): [number, Fault] => [step, { kind: 'lost-answer' }]),
  ])('from step %i on unheard, %o, is stored by the next one', async (step, fault) => {
    await using blobs = await openFaultyBlobs(azurite)
    let passed = 0
    blobs.proxy.fault = () => {
      passed += 1
      return passed > step ? fault : undefined
    }
    const recording = recordRun(openOn(blobs, blobs.store), SLOT, polls(SLOT))
    await expect(recording).rejects.toMatchObject({ code: 'storage' })

    blobs.proxy.fault = () => undefined
    const later = openOn(blobs, blobs.store)
    // Where only the last answer was lost, the run is recorded already.
    const last = fault.kind === 'lost-answer' && step === STEPS.at(-1)
    expect(await later.ledger.recover()).toEqual(last ? [] : ['20261123T090000Z'])
    expect(await later.ledger.hasSlot(new Date(SLOT))).toBe(true)
    expect(await recordRun(later, NEXT, polls(NEXT))).not.toBeNull()
    await expectWhole(blobs, later)
    expect(await readdir(join(later.scratch, 'spool'))).toEqual([])
  })

  it.each(STEPS)('whose answer is lost once, at step %i, is stored at once', async (step) => {
    await using blobs = await openFaultyBlobs(azurite)
    const warehouse = openOn(blobs, blobs.store)
    let passed = 0
    blobs.proxy.fault = () => {
      passed += 1
      return passed === step + 1 ? { kind: 'lost-answer' } : undefined
    }
    for (const at of [SLOT, NEXT]) expect(await recordRun(warehouse, at, polls(at))).not.toBeNull()
    await expectWhole(blobs, warehouse)
  })
})

describe('a question to a container', () => {
  it('leaves out, by name, what is not there or not as it was stored', async () => {
    await using blobs = await openFaultyBlobs(azurite)
    const warehouse = openOn(blobs, blobs.store)
    for (const at of [SLOT, NEXT]) await recordRun(warehouse, at, polls(at))
    blobs.proxy.fault = ({ path }) => {
      if (path.includes('/snapshots/') && path.includes('T0900')) return { kind: 'altered' }
      if (!path.includes('/polls/') || !path.includes('T0905')) return undefined
      return { kind: 'status', status: 404, code: 'BlobNotFound' }
    }
    const { rows, warnings } = await ask(
      warehouse,
      'SELECT (SELECT count(*) FROM snapshots) AS sessions, (SELECT count(*) FROM polls) AS polls',
    )
    expect(rows).toEqual([{ sessions: 2, polls: 1 }])
    expect(warnings.toSorted()).toEqual([
      '"v1/raw/polls/date=2026-11-23/20261123T090500Z.parquet" is left out: it is missing',
      '"v1/raw/snapshots/date=2026-11-23/20261123T090000Z.parquet" is left out: it is cut short or altered',
    ])
  })

  it('mends what was damaged on this machine', async () => {
    await using blobs = await openFaultyBlobs(azurite)
    const warehouse = openOn(blobs, blobs.store)
    for (const at of [SLOT, NEXT]) await recordRun(warehouse, at, polls(at))
    const sql = "SELECT count(*) AS sessions FROM snapshots WHERE protocol = 'ssh'"
    await ask(warehouse, sql)
    await damageKept(blobs)
    const { rows, warnings } = await ask(warehouse, sql)
    expect({ rows, warnings }).toEqual({ rows: [{ sessions: 4 }], warnings: [] })
  })

  it('leaves nothing on this machine but what is kept', async () => {
    await using blobs = await openFaultyBlobs(azurite)
    const warehouse = openOn(blobs, blobs.store)
    await recordRun(warehouse, SLOT, polls(SLOT))
    await ask(warehouse, 'FROM hosts')
    await warehouse.ledger.knownHosts()
    expect(await readdir(warehouse.scratch)).toEqual(['spool'])
  })

  it('ends when it is stopped while files are fetched', async () => {
    await using blobs = await openFaultyBlobs(azurite)
    const warehouse = openOn(blobs, blobs.store)
    await recordRun(warehouse, SLOT, polls(SLOT))
    const stop = new AbortController()
    const reason = new Error('stop')
    blobs.proxy.fault = ({ path }) => {
      if (!path.endsWith('.parquet')) return undefined
      stop.abort(reason)
      return { kind: 'silent' }
    }
    const asked = warehouse.queries.query('FROM snapshots', { signal: stop.signal })
    await expect(asked).rejects.toBe(reason)
    expect(await readdir(warehouse.scratch)).toEqual(['spool'])
  })
})

/** Alters the middle of every file that is kept, and leaves its ends and its length. */
async function damageKept({ root }: FaultyBlobs): Promise<void> {
  const cache = join(root, 'cache')
  for (const name of await readdir(cache, { recursive: true })) {
    if (!name.includes('/snapshots/') || !name.includes('~')) continue
    const bytes = await readFile(join(cache, name))
    bytes.fill(0xff, 4, bytes.length - 8)
    await writeFile(join(cache, name), bytes)
  }
}
