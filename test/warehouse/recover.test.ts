import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { appendFile, mkdir, readdir, readFile, rename, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

import { describe, expect, it, vi } from 'vitest'

import type { Poll } from '../../src/domain/poll.ts'
import { setAside } from '../../src/warehouse/recover.ts'
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
const hosts = [host('a'), host('b'), host('c')]

type Scratch = Pick<TempWarehouse, 'scratch'>

async function spoolOf({ scratch }: Scratch): Promise<string> {
  const [name = ''] = await readdir(join(scratch, 'spool'))
  return join(scratch, 'spool', name)
}

/** A run of three hosts that ended, without a word, after these polls. */
async function crashAfter({ ledger }: TempWarehouse, ...polls: Poll[]): Promise<void> {
  await using writer = await ledger.begin(runStart(SLOT, hosts), hosts)
  for (const poll of polls) await writer.add(poll)
}

const answers = (name: string, ...ids: string[]) =>
  okPoll(
    host(name),
    SLOT,
    ids.map((id) => session(id)),
  )

const POLLS = 'SELECT host_name, outcome, error_code, session_count FROM polls ORDER BY host_name'
const crashed = (host_name: string) => ({
  host_name,
  outcome: 'skipped_deadline',
  error_code: 'crashed',
  session_count: null,
})
const answered = (host_name: string, session_count: number) => ({
  host_name,
  outcome: 'ok',
  error_code: null,
  session_count,
})

describe('recover', () => {
  it('finds nothing to do in a new or a tidy warehouse', async () => {
    await using warehouse = await tempWarehouse()
    expect(await warehouse.ledger.recover()).toEqual([])
    await recordRun(warehouse, SLOT, [answers('a')])
    expect(await warehouse.ledger.recover()).toEqual([])
  })

  it('records what was answered, and says of every other host that the collector ended', async () => {
    await using warehouse = await tempWarehouse()
    await crashAfter(warehouse, answers('a', '1', '2'), answers('b'))
    expect(await warehouse.ledger.recover()).toEqual([RUN])
    expect((await ask(warehouse, POLLS)).rows).toEqual([
      answered('a', 2),
      answered('b', 0),
      crashed('c'),
    ])
    expect((await ask(warehouse, 'SELECT session_id FROM snapshots ORDER BY ALL')).rows).toEqual([
      { session_id: '1' },
      { session_id: '2' },
    ])
    const { rows } = await ask(
      warehouse,
      'SELECT outcome, started_at, finished_at, hosts_ok, hosts_skipped, sessions FROM runs',
    )
    expect(rows).toEqual([
      {
        outcome: 'partial',
        started_at: '2026-11-23T09:05:01Z',
        finished_at: '2026-11-23T09:05:01Z',
        hosts_ok: 2,
        hosts_skipped: 1,
        sessions: 2,
      },
    ])
    expect(await warehouse.ledger.recover()).toEqual([])
    expect(await readdir(join(warehouse.scratch, 'spool'))).toEqual([])
  })

  it('does not count a line that was cut off', async () => {
    await using warehouse = await tempWarehouse()
    await crashAfter(warehouse, answers('a', '1'))
    await appendFile(join(await spoolOf(warehouse), 'polls.ndjson'), '{"host_id":"/subscr')
    expect(await warehouse.ledger.recover()).toEqual([RUN])
    expect((await ask(warehouse, POLLS)).rows).toEqual([
      answered('a', 1),
      crashed('b'),
      crashed('c'),
    ])
  })

  it('does not count sessions whose poll was not written yet', async () => {
    await using warehouse = await tempWarehouse()
    await crashAfter(warehouse, answers('a', '1'), answers('b', '2'))
    const polls = join(await spoolOf(warehouse), 'polls.ndjson')
    const [first = ''] = (await readFile(polls, 'utf8')).split('\n')
    await writeFile(polls, `${first}\n`)
    await warehouse.ledger.recover()
    expect((await ask(warehouse, 'SELECT session_id FROM snapshots')).rows).toEqual([
      { session_id: '1' },
    ])
    expect((await ask(warehouse, POLLS)).rows).toEqual([
      answered('a', 1),
      crashed('b'),
      crashed('c'),
    ])
  })

  it('does not count a poll some of whose sessions did not reach the disk', async () => {
    await using warehouse = await tempWarehouse()
    await crashAfter(warehouse, answers('a', '1'), answers('b', '2'))
    const snapshots = join(await spoolOf(warehouse), 'snapshots.ndjson')
    const [first = '', second = ''] = (await readFile(snapshots, 'utf8')).split('\n')
    await writeFile(snapshots, `${first}\n${second.slice(0, 50)}`)
    await warehouse.ledger.recover()
    expect((await ask(warehouse, POLLS)).rows).toEqual([
      answered('a', 1),
      crashed('b'),
      crashed('c'),
    ])
  })

  it('forgets a run that had no answer yet', async () => {
    await using warehouse = await tempWarehouse()
    await crashAfter(warehouse, answers('a', '1'))
    const spool = await spoolOf(warehouse)
    for (const name of ['polls.ndjson', 'snapshots.ndjson', 'start.json']) {
      await writeFile(join(spool, name), '')
    }
    expect(await warehouse.ledger.recover()).toEqual([])
    expect(await readdir(join(warehouse.scratch, 'spool'))).toEqual([])
    expect(await setAside(warehouse.scratch)).toEqual([])
  })

  it('removes the spool of a run that was recorded before the crash', async () => {
    await using warehouse = await tempWarehouse()
    await crashAfter(warehouse, answers('a', '1'))
    await recordRun(warehouse, SLOT, [answers('a', '9')])
    expect(await warehouse.ledger.recover()).toEqual([])
    expect(await readdir(join(warehouse.scratch, 'spool'))).toEqual([])
    expect((await ask(warehouse, 'SELECT session_id FROM snapshots')).rows).toEqual([
      { session_id: '9' },
    ])
  })

  it.each([
    ['start.json', '{"version": 99}'],
    ['start.json', '{"cut'],
    ['polls.ndjson', 'not json\n'],
    ['snapshots.ndjson', '{"host_id": 7}\n'],
  ])('sets a spool aside whose %s is %j', async (name, content) => {
    await using warehouse = await tempWarehouse()
    await crashAfter(warehouse, answers('a', '1'))
    await writeFile(join(await spoolOf(warehouse), name), content)
    expect(await warehouse.ledger.recover()).toEqual([])
    const [folder = ''] = await setAside(warehouse.scratch)
    expect(folder).toContain(RUN)
    expect(await readFile(join(folder, name), 'utf8')).toBe(content)
    expect(await warehouse.ledger.recover()).toEqual([])
  })

  it('is done once, by whichever of several comes first', async () => {
    await using warehouse = await tempWarehouse()
    await crashAfter(warehouse, answers('a', '1'))
    const recovered = await Promise.all(
      Array.from({ length: 6 }, () => openWarehouse(warehouse.root).ledger.recover()),
    )
    expect(recovered.flat()).toEqual([RUN])
    expect((await ask(warehouse, 'FROM snapshots')).rows).toHaveLength(1)
  })

  it('never touches the spool of a collector at work', async () => {
    await using warehouse = await tempWarehouse()
    await using writer = await warehouse.ledger.begin(runStart(SLOT, hosts), hosts)
    await writer.add(answers('a', '1'))
    expect(await openWarehouse(warehouse.root).ledger.recover()).toEqual([])
    await writer.add(answers('b'))
    await writer.add(answers('c'))
    expect((await writer.commit(new Date(SLOT)))?.run_id).toBe(RUN)
  })

  it('waits an hour where it cannot look the process up', async () => {
    await using warehouse = await tempWarehouse()
    await crashAfter(warehouse, answers('a', '1'))
    const spool = await spoolOf(warehouse)
    const elsewhere = spool.replace(/~.*/, '~4242-1-0123456789ab-00000000')
    await rename(spool, elsewhere)
    expect(await warehouse.ledger.recover()).toEqual([])
    const longAgo = new Date(Date.now() - 3_700_000)
    for (const name of await readdir(elsewhere))
      await utimes(join(elsewhere, name), longAgo, longAgo)
    await utimes(elsewhere, longAgo, longAgo)
    expect(await warehouse.ledger.recover()).toEqual([RUN])
  })

  it('clears away what dead queries and writers left, and nothing else', async () => {
    await using warehouse = await tempWarehouse()
    await recordRun(warehouse, SLOT, [answers('a')])
    const { scratch } = warehouse
    const longAgo = new Date(Date.now() - 3_700_000)
    await mkdir(join(scratch, 'query~999999999-1-0123456789ab-00000000'))
    await utimes(join(scratch, 'query~999999999-1-0123456789ab-00000000'), longAgo, longAgo)
    await writeFile(join(scratch, 'old.part'), '')
    await utimes(join(scratch, 'old.part'), longAgo, longAgo)
    await writeFile(join(scratch, 'new.part'), '')
    await writeFile(join(scratch, 'notes.txt'), 'a person put this here')
    await utimes(join(scratch, 'notes.txt'), longAgo, longAgo)
    await warehouse.ledger.recover()
    expect((await readdir(scratch)).toSorted()).toEqual(['new.part', 'notes.txt', 'spool'])
  })
})

describe('a collector that is killed', () => {
  const script = fileURLToPath(new URL('crashing-collector.ts', import.meta.url))

  async function collectThenKill(
    root: string,
    pauseMs: number,
    kill: (child: ChildProcess) => Promise<unknown>,
  ) {
    const child = spawn(process.execPath, [script, root, SLOT, String(pauseMs)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await kill(child)
    child.kill('SIGKILL')
    await once(child, 'close')
  }

  it('loses nothing that was answered a moment before', async () => {
    await using warehouse = await tempWarehouse()
    await collectThenKill(warehouse.root, 0, async (child) => {
      let told = ''
      child.stdout?.on('data', (chunk) => {
        told += String(chunk)
      })
      while (!told.includes('10\n')) await wait(10)
      await wait(400)
    })
    await expect(ask(warehouse, 'FROM polls')).rejects.toMatchObject({ code: 'empty' })
    expect(await warehouse.ledger.recover()).toEqual([RUN])
    const { rows } = await ask(warehouse, POLLS)
    expect(rows).toEqual(Array.from({ length: 10 }, (_, index) => answered(`h${index}`, index)))
    expect((await ask(warehouse, 'FROM snapshots')).rows).toHaveLength(45)
  })

  it('leaves polls that are whole or marked, whenever it was', async () => {
    for (const afterMs of [150, 400, 650]) {
      await using warehouse = await tempWarehouse()
      await collectThenKill(warehouse.root, 60, async (child) => {
        await once(child.stdout ?? child, 'data')
        await wait(afterMs)
      })
      const recovered = await warehouse.ledger.recover()
      if (recovered.length === 0) continue
      const { rows } = await ask(warehouse, POLLS)
      expect(rows).toHaveLength(10)
      for (const row of rows) {
        const number = Number(textOf(row['host_name']).slice(1))
        expect([answered(`h${number}`, number), crashed(`h${number}`)]).toContainEqual(row)
      }
      const sum = await ask(warehouse, 'SELECT sum(session_count)::INTEGER AS n FROM polls')
      expect((await ask(warehouse, 'SELECT count(*) AS n FROM snapshots')).rows).toEqual(sum.rows)
    }
  }, 20_000)
})
