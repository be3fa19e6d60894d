import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { connect, type Connection } from '../../src/connect.ts'
import { parseSettings } from '../../src/domain/parse-settings.ts'
import { createRandom, mixSeeds, type Random } from '../../src/simulator/random.ts'
import { createEstate } from '../../src/simulator/seeded-estate.ts'
import { startSimulator, type Simulator } from '../../src/simulator/simulator.ts'
import { ask, tempFolder } from '../warehouse/temp-warehouse.ts'
import { spools, startCollector, type Collector, type Moment } from './collector-process.ts'
import { readRuns, type StoredRun } from './stored.ts'
import { problemsOf, sessionsByHost } from './truth.ts'

const SEED = Number(process.env['KILL_SEED'] ?? Date.now() % 1_000_000)
const KILLS = 20
const HOUR_MS = 3_600_000

const estate = createEstate({
  seed: SEED,
  subscriptions: 3,
  hosts: 24,
  states: 'enabled',
  steadySessions: 3,
})

let resources: AsyncDisposableStack
let simulator: Simulator
let caFile: string
beforeAll(async () => {
  resources = new AsyncDisposableStack()
  const folder = resources.use(await tempFolder())
  simulator = resources.use(
    await startSimulator({ estate, latency: { minMs: 5, maxMs: 80, seed: SEED } }),
  )
  caFile = join(folder.root, 'ca.pem')
  await writeFile(caFile, simulator.ca)
})
afterAll(() => resources.disposeAsync())

/** A warehouse that collectors are killed on, and what is known of it. */
interface Battered {
  root: string
  connection: Connection
  start(args?: readonly string[]): Collector
  /** Runs that were found whole: files never change, so once is enough. */
  whole: Map<string, StoredRun>
  /** Answers that a killed collector had on disk, by Azure's request id: the run that asked. */
  answered: Map<string, string>
  /** Runs that a collector has told of. */
  told: Set<string>
}

async function batter(owner: AsyncDisposableStack): Promise<Battered> {
  const folder = owner.use(await tempFolder())
  const root = join(folder.root, 'warehouse')
  const env = { ...simulator.env, LEDGER_CONCURRENCY: '3' }
  const connection = owner.use(connect(parseSettings({}, { warehouse: root })))
  return {
    root,
    connection,
    start: (args = []) => startCollector({ root, env, caFile, args }),
    whole: new Map(),
    answered: new Map(),
    told: new Set(),
  }
}

/** Everything that must hold of a warehouse whose collectors are dead. */
async function checkWarehouse(battered: Battered): Promise<void> {
  const { root, connection, whole, told } = battered
  const runs = await readRuns(root, whole)
  const changing = sessionsByHost(
    estate,
    new Date(Date.now() - HOUR_MS),
    new Date(Date.now() + HOUR_MS),
  )
  for (const run of runs) {
    const { record, polls } = run
    if (whole.has(record.run_id)) continue
    expect(problemsOf(run, { estate, changing })).toEqual([])
    expect(polls.map((poll) => poll['host_id'])).toEqual(
      estate.hosts.map(({ hostId }) => hostId).toSorted(),
    )
    // Nothing else can have gone wrong.
    const codes = new Set(polls.map((poll) => poll['error_code']))
    expect([...codes.difference(new Set([null, 'crashed']))]).toEqual([])
    whole.set(record.run_id, run)
  }
  const recorded = runs.map(({ record }) => record.run_id)
  expect([...told].filter((runId) => !recorded.includes(runId))).toEqual([])
  const slots = runs.flatMap(({ record }) => record.scheduled_for ?? [])
  expect(new Set(slots).size).toBe(slots.length)
  if (runs.length === 0) return

  const visible = await ask(
    { queries: connection.queries },
    `SELECT run_id, polls, coalesce(snapshots, 0) AS snapshots
     FROM (SELECT run_id, count(*)::INTEGER AS polls FROM polls GROUP BY ALL)
     FULL JOIN (SELECT run_id, count(*)::INTEGER AS snapshots FROM snapshots GROUP BY ALL)
       USING (run_id)
     ORDER BY run_id`,
  )
  expect(visible.warnings).toEqual([])
  const stored = runs.map(({ record, polls, snapshots }) => ({
    run_id: record.run_id,
    polls: polls.length,
    snapshots: snapshots.length,
  }))
  // In the order of SQL: by its file's name, `…Z-k3f9.json` would come before `…Z.json`.
  expect(visible.rows).toEqual(stored.toSorted((a, b) => (a.run_id < b.run_id ? -1 : 1)))
}

/** Notes what dead collectors had been answered, and what they had told. */
async function noteAnswers({ root, answered, told }: Battered, dead: readonly Collector[]) {
  for (const folder of spools(root)) {
    const file = join(folder, 'polls.ndjson')
    if (!existsSync(file)) continue
    const lines = (await readFile(file, 'utf8')).split('\n').slice(0, -1)
    const [runId = ''] = (folder.split('/').at(-1) ?? '').split('~')
    for (const line of lines) {
      const poll: Record<string, unknown> = JSON.parse(line)
      if (typeof poll['request_id'] === 'string') answered.set(poll['request_id'], runId)
    }
  }
  for (const collector of dead) {
    for (const line of collector.stdout().split('\n').slice(0, -1)) {
      const { run }: { run: { run_id: string } } = JSON.parse(line)
      told.add(run.run_id)
    }
  }
}

/** Whether every answer is stored exactly once, now that a collector has ended in peace. */
function expectAnswersStored({ whole, answered }: Battered): void {
  const runs = [...whole.values()]
  const stored = runs.flatMap(({ polls }) => polls.flatMap((poll) => poll['request_id'] ?? []))
  expect(new Set(stored).size).toBe(stored.length)
  const slots = new Set(runs.map(({ record }) => record.scheduled_for))
  const lost = [...answered].filter(([id, runId]) => {
    // Of two collectors of one slot, only one is recorded.
    const slot = runId.includes('-') ? null : slotOfId(runId)
    return !stored.includes(id) && !(slot !== null && slots.has(slot))
  })
  expect(lost).toEqual([])
}

function slotOfId(runId: string): string {
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(runId) ?? []
  return `${year}-${month}-${day}T${hour}:${minute}:${second}.000Z`
}

function momentFrom(random: Random): Moment {
  const kind = random.next()
  if (kind < 0.15) return { after: 'start', ms: 300 + random.below(500) }
  if (kind < 0.35) return { after: 'spool', ms: random.below(300) }
  // Most often at once: what comes after the first answers may be only half on disk.
  if (kind < 0.6) return { after: 'answers', ms: random.chance(0.6) ? 0 : random.below(150) }
  return { after: 'parquet', ms: random.below(60) }
}

describe(`collect, killed at any moment (KILL_SEED=${SEED})`, () => {
  it.each<[string, string[]]>([
    ['two runs at a time', []],
    ['two collectors of the same slots', ['--every', '1s']],
  ])('leaves whole runs and loses no answer: %s', { timeout: 120_000 }, async (name, args) => {
    await using owner = new AsyncDisposableStack()
    const battered = await batter(owner)
    const random = createRandom(mixSeeds(SEED, name))
    let kills = 0
    for (let round = 0; kills < KILLS / 2; round += 1) {
      expect(round).toBeLessThan(KILLS)
      const pair = [battered.start(args), battered.start(args)]
      const ends = await Promise.all(pair.map((one) => one.killAt(momentFrom(random))))
      kills += ends.filter(({ killed }) => killed).length
      await noteAnswers(battered, pair)
      await checkWarehouse(battered)
    }
    const last = battered.start()
    expect(await last.ended).toEqual({ code: 0, signal: null })
    await noteAnswers(battered, [last])
    await checkWarehouse(battered)
    expectAnswersStored(battered)
    expect(spools(battered.root)).toEqual([])
    // The kills came while something was at stake.
    expect(battered.answered.size).toBeGreaterThan(0)
  })

  it('records a slot once, of two collectors that both end in peace', async () => {
    await using owner = new AsyncDisposableStack()
    const battered = await batter(owner)
    const pair = [1, 2].map(() => battered.start(['--every', '24h']))
    for (const one of pair) {
      await expect
        .poll(() => one.stderr(), { timeout: 20_000 })
        .toMatch(/24 of 24|already recorded/)
      one.kill('SIGINT')
      expect(await one.ended).toEqual({ code: 130, signal: null })
    }
    await noteAnswers(battered, pair)
    await checkWarehouse(battered)
    expect(battered.whole.size).toBe(1)
    expect(battered.told.size).toBe(1)
    expect(spools(battered.root)).toEqual([])
  })

  it('makes what a crashed collector of the slot was answered the slot’s run', async () => {
    await using owner = new AsyncDisposableStack()
    const battered = await batter(owner)
    const slow = simulator.faults.add({ request: 'sessions', delivery: { delayMs: 200 } })
    const crashing = battered.start(['--every', '24h'])
    expect(await crashing.killAt({ after: 'answers', ms: 0 })).toEqual({ killed: true })
    await noteAnswers(battered, [crashing])
    slow.clear()
    simulator.counters.reset()
    const next = battered.start(['--every', '24h'])
    await expect.poll(() => next.stderr(), { timeout: 20_000 }).toMatch(/already recorded/)
    next.kill('SIGINT')
    await next.ended
    await noteAnswers(battered, [next])
    await checkWarehouse(battered)
    expectAnswersStored(battered)
    expect(battered.whole.size).toBe(1)
    expect(simulator.counters.read().requests.sessions).toBe(0)
  })
})
