import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'

import { describe, expect, it, vi } from 'vitest'

import type { Store } from '../../src/domain/edges.ts'
import { LedgerError } from '../../src/domain/errors.ts'
import { runPaths } from '../../src/warehouse/paths.ts'
import {
  ask,
  host,
  okPoll,
  openWarehouse,
  recordRun,
  runStart,
  session,
  tempWarehouse,
  textOf,
  type TempWarehouse,
} from './temp-warehouse.ts'

// Real files and a real engine: slow where many others work at the same time.
vi.setConfig({ testTimeout: 30_000 })

const SLOT = '2026-11-23T09:05:00Z'
const RUN = '20261123T090500Z'
const polls = () => [
  okPoll(host('a'), SLOT, [session('1'), session('2')]),
  okPoll(host('b'), SLOT, [session('3')]),
]

async function spools({ scratch }: Pick<TempWarehouse, 'scratch'>): Promise<string[]> {
  return readdir(join(scratch, 'spool'))
}

function fullDisk() {
  return new LedgerError('storage', 'Cannot write: the disk is full')
}

/** A store whose nth creation fails, before it does anything or after. */
function failingAt(step: number, when: 'before' | 'after') {
  return (store: Store): Store => {
    let creations = 0
    return {
      ...store,
      async create(path, source) {
        creations += 1
        if (creations === step && when === 'before') throw fullDisk()
        const outcome = await store.create(path, source)
        if (creations === step) throw fullDisk()
        return outcome
      },
    }
  }
}

describe('RunWriter', () => {
  it('takes exactly one poll for each host of the run', async () => {
    await using warehouse = await tempWarehouse()
    const hosts = [host('a'), host('b')]
    await using writer = await warehouse.ledger.begin(runStart(SLOT, hosts), hosts)
    await writer.add(okPoll(host('a'), SLOT))
    await expect(writer.add(okPoll(host('a'), SLOT))).rejects.toThrow(RangeError)
    await expect(writer.add(okPoll(host('c'), SLOT))).rejects.toThrow(RangeError)
    await expect(writer.commit(new Date(SLOT))).rejects.toThrow(/1 hosts have no poll/)
  })

  it('takes another population, and holds the run to it', async () => {
    await using warehouse = await tempWarehouse()
    const late = runStart(SLOT, [host('a'), host('b'), host('c')])
    await using writer = await warehouse.ledger.begin(runStart(SLOT, [host('a')]), [
      host('a'),
      host('old'),
    ])
    await writer.add(okPoll(host('a'), SLOT))
    await expect(writer.amend(late.subscriptions, [host('b')])).rejects.toThrow(RangeError)
    await writer.amend(late.subscriptions, [host('a'), host('b')])
    await expect(writer.add(okPoll(host('old'), SLOT))).rejects.toThrow(RangeError)
    await writer.add(okPoll(host('b'), SLOT))
    const record = await writer.commit(new Date(SLOT))
    expect(record).toMatchObject({ counts: { ok: 2 }, subscriptions: [{ hosts: 3 }] })
  })

  it('leaves nothing but the run behind', async () => {
    await using warehouse = await tempWarehouse()
    await recordRun(warehouse, SLOT, polls())
    expect(await spools(warehouse)).toEqual([])
    expect(await readdir(warehouse.scratch)).toEqual(['spool'])
  })

  it('leaves nothing at all when no host was added', async () => {
    await using warehouse = await tempWarehouse()
    {
      await using writer = await warehouse.ledger.begin(runStart(SLOT, [host('a')]), [host('a')])
      expect(writer).toBeDefined()
    }
    expect(await spools(warehouse)).toEqual([])
  })

  it('refuses what is no run id', async () => {
    await using warehouse = await tempWarehouse()
    const start = runStart(SLOT, [], { runId: '../../etc/passwd' })
    await expect(warehouse.ledger.begin(start, [])).rejects.toThrow(RangeError)
  })

  it('says which folder it cannot write to', async () => {
    await using warehouse = await tempWarehouse()
    await writeFile(warehouse.root, 'a file in the way')
    await expect(recordRun(warehouse, SLOT, polls())).rejects.toMatchObject({
      code: 'storage',
      message: expect.stringContaining('a part of the path is a file, not a folder (ENOTDIR)'),
    })
  })
})

const sleep = (ms: number) => wait(ms)

describe('commitRun', () => {
  it.each([
    [1, 'before', 'no file'],
    [1, 'after', 'the snapshots alone'],
    [2, 'before', 'the snapshots alone'],
    [2, 'after', 'both data files'],
    [3, 'before', 'both data files'],
    [3, 'after', 'the whole run'],
  ] as const)('survives a crash %s %s, which leaves %s', async (step, when, _left) => {
    await using warehouse = await tempWarehouse({ wrap: failingAt(step, when) })
    await expect(recordRun(warehouse, SLOT, polls())).rejects.toThrow('the disk is full')

    // What no record names does not exist.
    const next = openWarehouse(warehouse.root)
    const recorded = step === 3 && when === 'after'
    const seen = await ask(next, 'FROM snapshots').then(
      ({ rows }) => `${rows.length} rows`,
      (error: unknown) => (error instanceof LedgerError ? error.code : error),
    )
    expect(seen).toBe(recorded ? '3 rows' : 'empty')

    expect(await next.ledger.recover()).toEqual(recorded ? [] : [RUN])
    expect(await spools(next)).toEqual([])
    const { rows } = await ask(next, 'SELECT session_id, run_id FROM snapshots ORDER BY ALL')
    expect(rows).toEqual(['1', '2', '3'].map((session_id) => ({ session_id, run_id: RUN })))
    expect((await ask(next, 'FROM polls')).rows).toHaveLength(2)
    expect(await next.ledger.recover()).toEqual([])
  })

  it('does nothing for a slot that is recorded', async () => {
    await using warehouse = await tempWarehouse()
    const first = await recordRun(warehouse, SLOT, polls())
    expect(await recordRun(warehouse, SLOT, [okPoll(host('c'), SLOT)])).toBeNull()
    expect(first?.run_id).toBe(RUN)
    expect((await ask(warehouse, 'FROM polls')).rows).toHaveLength(2)
    expect(await spools(warehouse)).toEqual([])
  })

  it('records one run of a slot that several collectors are at', async () => {
    await using warehouse = await tempWarehouse({ sleep })
    const records = await Promise.all(
      Array.from({ length: 5 }, (_, index) =>
        recordRun(openWarehouse(warehouse.root, { sleep }), SLOT, [
          okPoll(host(`only-${index}`), SLOT, [session(`${index}`)]),
        ]),
      ),
    )
    const [winner, ...others] = records.filter((record) => record !== null)
    expect(winner?.run_id).toBe(RUN)
    expect(others).toEqual([])
    const { rows } = await ask(warehouse, 'SELECT session_id, host_name FROM snapshots')
    expect(rows).toHaveLength(1)
    expect(rows[0]?.['host_name']).toBe(`only-${textOf(rows[0]?.['session_id'])}`)
    expect((await ask(warehouse, 'FROM runs')).rows).toHaveLength(1)
  })

  it.each(['snapshots', 'polls'] as const)(
    'takes another name when a dead collector left other %s under its own',
    async (table) => {
      await using warehouse = await tempWarehouse()
      const orphan = join(warehouse.root, runPaths(RUN)[table])
      await mkdir(dirname(orphan), { recursive: true })
      await writeFile(orphan, 'left by another')
      const record = await recordRun(warehouse, SLOT, polls())
      expect(record).toMatchObject({
        run_id: `${RUN}-iiii`,
        scheduled_for: '2026-11-23T09:05:00.000Z',
      })
      expect((await ask(warehouse, 'SELECT DISTINCT run_id FROM snapshots')).rows).toEqual([
        { run_id: `${RUN}-iiii` },
      ])
      expect(await warehouse.ledger.hasSlot(new Date(SLOT))).toBe(true)
      expect(await recordRun(warehouse, SLOT, polls())).toBeNull()
    },
  )

  it('keeps the shard in another name', async () => {
    await using warehouse = await tempWarehouse()
    const runId = `${RUN}.s03of16`
    const orphan = join(warehouse.root, runPaths(runId).polls)
    await mkdir(dirname(orphan), { recursive: true })
    await writeFile(orphan, 'left by another')
    const record = await recordRun(warehouse, SLOT, polls(), { runId, trigger: 'shard' })
    expect(record?.run_id).toBe(`${RUN}-iiii.s03of16`)
  })
})

describe('hasSlot', () => {
  it('knows a timer run by its name, and a second try by its record', async () => {
    await using warehouse = await tempWarehouse()
    const { ledger } = warehouse
    expect(await ledger.hasSlot(new Date(SLOT))).toBe(false)
    await recordRun(warehouse, SLOT, polls())
    expect(await ledger.hasSlot(new Date(SLOT))).toBe(true)
    expect(await ledger.hasSlot(new Date('2026-11-23T09:10:00Z'))).toBe(false)
  })

  it('does not take a run that a person started in that second for the slot', async () => {
    await using warehouse = await tempWarehouse()
    await recordRun(warehouse, SLOT, polls(), {
      runId: `${RUN}-k3f9`,
      trigger: 'manual',
      scheduledFor: null,
    })
    await recordRun(warehouse, SLOT, polls(), { runId: `${RUN}.s01of02`, trigger: 'shard' })
    expect(await warehouse.ledger.hasSlot(new Date(SLOT))).toBe(false)
  })
})
