/** The whole ledger on a container: every command tells of it what it tells of the same files in a folder. */

import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { run } from '../../src/cli/run.ts'
import { connect } from '../../src/connect.ts'
import { parseSettings } from '../../src/domain/parse-settings.ts'
import { collect } from '../../src/jobs/collect.ts'
import { startSimulator, type Simulator } from '../../src/simulator/simulator.ts'
import { startAzurite, type Azurite } from '../azurite.ts'
import { fakeTerminal } from '../cli/fake-terminal.ts'
import { blobsAt, cacheIn, pathsIn } from '../storage/stores.ts'
import { tempFolder } from '../warehouse/temp-warehouse.ts'
import { SLOT, slotAfter } from './collecting.ts'
import { readRuns } from './stored.ts'

const opened = new AsyncDisposableStack()
let azurite: Azurite
let simulator: Simulator
let root: string
/** The warehouse, and its files once more as a folder. */
let url: string
let copy: string
let collected: Awaited<ReturnType<typeof tell>>

beforeAll(async () => {
  azurite = opened.use(await startAzurite())
  simulator = opened.use(await startSimulator())
  const { IDENTITY_ENDPOINT, IDENTITY_HEADER } = simulator.env
  Object.assign(process.env, { IDENTITY_ENDPOINT, IDENTITY_HEADER })
  root = opened.use(await tempFolder()).root
  url = `${await azurite.createContainer()}/ledger`
  copy = join(root, 'copy')
  collected = await tell(['collect', '--warehouse', url, '-o', 'json'])
  for (const slot of [SLOT, slotAfter(1)]) await collectSlot(slot)
  await copyTo(copy)
}, 120_000)
afterAll(() => opened.disposeAsync())

function environment(): Record<string, string> {
  return {
    ...simulator.env,
    LEDGER_STORAGE_CONNECTION_STRING: azurite.connectionString,
    LEDGER_SCRATCH: join(root, 'scratch'),
  }
}

/** What a command says, and how it ends. */
async function tell(argv: string[], env = environment()) {
  const terminal = fakeTerminal({ env, now: '2026-11-23T09:10:00Z' })
  const code = await run(argv, terminal, {
    connect: (settings) => connect(settings, { ca: simulator.ca }),
  })
  return { code, out: terminal.out, err: terminal.err }
}

async function collectSlot(scheduledFor: Date) {
  const { IDENTITY_ENDPOINT: _, IDENTITY_HEADER: __, ...env } = environment()
  await using connection = connect(parseSettings({ ...env, LEDGER_WAREHOUSE: url }), {
    ca: simulator.ca,
  })
  return await collect(connection, { scheduledFor, filter: { include: [], exclude: [] } })
}

async function copyTo(folder: string): Promise<void> {
  const store = blobsAt(azurite, url, { cache: cacheIn(join(root, 'copying'), 0) })
  for (const path of await pathsIn(store, '')) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), (await store.read(path)) ?? '')
  }
}

describe('a ledger in a container', () => {
  it('is collected, whole, as in a folder', async () => {
    expect(collected).toMatchObject({ code: 0, err: expect.stringContaining(`Stored in ${url}`) })
    const document: unknown = JSON.parse(collected.out)
    expect(document).toMatchObject({ run: { outcome: 'ok' }, hosts: { failed: 0 } })
    const runs = await readRuns(copy)
    expect(runs.flatMap(({ problems }) => problems)).toEqual([])
    expect(runs).toHaveLength(3)
    expect(runs.every(({ polls }) => polls.length > 0)).toBe(true)
  })

  it('records a slot once', async () => {
    const before = await readRuns(copy)
    expect((await collectSlot(SLOT)).run).toBeNull()
    const again = join(root, 'again')
    await copyTo(again)
    expect((await readRuns(again)).map(({ record }) => record.run_id)).toEqual(
      before.map(({ record }) => record.run_id),
    )
  })

  it.each([
    [['runs']],
    [['hosts']],
    [['query', 'FROM snapshots ORDER BY ALL']],
    [['query', 'FROM polls ORDER BY ALL']],
    [['query', 'FROM subscription_polls ORDER BY ALL']],
    [['query', 'SELECT * EXCLUDE (observed_secs_ago) FROM active_sessions ORDER BY ALL']],
    [['query', 'FROM azure.network.active_sessions ORDER BY ALL']],
    [['query', `SELECT count(*) FROM snapshots WHERE observed_at < now() - INTERVAL 30 DAY`]],
    [['query', 'SHOW TABLES']],
    [['query', 'FROM nothing']],
  ])('tells by %j what a folder tells', async (words) => {
    const [fromBlobs, fromFolder] = [
      await tell([...words, '-o', 'json', '--warehouse', url]),
      await tell([...words, '-o', 'json', '--warehouse', copy], simulator.env),
    ]
    expect(fromBlobs).toEqual(fromFolder)
    // An answer without a row would be the same anywhere.
    expect(fromBlobs).not.toMatchObject({ code: 0, out: expect.stringMatching(/^\[\s*\]/) })
  })

  it('says how to begin where it is empty', async () => {
    const empty = await azurite.createContainer()
    const { code, out, err } = await tell(['hosts', '--warehouse', empty])
    expect({ code, out }).toEqual({ code: 5, out: '' })
    expect(err).toContain(`The warehouse "${empty}" has no run yet`)
  })

  it.each(['hosts', 'collect'])(
    'is one clear line for %s where it cannot be used',
    async (command) => {
      const none = azurite.blobUrl('none-there')
      const { code, out, err } = await tell([command, '--warehouse', none])
      expect({ code, out }).toEqual({ code: 1, out: '' })
      expect(err.split('\n')[0]).toMatch(/Cannot list ".*\/none-there": there is no container/)
      expect(err).not.toContain('AccountKey')
    },
  )

  it('needs no connection string where Azurite has the key that it always has', async () => {
    const { LEDGER_STORAGE_CONNECTION_STRING: _, ...env } = environment()
    expect(await tell(['runs', '--warehouse', url, '-o', 'json'], env)).toMatchObject({ code: 0 })
  })

  it('refuses a connection string for anything but Azurite, without showing it', async () => {
    for (const warehouse of [copy, 'https://contoso.blob.core.windows.net/ledger']) {
      const { code, err } = await tell(['runs', '--warehouse', warehouse])
      expect(code).toBe(1)
      expect(err).toContain('LEDGER_STORAGE_CONNECTION_STRING')
      expect(err).not.toContain('AccountKey')
    }
    const env = { ...environment(), LEDGER_STORAGE_CONNECTION_STRING: 'AccountKey=CANARY' }
    expect((await tell(['runs', '--warehouse', url], env)).err).not.toContain('CANARY')
    const sas = 'https://contoso.blob.core.windows.net/ledger?sig=CANARY'
    expect((await tell(['runs', '--warehouse', sas])).err).not.toContain('CANARY')
  })
})
