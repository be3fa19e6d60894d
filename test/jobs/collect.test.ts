import { existsSync } from 'node:fs'

import { describe, expect, it } from 'vitest'

import type { Clock } from '../../src/domain/edges.ts'
import { LedgerError } from '../../src/domain/errors.ts'
import type { Poll } from '../../src/domain/poll.ts'
import { collect } from '../../src/jobs/collect.ts'
import { createEstateByHand } from '../../src/simulator/estate-by-hand.ts'
import type { Estate } from '../../src/simulator/estate.ts'
import type { Fault } from '../../src/simulator/faults.ts'
import { createVirtualClock } from '../../src/simulator/virtual-clock.ts'
import { systemClock } from '../../src/system/clock.ts'
import {
  openBeside,
  openCollecting,
  SLOT,
  slotAfter,
  type Collecting,
} from '../end-to-end/collecting.ts'
import {
  filesIn,
  fileTree,
  readRuns,
  type StoredRow,
  type StoredRun,
} from '../end-to-end/stored.ts'
import { problemsOf } from '../end-to-end/truth.ts'

const startAt = new Date('2026-11-23T08:00:00Z')

/** So many hosts, of which every second one has sessions. */
function hosts(prefix: string, count: number) {
  return Array.from({ length: count }, (_, index) => ({
    name: `${prefix}-${index + 1}`,
    sessions: Array.from({ length: index % 2 === 0 ? 2 : 0 }, () => ({ startAt })),
  }))
}

function hostNamed(estate: Estate, name: string) {
  const host = estate.hosts.find((one) => one.name === name)
  if (host === undefined) throw new Error(`The estate has no host ${name}`)
  return host
}

/** Outcome by host's name. */
function outcomes({ polls }: StoredRun): Record<string, unknown> {
  return Object.fromEntries(polls.map((poll) => [String(poll['host_name']), poll['outcome']]))
}

function named(polls: readonly StoredRow[]): string[] {
  return polls.map((poll) => String(poll['host_name'])).toSorted()
}

/** The last run, which must be whole and true. */
async function lastRun({ root, simulator: { estate } }: Collecting): Promise<StoredRun> {
  const run = (await readRuns(root)).at(-1)
  if (run === undefined) throw new Error('No run is recorded')
  expect(problemsOf(run, { estate })).toEqual([])
  return run
}

describe('collect', () => {
  it('makes each failure a row, and goes on', async () => {
    const estate = createEstateByHand([
      { name: 'Good', hosts: hosts('good', 4) },
      { name: 'Bad', hosts: hosts('bad', 8) },
      { name: 'Denied', hosts: hosts('denied', 2) },
      { name: 'Odd', hosts: hosts('odd', 2) },
      { name: 'Empty', hosts: [] },
      { name: 'Busy', hosts: hosts('busy', 2) },
    ])
    await using collecting = await openCollecting({
      estate,
      settings: { requestTimeoutMs: '500ms' },
    })
    const { simulator } = collecting
    const at = (name: string, fault: Fault) =>
      simulator.faults.add({ ...fault, host: hostNamed(estate, name).armId })
    const ofSubscription = (name: string) =>
      estate.subscriptions.find((one) => one.name === name)?.subscriptionId ?? ''
    at('bad-1', { answer: { kind: 'error', status: 403 } })
    at('bad-2', { answer: { kind: 'error', status: 404 } })
    at('bad-3', { answer: { kind: 'error', status: 409 } })
    at('bad-4', { answer: { kind: 'error', status: 503 } })
    at('bad-5', { answer: { kind: 'raw', body: '{}' } })
    at('bad-6', { delivery: { breaks: 'hang-before-headers' } })
    at('bad-7', { answer: { kind: 'paged', size: 1, last: 'foreign' } })
    at('bad-8', { answer: { kind: 'error', status: 400 } })
    at('busy-1', { answer: { kind: 'error', status: 429, retryAfter: 3600 } })
    simulator.faults.add({
      request: 'hosts',
      subscription: ofSubscription('Denied'),
      answer: { kind: 'error', status: 403 },
    })
    simulator.faults.add({
      request: 'hosts',
      subscription: ofSubscription('Odd'),
      answer: { kind: 'raw', body: '{}' },
    })

    const { run, interrupted } = await collecting.collect()
    expect(interrupted).toBe(false)
    const stored = await lastRun(collecting)
    expect(stored.record).toEqual(run)
    expect(run).toMatchObject({ outcome: 'partial', trigger: 'timer', run_id: '20261123T090000Z' })
    expect(outcomes(stored)).toMatchObject({
      'good-1': 'ok',
      'good-2': 'ok',
      'good-3': 'ok',
      'good-4': 'ok',
      'bad-1': 'denied',
      'bad-2': 'not_found',
      'bad-3': 'conflict',
      'bad-4': 'error',
      'bad-5': 'malformed',
      'bad-6': 'timeout',
      'bad-7': 'untrusted_link',
      'bad-8': 'skipped_unsupported',
      'busy-1': 'throttled',
    })
    expect(stored.polls).toHaveLength(14)
    expect(
      run?.subscriptions.map(({ name, outcome, hosts: count }) => [name, outcome, count]),
    ).toEqual([
      ['Good', 'ok', 4],
      ['Bad', 'ok', 8],
      ['Denied', 'denied', null],
      ['Odd', 'malformed', null],
      ['Empty', 'ok', 0],
      ['Busy', 'ok', 2],
    ])
    expect(simulator.counters.read()).toMatchObject({ early: 0, foreignRequests: 0 })
  })

  it('writes and asks nothing the second time', async () => {
    await using collecting = await openCollecting({
      estate: createEstateByHand([{ hosts: hosts('bas', 5) }]),
    })
    await collecting.collect()
    const before = await fileTree(collecting.root)
    const asked = collecting.simulator.counters.read().total
    expect(await collecting.collect()).toMatchObject({ run: null, recovered: [] })
    expect(await fileTree(collecting.root)).toEqual(before)
    expect(collecting.simulator.counters.read().total).toBe(asked)
    // The next slot is another run.
    expect((await collecting.collect({ scheduledFor: slotAfter(1) })).run?.outcome).toBe('ok')
  })

  it('records every run that a person starts', async () => {
    await using collecting = await openCollecting({
      estate: createEstateByHand([{ hosts: hosts('bas', 2) }]),
    })
    const ids = new Set<string | undefined>()
    for (let times = 0; times < 3; times += 1) {
      const { run } = await collecting.collect({ scheduledFor: null })
      expect(run).toMatchObject({ trigger: 'manual', scheduled_for: null, outcome: 'ok' })
      ids.add(run?.run_id)
    }
    expect(ids.size).toBe(3)
    expect(await readRuns(collecting.root)).toHaveLength(3)
  })

  it('leaves nothing in its scratch folder', async () => {
    await using collecting = await openCollecting({
      estate: createEstateByHand([{ hosts: hosts('bas', 3) }]),
    })
    await collecting.collect()
    const left = (await filesIn(collecting.root)).filter((path) => path.startsWith('.tmp/'))
    expect(left).toEqual([])
  })
})

describe('collect, twice at the same time', () => {
  const estate = createEstateByHand([{ hosts: hosts('bas', 8) }])

  it('records one slot once', async () => {
    await using one = await openCollecting({ estate })
    await using other = openBeside(one)
    const results = await Promise.all([one.collect(), other.collect()])
    expect(results.filter(({ run }) => run === null)).toHaveLength(1)
    const stored = await readRuns(one.root)
    expect(stored.map(({ record }) => record)).toEqual(results.flatMap(({ run }) => run ?? []))
    await lastRun(one)
    expect(await filesIn(one.root)).toHaveLength(3)
  })

  it('records two slots, each whole', async () => {
    await using one = await openCollecting({ estate })
    await using other = openBeside(one)
    const slots = [slotAfter(0), slotAfter(1)] as const
    await Promise.all([
      one.collect({ scheduledFor: slots[0] }),
      other.collect({ scheduledFor: slots[1] }),
    ])
    const stored = await readRuns(one.root)
    expect(stored.flatMap((run) => problemsOf(run, { estate }))).toEqual([])
    expect(stored.map(({ record }) => record.scheduled_for)).toEqual(
      slots.map((slot) => slot.toISOString()),
    )
  })
})

describe('collect, interrupted', () => {
  it('stores what was answered, and skips the rest', async () => {
    const estate = createEstateByHand([{ hosts: hosts('bas', 12) }])
    await using collecting = await openCollecting({ estate, settings: { concurrency: '2' } })
    const abort = new AbortController()
    const answered: string[] = []
    const { run, interrupted } = await collecting.collect({
      signal: abort.signal,
      progress: {
        listed: () => undefined,
        polled({ host, outcome }: Poll) {
          if (outcome !== 'ok') return
          answered.push(host.name)
          // Whoever is asked from now on gets no answer.
          if (answered.length === 4) {
            collecting.simulator.faults.add({ delivery: { breaks: 'hang-before-headers' } })
          }
          if (answered.length >= 4) setTimeout(() => abort.abort(), 50)
        },
      },
    })
    expect(interrupted).toBe(true)
    expect(run).toMatchObject({ outcome: 'partial' })
    const stored = await lastRun(collecting)
    const ok = stored.polls.filter((poll) => poll['outcome'] === 'ok')
    const rest = stored.polls.filter((poll) => poll['outcome'] !== 'ok')
    expect(named(ok)).toEqual(answered.toSorted())
    expect(ok.length).toBeGreaterThanOrEqual(4)
    expect(stored.polls).toHaveLength(12)
    for (const poll of rest) {
      expect(poll).toMatchObject({ outcome: 'skipped_deadline', error_code: 'interrupted' })
    }
  })

  it('keeps the known hosts in the record, even while it lists', async () => {
    const estate = createEstateByHand([{ hosts: hosts('bas', 3) }])
    await using collecting = await openCollecting({ estate })
    await collecting.collect()
    collecting.simulator.faults.add({
      request: 'hosts',
      delivery: { breaks: 'hang-before-headers' },
    })
    const abort = new AbortController()
    const collected = collecting.collect({ scheduledFor: slotAfter(1), signal: abort.signal })
    await expect.poll(() => collecting.simulator.counters.read().requests.hosts).toBe(2)
    abort.abort()
    expect(await collected).toMatchObject({ interrupted: true, run: { outcome: 'failed' } })
    const { polls, record } = await lastRun(collecting)
    expect(polls.map((poll) => [poll['outcome'], poll['error_code']])).toEqual(
      Array.from({ length: 3 }, () => ['skipped_deadline', 'interrupted']),
    )
    expect(record.subscriptions).toMatchObject([
      { outcome: 'skipped_deadline', error_code: 'interrupted' },
    ])
  })

  it('stores nothing before it knows of any host', async () => {
    await using collecting = await openCollecting({
      estate: createEstateByHand([{ hosts: hosts('bas', 3) }]),
    })
    collecting.simulator.faults.add({
      request: 'subscriptions',
      delivery: { breaks: 'hang-before-headers' },
    })
    const abort = new AbortController()
    const collected = collecting.collect({ signal: abort.signal })
    await expect.poll(() => collecting.simulator.counters.read().total).toBe(1)
    const reason = new Error('enough')
    abort.abort(reason)
    await expect(collected).rejects.toBe(reason)
    expect(existsSync(collecting.root)).toBe(false)
  })
})

/** The real clock, but a run's deadline comes when it is told to. */
function clockWithDeadline(deadlineMs: number) {
  let latest = Promise.withResolvers<void>()
  const clock: Clock = {
    now: () => systemClock.now(),
    async sleep(ms, signal) {
      if (ms !== deadlineMs) return systemClock.sleep(ms, signal)
      const deadline = Promise.withResolvers<void>()
      latest = deadline
      signal?.addEventListener('abort', () => deadline.reject(signal.reason), { once: true })
      return deadline.promise
    },
  }
  return { clock, reachDeadline: () => latest.resolve() }
}

describe('collect, in a run that cannot finish before its deadline', () => {
  const runDeadlineMs = 61_003

  it('gives every host its turn: whose last one is longest ago, first', async () => {
    const estate = createEstateByHand([
      { hosts: hosts('one', 7) },
      { hosts: hosts('two', 3) },
      { hosts: hosts('three', 1) },
    ])
    const { clock, reachDeadline } = clockWithDeadline(runDeadlineMs)
    await using collecting = await openCollecting({
      estate,
      collectorClock: clock,
      settings: { concurrency: '2' },
    })
    const lastOk = new Map<unknown, number>()
    const turns = new Map<unknown, number>()
    for (let slot = 0; slot < 8; slot += 1) {
      let left = 3
      await collecting.collect({
        scheduledFor: slotAfter(slot),
        runDeadlineMs,
        progress: {
          listed: () => undefined,
          polled() {
            left -= 1
            if (left === 0) reachDeadline()
          },
        },
      })
      const { polls } = await lastRun(collecting)
      expect(polls).toHaveLength(11)
      const skipped = polls.filter((poll) => poll['outcome'] === 'skipped_deadline')
      expect(skipped.every((poll) => poll['error_code'] === 'deadline')).toBe(true)
      const asked = polls.filter((poll) => poll['outcome'] === 'ok')
      expect(asked.length).toBeGreaterThanOrEqual(3)
      expect(asked.length).toBeLessThanOrEqual(5)
      const before = (poll: StoredRow) => lastOk.get(poll['host_id']) ?? 0
      expect(Math.max(...asked.map(before))).toBeLessThanOrEqual(Math.min(...skipped.map(before)))
      for (const poll of asked) {
        lastOk.set(poll['host_id'], Number(poll['observed_at']))
        turns.set(poll['host_id'], (turns.get(poll['host_id']) ?? 0) + 1)
      }
    }
    expect([...turns.values()].every((times) => times >= 2)).toBe(true)
    expect(turns.size).toBe(11)
  })

  it('does not let hosts that never answer take every turn', async () => {
    const estate = createEstateByHand([{ hosts: hosts('bas', 8) }])
    const { clock, reachDeadline } = clockWithDeadline(runDeadlineMs)
    await using collecting = await openCollecting({
      estate,
      collectorClock: clock,
      settings: { concurrency: '2' },
    })
    for (const name of ['bas-1', 'bas-2', 'bas-3', 'bas-4', 'bas-5']) {
      const host = hostNamed(estate, name).armId
      collecting.simulator.faults.add({ host, answer: { kind: 'error', status: 403 } })
    }
    const ok = new Set<string>()
    for (let slot = 0; slot < 8; slot += 1) {
      let left = 3
      await collecting.collect({
        scheduledFor: slotAfter(slot),
        runDeadlineMs,
        progress: {
          listed: () => undefined,
          polled() {
            left -= 1
            if (left === 0) reachDeadline()
          },
        },
      })
      const { polls } = await lastRun(collecting)
      for (const poll of polls) if (poll['outcome'] === 'ok') ok.add(String(poll['host_name']))
    }
    expect([...ok].toSorted()).toEqual(['bas-6', 'bas-7', 'bas-8'])
  })

  it('ends, though no host ever answers', async () => {
    const estate = createEstateByHand([{ hosts: hosts('bas', 6) }])
    const { clock, reachDeadline } = clockWithDeadline(runDeadlineMs)
    await using collecting = await openCollecting({
      estate,
      collectorClock: clock,
      settings: { concurrency: '2', requestTimeoutMs: '5m', hostTimeoutMs: '50m' },
    })
    collecting.simulator.faults.add({
      request: 'sessions',
      delivery: { breaks: 'hang-before-headers' },
    })
    const collected = collecting.collect({ runDeadlineMs })
    await expect.poll(() => collecting.simulator.counters.read().requests.sessions).toBe(2)
    reachDeadline()
    expect(await collected).toMatchObject({ interrupted: false, run: { outcome: 'failed' } })
    const { polls } = await lastRun(collecting)
    expect(polls.map((poll) => [poll['outcome'], poll['error_code']])).toEqual(
      Array.from({ length: 6 }, () => ['skipped_deadline', 'deadline']),
    )
  })

  it('ends, though no token ever comes', async () => {
    const { clock, reachDeadline } = clockWithDeadline(runDeadlineMs)
    await using collecting = await openCollecting({
      estate: createEstateByHand([{ hosts: hosts('bas', 2) }]),
      collectorClock: clock,
      settings: { requestTimeoutMs: '5m', hostTimeoutMs: '50m' },
    })
    collecting.simulator.identity.mode = 'hang'
    const collected = collecting.collect({ runDeadlineMs })
    await expect.poll(() => collecting.simulator.counters.read().identityRequests).toBe(1)
    reachDeadline()
    expect(await collected).toMatchObject({ run: { outcome: 'failed', error_code: 'deadline' } })
    expect(collecting.simulator.counters.read().total).toBe(0)
  })

  it('ends, though the subscriptions are never listed', async () => {
    const { clock, reachDeadline } = clockWithDeadline(runDeadlineMs)
    await using collecting = await openCollecting({
      estate: createEstateByHand([{ hosts: hosts('bas', 2) }]),
      collectorClock: clock,
      settings: { requestTimeoutMs: '5m', hostTimeoutMs: '50m' },
    })
    collecting.simulator.faults.add({
      request: 'subscriptions',
      delivery: { breaks: 'hang-before-headers' },
    })
    const collected = collecting.collect({ runDeadlineMs })
    await expect.poll(() => collecting.simulator.counters.read().total).toBe(1)
    reachDeadline()
    expect(await collected).toMatchObject({
      interrupted: false,
      run: { outcome: 'failed', error_code: 'deadline', counts: {} },
    })
    await lastRun(collecting)
  })
})

describe('collect, of a subscription that cannot be listed', () => {
  it('asks the hosts of its last good listing, run after run', async () => {
    const estate = createEstateByHand([
      { name: 'Shy', hosts: hosts('shy', 3) },
      { name: 'Open', hosts: hosts('open', 2) },
    ])
    await using collecting = await openCollecting({ estate })
    const { simulator } = collecting
    await collecting.collect()
    simulator.faults.add({
      request: 'hosts',
      subscription: estate.subscriptions[0]?.subscriptionId ?? '',
      answer: { kind: 'error', status: 403 },
    })
    const gone = simulator.faults.add({
      host: hostNamed(estate, 'shy-2').armId,
      answer: { kind: 'error', status: 404 },
    })
    for (const slot of [1, 2, 3]) {
      const { run } = await collecting.collect({ scheduledFor: slotAfter(slot) })
      expect(run?.subscriptions).toMatchObject([
        { name: 'Shy', outcome: 'denied', hosts: null, error_code: 'AuthorizationFailed' },
        { name: 'Open', outcome: 'ok', hosts: 2 },
      ])
      expect(run?.outcome).toBe('partial')
      expect(outcomes(await lastRun(collecting))).toEqual({
        'shy-1': 'ok',
        'shy-2': 'not_found',
        'shy-3': 'ok',
        'open-1': 'ok',
        'open-2': 'ok',
      })
    }
    gone.clear()
  })

  it('forgets a host that a later listing no longer names', async () => {
    const clock = createVirtualClock({ startAt: SLOT, speed: 1 })
    const deletedAt = new Date(SLOT.getTime() + 60_000)
    const estate = createEstateByHand([{ hosts: [{ name: 'stays' }, { name: 'goes', deletedAt }] }])
    await using collecting = await openCollecting({ estate, clock, collectorClock: clock })
    await collecting.collect()
    clock.jumpTo(deletedAt)
    await collecting.collect({ scheduledFor: slotAfter(1) })
    collecting.simulator.faults.add({ request: 'hosts', answer: { kind: 'error', status: 403 } })
    await collecting.collect({ scheduledFor: slotAfter(2) })
    expect(outcomes(await lastRun(collecting))).toEqual({ stays: 'ok' })
  })

  it('has no polls where it has never been listed', async () => {
    const estate = createEstateByHand([
      { name: 'Shy', hosts: hosts('shy', 3) },
      { name: 'Open', hosts: hosts('open', 2) },
    ])
    await using collecting = await openCollecting({ estate })
    collecting.simulator.faults.add({
      request: 'hosts',
      subscription: estate.subscriptions[0]?.subscriptionId ?? '',
      answer: { kind: 'error', status: 403 },
    })
    const { run } = await collecting.collect()
    expect(run).toMatchObject({ outcome: 'partial', counts: { ok: 2 } })
  })
})

describe('collect, where nothing can be read', () => {
  const estate = createEstateByHand([{ hosts: hosts('one', 3) }, { hosts: hosts('two', 2) }])

  it.each<[string, Fault, number]>([
    ['no subscription can be listed', { request: 'hosts' }, 0],
    ['no host can be asked', { request: 'sessions' }, 5],
  ])('records a failed run: %s', async (_, fault, polls) => {
    await using collecting = await openCollecting({ estate })
    collecting.simulator.faults.add({ ...fault, answer: { kind: 'error', status: 403 } })
    const { run } = await collecting.collect()
    expect(run).toMatchObject({ outcome: 'failed', error_code: null })
    const stored = await lastRun(collecting)
    expect(stored.polls).toHaveLength(polls)
    expect(stored.snapshots).toEqual([])
  })

  it('records a failed run where the list of subscriptions is denied', async () => {
    await using collecting = await openCollecting({ estate })
    collecting.simulator.faults.add({
      request: 'subscriptions',
      answer: { kind: 'error', status: 403 },
    })
    const { run } = await collecting.collect()
    expect(run).toMatchObject({ outcome: 'failed', error_code: 'no_permission', counts: {} })
    await lastRun(collecting)
  })

  it('records a failed run where Azure cannot be reached, and recovers in the next', async () => {
    await using collecting = await openCollecting({ estate })
    await collecting.simulator.disconnect()
    const { run } = await collecting.collect()
    expect(run).toMatchObject({ outcome: 'failed', error_code: 'unreachable', subscriptions: [] })
    expect(run?.error_message).toMatch(/Cannot list the subscriptions at "https:.*ECONNREFUSED/)
    await collecting.simulator.connect()
    const next = await collecting.collect({ scheduledFor: slotAfter(1) })
    expect(next.run).toMatchObject({ outcome: 'ok', counts: { ok: 5 } })
  })

  it('reads earlier runs while subscriptions are listed', async () => {
    await using collecting = await openCollecting({ estate })
    const { connection } = collecting
    const listed = Promise.withResolvers<void>()
    const { run } = await collect(
      {
        ...connection,
        ledger: {
          ...connection.ledger,
          async knownHosts() {
            await listed.promise
            return connection.ledger.knownHosts()
          },
        },
        azure: {
          ...connection.azure,
          listSubscriptions(signal) {
            listed.resolve()
            return connection.azure.listSubscriptions(signal)
          },
        },
      },
      { scheduledFor: SLOT, filter: { include: [], exclude: [] } },
    )
    expect(run).toMatchObject({ outcome: 'ok', counts: { ok: 5 } })
  })

  it('lists hosts while earlier runs are read', async () => {
    await using collecting = await openCollecting({ estate })
    const { connection } = collecting
    const listing = Promise.withResolvers<void>()
    const lists: string[] = []
    const { run } = await collect(
      {
        ...connection,
        ledger: {
          ...connection.ledger,
          async knownHosts() {
            await listing.promise
            return connection.ledger.knownHosts()
          },
        },
        azure: {
          ...connection.azure,
          listHosts(id, signal) {
            lists.push(id)
            if (lists.length === 2) listing.resolve()
            return connection.azure.listHosts(id, signal)
          },
        },
      },
      { scheduledFor: SLOT, filter: { include: [], exclude: [] } },
    )
    expect(run).toMatchObject({ outcome: 'ok', counts: { ok: 5 } })
    expect(lists.toSorted()).toEqual(
      estate.subscriptions.map((one) => one.subscriptionId).toSorted(),
    )
  })

  it.each([
    ['of those that it asks itself', Infinity, 5],
    ['of no more than it may ask itself', 4, 3],
  ])('opens connections for hosts as their lists come: %s', async (_, shardHosts, most) => {
    await using collecting = await openCollecting({ estate })
    const { connection } = collecting
    const expected: number[] = []
    const azure = {
      ...connection.azure,
      expect(count: number) {
        expected.push(count)
        connection.azure.expect(count)
      },
    }
    const options = { scheduledFor: SLOT, filter: { include: [], exclude: [] }, shardHosts }
    await collect({ ...connection, azure }, options)
    expect(Math.max(...expected)).toBeLessThanOrEqual(most)
    expect(expected.length).toBe(shardHosts === Infinity ? 2 : 1)
  })

  it('ends the lists that are under way where the ledger cannot be read', async () => {
    await using collecting = await openCollecting({ estate })
    const { connection, simulator } = collecting
    simulator.faults.add({ request: 'hosts', delivery: { breaks: 'hang-before-headers' } })
    const unreadable = new LedgerError('storage', 'Cannot read: the disk is gone')
    const listing = Promise.withResolvers<void>()
    let underWay = 0
    const collected = collect(
      {
        ...connection,
        ledger: {
          ...connection.ledger,
          async knownHosts() {
            await listing.promise
            throw unreadable
          },
        },
        azure: {
          ...connection.azure,
          async listHosts(id, signal) {
            underWay += 1
            if (underWay === 2) listing.resolve()
            try {
              return await connection.azure.listHosts(id, signal)
            } finally {
              underWay -= 1
            }
          },
        },
      },
      { scheduledFor: SLOT, filter: { include: [], exclude: [] } },
    )
    await expect(collected).rejects.toBe(unreadable)
    expect(underWay).toBe(0)
  })

  it.each(['can be reached', 'cannot be reached'])(
    'records nothing where the ledger cannot be read, though Azure %s',
    async (azure) => {
      await using collecting = await openCollecting({ estate })
      const { connection } = collecting
      if (azure === 'cannot be reached') await collecting.simulator.disconnect()
      const unreadable = new LedgerError('storage', 'Cannot read: the disk is gone')
      const ledger = { ...connection.ledger, knownHosts: () => Promise.reject(unreadable) }
      const options = { scheduledFor: SLOT, filter: { include: [], exclude: [] } }
      await expect(collect({ ...connection, ledger }, options)).rejects.toBe(unreadable)
      expect(existsSync(collecting.root)).toBe(false)
    },
  )

  it('writes nothing at all when nobody is signed in', async () => {
    await using collecting = await openCollecting({ estate })
    collecting.simulator.identity.mode = { status: 400 }
    await expect(collecting.collect()).rejects.toMatchObject({ code: 'not_signed_in' })
    expect(existsSync(collecting.root)).toBe(false)
  })
})

describe('collect, whose token is no longer good', () => {
  const estate = createEstateByHand([{ hosts: hosts('bas', 3) }])

  it('goes on with another one where it has expired', async () => {
    const clock = createVirtualClock({ startAt: SLOT })
    await using collecting = await openCollecting({
      estate,
      clock,
      collectorClock: clock,
      tokenLifetimeMs: 60_000,
    })
    await collecting.collect()
    clock.jumpTo(slotAfter(1))
    const { run } = await collecting.collect({ scheduledFor: slotAfter(1) })
    expect(run?.counts).toEqual({ ok: 3 })
  })

  // The SDK's managed-identity credential gives the token that it keeps until that expires, and
  // offers no way to have another one (@azure/identity 4.14.1). Such a run says `denied`.
  it.fails('goes on with another one where it was revoked', async () => {
    await using collecting = await openCollecting({ estate })
    await collecting.collect()
    collecting.simulator.tokens.revokeAll()
    const { run } = await collecting.collect({ scheduledFor: slotAfter(1) })
    expect(run?.counts).toEqual({ ok: 3 })
  })

  it('never takes a host for empty where it was revoked', async () => {
    await using collecting = await openCollecting({ estate })
    await collecting.collect()
    collecting.simulator.tokens.revokeAll()
    await collecting.collect({ scheduledFor: slotAfter(1) })
    const { record, snapshots } = await lastRun(collecting)
    expect(record).toMatchObject({ outcome: 'failed', error_code: 'no_permission', counts: {} })
    expect(snapshots).toEqual([])
  })
})

describe('collect, of a part of the subscriptions', () => {
  const estate = createEstateByHand(
    ['Prod East', 'Prod West', 'Dev East', 'prod-lab'].map((name) => ({
      name,
      hosts: [{ name: `bas-${name.toLowerCase().replace(' ', '-')}` }],
    })),
  )
  const [prodEast, , devEast] = estate.subscriptions.map(({ subscriptionId }) => subscriptionId)

  it.each<[string, string[], string[], string[], string[]]>([
    ['a glob, in any case', ['prod*'], [], ['prod-east', 'prod-west', 'prod-lab'], []],
    ['an id, in any case', [prodEast!.toUpperCase()], [], ['prod-east'], []],
    ['all but a glob', [], ['* East'], ['prod-west', 'prod-lab'], []],
    ['all but an id', [], [devEast!], ['prod-east', 'prod-west', 'prod-lab'], []],
    ['what is both included and excluded', ['*East'], ['Prod*'], ['dev-east'], []],
    ['a pattern that matches nothing', ['Dev*', 'Stage*'], [], ['dev-east'], ['Stage*']],
  ])('asks %s', async (_, include, exclude, asked, unmatched) => {
    await using collecting = await openCollecting({ estate })
    const result = await collecting.collect({ filter: { include, exclude } })
    expect(result.unmatched).toEqual(unmatched)
    expect(result.run?.outcome).toBe('ok')
    const { polls, record } = await lastRun(collecting)
    expect(named(polls)).toEqual(asked.map((name) => `bas-${name}`).toSorted())
    expect(record.subscriptions).toHaveLength(asked.length)
    const { bySubscription } = collecting.simulator.counters.read()
    expect(Object.keys(bySubscription).toSorted()).toEqual(
      record.subscriptions.map(({ subscription_id }) => subscription_id).toSorted(),
    )
  })

  it('fails, and says why, where nothing is left', async () => {
    await using collecting = await openCollecting({ estate })
    const filter = { include: ['Nowhere'], exclude: [] }
    expect(await collecting.collect({ filter })).toMatchObject({
      unmatched: ['Nowhere'],
      run: { outcome: 'failed', subscriptions: [], counts: {} },
    })
  })

  it('asks no host of a subscription that is out of scope, though a listing names it', async () => {
    await using collecting = await openCollecting({ estate })
    const [east, , dev] = estate.hosts
    collecting.simulator.faults.add({
      request: 'hosts',
      subscription: prodEast!,
      answer: {
        kind: 'raw',
        body: JSON.stringify({ value: [{ id: east!.armId }, { id: dev!.armId }] }),
      },
    })
    const { run } = await collecting.collect({ filter: { include: ['Prod*'], exclude: [] } })
    expect(run?.subscriptions[0]).toMatchObject({ outcome: 'malformed', error_code: 'NotAHost' })
    expect(collecting.simulator.counters.read().bySubscription[devEast!]).toBeUndefined()
  })
})

describe('collect, beside a throttled subscription', () => {
  const estate = createEstateByHand([
    { name: 'Throttled', hosts: hosts('slow', 6) },
    { name: 'Free', hosts: hosts('free', 30) },
  ])
  const [throttled = '', free = ''] = estate.subscriptions.map((one) => one.subscriptionId)

  it('asks all others while it waits, and holds no slot', async () => {
    // Time stands still: whatever waits, waits until the jump.
    const clock = createVirtualClock({ startAt: SLOT, speed: 0 })
    await using collecting = await openCollecting({
      estate,
      clock,
      collectorClock: clock,
      settings: { concurrency: '3', maxRetryAfterMs: '30s', hostTimeoutMs: '60s' },
    })
    const { simulator } = collecting
    const refusing = simulator.faults.add({
      request: 'sessions',
      subscription: throttled,
      answer: { kind: 'error', status: 429, retryAfter: 25 },
    })
    const done: string[] = []
    const collected = collecting.collect({
      progress: {
        listed: () => undefined,
        polled: ({ host }: Poll) => void done.push(host.subscriptionId),
      },
    })
    await expect.poll(() => done.filter((id) => id === free).length).toBe(30)
    expect(done).not.toContain(throttled)
    // One listing, and what was on its way when the first was refused.
    const asked = simulator.counters.read().bySubscription[throttled]
    expect(asked).toBeGreaterThanOrEqual(1 + 1)
    expect(asked).toBeLessThanOrEqual(1 + 3)
    refusing.clear()
    clock.jumpTo(new Date(SLOT.getTime() + 25_000))
    expect((await collected).run?.counts).toEqual({ ok: 36 })
    await lastRun(collecting)
    const { early, mostInFlight } = simulator.counters.read()
    expect(early).toBe(0)
    expect(mostInFlight).toBeLessThanOrEqual(3)
  })

  it('asks all others while the listing of one waits, and then its hosts too', async () => {
    const clock = createVirtualClock({ startAt: SLOT, speed: 0 })
    await using collecting = await openCollecting({
      estate,
      clock,
      collectorClock: clock,
      settings: { maxRetryAfterMs: '30s', hostTimeoutMs: '60s' },
    })
    collecting.simulator.faults.add({
      request: 'hosts',
      subscription: throttled,
      times: 1,
      answer: { kind: 'error', status: 429, retryAfter: 25 },
    })
    let listed = 0
    let done = 0
    const collected = collecting.collect({
      progress: {
        listed: (count) => void (listed = count),
        polled: () => void (done += 1),
      },
    })
    // All but one are listed; then their hosts have waited long enough for the last.
    await expect.poll(() => listed).toBeGreaterThan(0)
    await expect
      .poll(() => collecting.simulator.counters.read().requests.hosts)
      .toBe(estate.subscriptions.length)
    await new Promise((resolve) => setTimeout(resolve, 100))
    clock.jumpTo(new Date(SLOT.getTime() + 4000))
    await expect.poll(() => done).toBe(30)
    clock.jumpTo(new Date(SLOT.getTime() + 29_000))
    const { run } = await collected
    expect(run?.counts).toEqual({ ok: 36 })
    expect(run?.subscriptions.map(({ outcome }) => outcome)).toEqual(
      estate.subscriptions.map(() => 'ok'),
    )
  })

  it('keeps a wait that is longer than the run in mind, and asks others in the next', async () => {
    await using collecting = await openCollecting({ estate })
    collecting.simulator.faults.add({
      request: 'sessions',
      subscription: throttled,
      answer: { kind: 'error', status: 429, retryAfter: 3600 },
    })
    const counts = { ok: 30, throttled: 6 }
    expect((await collecting.collect()).run?.counts).toEqual(counts)
    collecting.simulator.counters.reset()
    const next = await collecting.collect({ scheduledFor: slotAfter(1) })
    expect(next.run?.counts).toEqual(counts)
    // Azure said an hour: not one request of that subscription leaves.
    expect(collecting.simulator.counters.read().bySubscription[throttled]).toBeUndefined()
  })
})
