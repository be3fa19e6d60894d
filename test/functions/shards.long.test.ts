import { basename } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'

import { BlobServiceClient } from '@azure/storage-blob'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

import { slotOf, slotRunId } from '../../src/domain/run.ts'
import { createEstate } from '../../src/simulator/seeded-estate.ts'
import { deployWithStorage, type Settled } from '../functions-host/deployed.ts'
import { timerTick } from '../functions-host/host.ts'
import { startInstance } from './instances.ts'

vi.setConfig({ testTimeout: 30_000 })

const DAY_MS = 86_400_000
const HOSTS = 48
const today = () => slotOf(new Date(), DAY_MS)

let app: Awaited<ReturnType<typeof deployWithStorage>>
beforeAll(async () => {
  app = await deployWithStorage()
})
afterAll(() => app[Symbol.asyncDispose]())

/** Forty-eight hosts with two sessions each, to be asked by four shards. */
function settle(settings: Record<string, string> = {}): Promise<Settled> {
  return app.settle({
    estate: createEstate({ subscriptions: 4, hosts: HOSTS, states: 'enabled', steadySessions: 2 }),
    settings: { LEDGER_SHARD_HOSTS: '12', ...settings },
  })
}

/** One tick of the timer. @returns The messages that it put on the queue. */
async function tick(): Promise<string[]> {
  const answer = await app.host.invoke('collect', timerTick(today()))
  return app.queues.put(app.host, 'collect', answer)
}

/** Waits for the next slot where a slot is a second. */
const nextSecond = () => wait(1000 - (Date.now() % 1000))

const deliver = () => app.queues.deliver(app.host, 'collect-shard')

const WHOLE = `SELECT outcome, shards, shards_recorded, hosts_expected, hosts_ok, hosts_skipped, sessions
  FROM runs WHERE parent_run_id IS NULL ORDER BY run_id`

describe('a run of more hosts than LEDGER_SHARD_HOSTS', () => {
  it('is asked by sixteen shards at once, each host once', async () => {
    await using settled = await settle({ LEDGER_SHARD_HOSTS: '3' })
    const messages = await tick()
    expect(messages).toHaveLength(16)
    for (const message of messages) expect(message.length).toBeLessThan(48 * 1024)
    expect(await deliver()).toEqual({ invoked: 16, failed: 0 })

    expect(await settled.ask(WHOLE)).toEqual([
      {
        outcome: 'ok',
        shards: 16,
        shards_recorded: 16,
        hosts_expected: HOSTS,
        hosts_ok: HOSTS,
        hosts_skipped: 0,
        sessions: 2 * HOSTS,
      },
    ])
    expect(
      await settled.ask(`SELECT trigger, count(*) AS n, count(DISTINCT parent_run_id) AS parents
        FROM runs GROUP BY trigger ORDER BY trigger`),
    ).toEqual([
      { trigger: 'shard', n: 16, parents: 1 },
      { trigger: 'timer', n: 1, parents: 0 },
    ])
    expect(
      await settled.ask('SELECT count(*) AS n, count(DISTINCT host_id) AS hosts FROM polls'),
    ).toEqual([{ n: HOSTS, hosts: HOSTS }])
    expect(await settled.ask('SELECT count(*) AS n FROM active_sessions')).toEqual([
      { n: 2 * HOSTS },
    ])
    expect(settled.lines().map(({ event }) => event)).toEqual([
      'planned',
      ...Array.from({ length: 16 }, () => 'run'),
    ])
  })

  it('is recorded once where messages and ticks come twice', async () => {
    await using settled = await settle()
    const messages = await tick()
    for (const message of messages) await app.queues.send('collect-shard', message)
    expect(await deliver()).toEqual({ invoked: 8, failed: 0 })
    expect(await tick()).toEqual([])
    for (const message of messages) await app.queues.send('collect-shard', message)
    expect(await deliver()).toEqual({ invoked: 4, failed: 0 })
    expect(await settled.ask('SELECT count(*) AS n FROM runs')).toEqual([{ n: 5 }])
    expect(await settled.ask('SELECT count(*) AS n FROM polls')).toEqual([{ n: HOSTS }])
  })

  it('hears of its shards again where the tick ended before they were on the queue', async () => {
    await using settled = await settle()
    await tick()
    const taken = await app.queues.take('collect-shard')
    await app.queues.send('collect-shard', taken[0] ?? '')
    await deliver()
    expect(await tick()).toHaveLength(3)
    expect(await deliver()).toEqual({ invoked: 3, failed: 0 })
    expect(await settled.ask(WHOLE)).toMatchObject([{ outcome: 'ok', hosts_ok: HOSTS }])
  })

  it('shows what a lost message leaves open, and forgets no host', async () => {
    await using settled = await settle({ LEDGER_INTERVAL: '1s' })
    await nextSecond()
    await tick()
    expect(await deliver()).toEqual({ invoked: 4, failed: 0 })
    await nextSecond()
    await tick()
    const [lost, ...rest] = await app.queues.take('collect-shard')
    for (const message of rest) await app.queues.send('collect-shard', message)
    await deliver()

    expect(lost).toBeDefined()
    expect(await settled.ask(WHOLE)).toMatchObject([
      { outcome: 'ok', shards_recorded: 4 },
      {
        outcome: 'partial',
        shards: 4,
        shards_recorded: 3,
        hosts_expected: HOSTS,
        hosts_ok: HOSTS - 12,
        hosts_skipped: 12,
      },
    ])
    expect(await settled.ask('SELECT count(*) AS n FROM hosts WHERE listed')).toEqual([
      { n: HOSTS },
    ])
    // Where nothing can be listed any more, all of them are still asked.
    for (const { subscriptionId } of settled.simulator.estate.subscriptions) {
      settled.simulator.faults.add({
        request: 'hosts',
        subscription: subscriptionId,
        answer: { kind: 'error', status: 403, code: 'AuthorizationFailed' },
      })
    }
    await nextSecond()
    await tick()
    await deliver()
    expect(await settled.ask(`${WHOLE} LIMIT 1 OFFSET 2`)).toMatchObject([
      { outcome: 'partial', hosts_expected: HOSTS, hosts_ok: HOSTS },
    ])
  })

  it('does not ask for a message that comes too late, and says so of each host', async () => {
    await using settled = await settle()
    const [message = ''] = await tick()
    await app.queues.take('collect-shard')
    const slot = new Date(today().getTime() - 2 * DAY_MS)
    await app.queues.send('collect-shard', JSON.stringify({ ...JSON.parse(message), slot }))
    // It fails once; then it is recorded.
    expect(await deliver()).toEqual({ invoked: 2, failed: 1 })
    expect(
      await settled.ask(
        `SELECT run_id, outcome, error_code, count(*) AS n FROM polls GROUP BY ALL`,
      ),
    ).toEqual([
      {
        run_id: `${slotRunId(slot)}.s01of04`,
        outcome: 'skipped_deadline',
        error_code: 'deadline',
        n: 12,
      },
    ])
    expect(settled.simulator.counters.read().requests.sessions).toBe(0)
  })

  it('asks a shard again whose instance died half-way, and records all of it once', async () => {
    await using settled = await settle({ LEDGER_SHARD_HOSTS: '24', LEDGER_CONCURRENCY: '2' })
    const [message = ''] = await tick()
    await app.queues.take('collect-shard')
    const slow = settled.simulator.estate.hosts.map(({ armId }, index) =>
      settled.simulator.faults.add({ host: armId, delivery: { delayMs: 50 + index } }),
    )
    const trigger = { data: { string: message } }
    const instance = await startInstance(app.host, settled, { name: 'collect-shard', trigger })
    await instance.answered(5)
    await instance.end('SIGKILL')
    for (const fault of slow) fault.clear()
    await app.queues.send('collect-shard', message)
    expect(await deliver()).toEqual({ invoked: 1, failed: 0 })

    expect(
      await settled.ask(`SELECT hosts_ok, sessions FROM runs WHERE trigger = 'shard'`),
    ).toEqual([{ hosts_ok: 24, sessions: 48 }])
    expect(settled.lines().at(-1)).toMatchObject({ event: 'run', recovered: [] })
  })

  it('records the hosts of a shard that failed five times as not asked', async () => {
    await using settled = await settle({ LEDGER_SHARD_HOSTS: '24' })
    const [message = ''] = await tick()
    const account = BlobServiceClient.fromConnectionString(app.azurite.connectionString)
    const container = account.getContainerClient(basename(settled.warehouse))
    const population = container.getBlockBlobClient(String(JSON.parse(message).population))
    const bytes = await population.downloadToBuffer()
    await population.delete()
    expect(await deliver()).toEqual({ invoked: 10, failed: 10 })
    await population.uploadData(bytes)
    expect(await app.queues.deliver(app.host, 'collect-shard-poison')).toEqual({
      invoked: 2,
      failed: 0,
    })

    expect(settled.lines()[1]).toMatchObject({ event: 'error', code: 'damaged' })
    expect(settled.lines().slice(-2)).toMatchObject([
      { event: 'given_up', level: 'error', hosts: { expected: 24, ok: 0, skipped: 24 } },
      { event: 'given_up' },
    ])
    expect(
      await settled.ask('SELECT outcome, error_code, count(*) AS n FROM polls GROUP BY ALL'),
    ).toEqual([{ outcome: 'skipped_deadline', error_code: 'crashed', n: HOSTS }])
    expect(await settled.ask(WHOLE)).toMatchObject([{ outcome: 'failed', shards_recorded: 2 }])
  })

  it('refuses what is no message of its own', async () => {
    await using settled = await settle()
    await app.queues.send('collect-shard', '{"slot":"yesterday"}')
    expect(await deliver()).toEqual({ invoked: 5, failed: 5 })
    expect(settled.lines()[0]).toMatchObject({ event: 'error', code: 'usage' })
    await app.queues.take('collect-shard-poison')
  })
})
