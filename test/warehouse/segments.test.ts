import { appendFile, readdir, readFile, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'

import { describe, expect, it, vi } from 'vitest'

import { createSegments, findSegments } from '../../src/warehouse/segments.ts'
import {
  ask,
  host,
  okPoll,
  openWarehouse,
  recordRun,
  runStart,
  session,
  tempFolder,
  tempWarehouse,
} from './temp-warehouse.ts'

// Real files and a real engine: slow where many others work at the same time.
vi.setConfig({ testTimeout: 30_000 })

const SLOT = '2026-11-23T09:05:00Z'
const RUN = '20261123T090500Z'

/** A line of so many bytes, with its end. */
function line(number: number, bytes: number): Uint8Array {
  return Buffer.from(`${String(number).padEnd(bytes - 1, '.')}\n`)
}

describe('createSegments', () => {
  it('cuts between blocks, into files that are found again in their order', async () => {
    await using folder = await tempFolder()
    const segments = await createSegments(folder.root, 'polls')
    for (let number = 0; number < 48; number += 1) await segments.append([line(number, 131_072)])
    await segments.close()
    expect(segments.files.map((file) => basename(file))).toEqual([
      'polls.ndjson',
      ...Array.from({ length: 11 }, (_, index) => `polls.${index + 2}.ndjson`),
    ])
    expect(await findSegments(folder.root, 'polls')).toEqual(segments.files)
    const sizes = await Promise.all(segments.files.map(async (file) => (await stat(file)).size))
    expect(new Set(sizes)).toEqual(new Set([524_288]))
    const texts = await Promise.all(segments.files.map((file) => readFile(file, 'utf8')))
    const numbers = texts.join('').split('\n').slice(0, -1).map(Number.parseFloat)
    expect(numbers).toEqual(Array.from({ length: 48 }, (_, number) => number))
  })

  it('has a file for no line', async () => {
    await using folder = await tempFolder()
    const segments = await createSegments(folder.root, 'polls')
    await segments.close()
    expect(await findSegments(folder.root, 'polls')).toEqual([join(folder.root, 'polls.ndjson')])
    expect(await findSegments(folder.root, 'snapshots')).toEqual([])
  })

  it('writes over what is there only where it is told to', async () => {
    await using folder = await tempFolder()
    for (const text of ['a', 'b']) {
      const segments = await createSegments(folder.root, 'polls', { replace: true })
      await segments.append([Buffer.from(`${text}\n`)])
      await segments.close()
    }
    expect(await readFile(join(folder.root, 'polls.ndjson'), 'utf8')).toBe('b\n')
    await expect(createSegments(folder.root, 'polls')).rejects.toMatchObject({ code: 'EEXIST' })
  })
})

const HOSTS = Array.from({ length: 1500 }, (_, index) =>
  host(`h${index}`, { tags: { note: 'x'.repeat(500) } }),
)
const polls = () =>
  HOSTS.map((one, index) =>
    okPoll(one, SLOT, index % 3 === 0 ? [] : [session(`${index}-a`), session(`${index}-b`)]),
  )
const COUNTS = `
  SELECT count(*)::INTEGER AS hosts, sum(session_count)::INTEGER AS told,
    count(*) FILTER (outcome = 'ok')::INTEGER AS ok,
    (SELECT count(DISTINCT host_id || session_id)::INTEGER FROM snapshots) AS sessions
  FROM polls`
const WHOLE = [{ hosts: 1500, told: 2000, ok: 1500, sessions: 2000 }]

/** A run that ended without a word after all of its hosts had answered. */
async function crash({ ledger }: Awaited<ReturnType<typeof tempWarehouse>>): Promise<void> {
  await using writer = await ledger.begin(runStart(SLOT, HOSTS), HOSTS)
  for (const poll of polls()) await writer.add(poll)
}

describe('a run in several segments', () => {
  it('is recorded whole', async () => {
    await using warehouse = await tempWarehouse()
    const record = await recordRun(warehouse, SLOT, polls())
    expect(record?.files.map(({ rows }) => rows)).toEqual([2000, 1500])
    expect((await ask(warehouse, COUNTS)).rows).toEqual(WHOLE)
  })

  it('is recovered whole, and at the second try where the first had no room', async () => {
    await using warehouse = await tempWarehouse()
    await crash(warehouse)
    let tries = 0
    const full = openWarehouse(warehouse.root, {
      wrap: (store) => ({
        ...store,
        create(path, source) {
          tries += 1
          if (tries === 2) throw Object.assign(new Error('no room'), { code: 'ENOSPC' })
          return store.create(path, source)
        },
      }),
    })
    await expect(full.ledger.recover()).rejects.toMatchObject({ code: 'storage' })
    expect(await warehouse.ledger.recover()).toEqual([RUN])
    expect((await ask(warehouse, COUNTS)).rows).toEqual(WHOLE)
  })

  it('loses only what was cut off at its end', async () => {
    await using warehouse = await tempWarehouse()
    await crash(warehouse)
    const spools = join(warehouse.scratch, 'spool')
    const [name = ''] = await readdir(spools)
    const files = await findSegments(join(spools, name), 'polls')
    expect(files.length).toBeGreaterThan(2)
    await appendFile(files.at(-1) ?? '', '{"host_id":"/subscr')
    expect(await warehouse.ledger.recover()).toEqual([RUN])
    expect((await ask(warehouse, COUNTS)).rows).toEqual(WHOLE)
  })
})
