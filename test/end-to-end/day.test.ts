import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import type { RunRecord } from '../../src/domain/run.ts'
import {
  assembleEstate,
  existsAt,
  type Estate,
  type EstateHost,
} from '../../src/simulator/estate.ts'
import { mixAnswers } from '../../src/simulator/mixed-answers.ts'
import { createEstate } from '../../src/simulator/seeded-estate.ts'
import { createSeededSessions } from '../../src/simulator/seeded-sessions.ts'
import { createVirtualClock, type VirtualClock } from '../../src/simulator/virtual-clock.ts'
import { ask } from '../warehouse/temp-warehouse.ts'
import { openCollecting, type Collecting } from './collecting.ts'
import { filesIn, readRuns, type StoredRun } from './stored.ts'
import { problemsOf, sessionsByHost } from './truth.ts'

const SEED = 20_261_123
const MINUTE_MS = 60_000
/** One every ten minutes, for ten hours. */
const SLOTS = 61
const dayStart = new Date('2026-11-23T07:00:00Z')
const at = (hours: number) => new Date(dayStart.getTime() + hours * 60 * MINUTE_MS)
const slots = Array.from({ length: SLOTS }, (_, index) => at(index / 6))

// Every host tells the truth, each in a form of its own.
const answerOf = mixAnswers(SEED)

/** A company's estate in which a host appears at 10:02 and another one is gone at 13:32. */
function changingEstate(): Estate {
  const { subscriptions, hosts } = createEstate({
    seed: SEED,
    subscriptions: 6,
    hosts: 40,
    states: 'enabled',
  })
  const changed = hosts.map((host, index) => {
    if (index === 3) return { ...host, createdAt: at(3 + 2 / 60) }
    return index === 5 ? { ...host, deletedAt: at(6.5 + 2 / 60) } : host
  })
  const sessions = createSeededSessions({ seed: SEED, perHostDay: 12 })
  return assembleEstate(subscriptions, changed, sessions)
}

/** Subscriptions by their number of hosts, the largest first. */
function bySize({ subscriptions, hosts }: Estate): string[] {
  const size = (id: string) => hosts.filter((host) => host.subscriptionId === id).length
  return subscriptions
    .map(({ subscriptionId }) => subscriptionId)
    .toSorted((a, b) => size(b) - size(a))
}

const estate = changingEstate()
const [largest = '', shy = '', throttled = '', denied = ''] = bySize(estate)
const failing = estate.hosts.find(
  (host) => host.subscriptionId === largest && host.createdAt === null && host.deletedAt === null,
)!

/** Whom the run had to ask: whoever a listing could name, and whom an earlier one had named. */
function hostsInScope({ started_at, finished_at }: RunRecord): EstateHost[] {
  const [from, to] = [new Date(started_at), new Date(finished_at)]
  // No host appears or vanishes while a run is under way, or the truth would have two answers.
  expect(estate.hostsAt(from)).toEqual(estate.hostsAt(to))
  // While it cannot be listed, its hosts are those of the last listing, at 10:50.
  const isUnlisted = from >= at(4) && from < at(6)
  return estate.hosts.filter((host) => {
    if (host.subscriptionId === denied) return false
    return existsAt(host, isUnlisted && host.subscriptionId === shy ? at(4 - 1 / 6) : from)
  })
}

function hostCount(subscriptionId: string): number {
  return estate.hosts.filter((host) => host.subscriptionId === subscriptionId).length
}

function count(runs: readonly StoredRun[], of: (run: StoredRun) => number): number {
  return runs.reduce((sum, run) => sum + of(run), 0)
}

function tally(words: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1
  return counts
}

describe('a working day, slot by slot', () => {
  let collecting: Collecting
  let clock: VirtualClock
  let runs: StoredRun[]
  const records: (RunRecord | null)[] = []

  beforeAll(async () => {
    clock = createVirtualClock({ startAt: dayStart, speed: 20 })
    collecting = await openCollecting({
      estate,
      clock,
      collectorClock: clock,
      answerOf,
      throttle: {},
      settings: {
        concurrency: '16',
        requestTimeoutMs: '60s',
        hostTimeoutMs: '10m',
        maxRetryAfterMs: '30s',
        runDeadlineMs: '280s',
        maxRetries: '2',
      },
    })
    const { faults } = collecting.simulator
    const forbidden = { kind: 'error', status: 403 } as const
    faults.add({ request: 'hosts', subscription: denied, answer: forbidden })
    faults.add({ request: 'hosts', subscription: shy, from: at(4), to: at(6), answer: forbidden })
    faults.add({
      request: 'sessions',
      subscription: throttled,
      from: at(2),
      to: at(2.5),
      answer: { kind: 'error', status: 429, retryAfter: 120 },
    })
    faults.add({
      host: failing.armId,
      from: at(7),
      to: at(8),
      answer: { kind: 'error', status: 503 },
    })
    for (const slot of slots) {
      if (slot > clock.now()) clock.jumpTo(slot)
      const { run } = await collecting.collect({ scheduledFor: slot })
      records.push(run)
    }
    runs = await readRuns(collecting.root)
  }, 120_000)
  afterAll(() => collecting?.[Symbol.asyncDispose]())

  it('has one whole run for every slot', async () => {
    expect(runs.flatMap(({ problems }) => problems)).toEqual([])
    expect(runs.map(({ record }) => record.scheduled_for)).toEqual(
      slots.map((slot) => slot.toISOString()),
    )
    expect(runs.map(({ record }) => record)).toEqual(records)
    // Nothing is stored beside what the records name.
    expect(await filesIn(collecting.root)).toHaveLength(3 * SLOTS)
  })

  it('has exactly one poll of every host in scope in every run', () => {
    for (const { record, polls } of runs) {
      const due = hostsInScope(record).map(({ hostId }) => hostId)
      expect(polls.map((poll) => poll['host_id'])).toEqual(due.toSorted())
    }
  })

  it('has, for every poll that is ok, exactly the sessions that were on', () => {
    const changing = sessionsByHost(estate, dayStart, at(24))
    const problems = runs.flatMap((run) => problemsOf(run, { estate, changing, answerOf }))
    expect(problems).toEqual([])
    // The day is worth a comparison: people come and go, and some hosts are empty.
    expect(count(runs, ({ snapshots }) => snapshots.length)).toBeGreaterThan(2500)
  })

  it('says of everything else why it is not known', () => {
    const unknown = runs
      .flatMap(({ polls }) => polls)
      .filter(({ outcome }) => outcome !== 'ok')
      .map(({ outcome, error_code: code, host_name: name, subscription_id: id }) =>
        [outcome, code, outcome === 'error' ? name : id].join(' '),
      )
    expect(tally(unknown)).toEqual({
      // Azure asks to wait two minutes: nobody waits so long, and the next slot may ask again.
      [`throttled RetryAfterTooLong ${throttled}`]: 3 * hostCount(throttled),
      [`error ServiceUnavailable ${failing.name}`]: 6,
    })
    const unlisted = runs
      .flatMap(({ record }) => record.subscriptions)
      .filter(({ outcome }) => outcome !== 'ok')
      .map(({ outcome, subscription_id: id }) => `${outcome} ${id}`)
    expect(tally(unlisted)).toEqual({ [`denied ${denied}`]: SLOTS, [`denied ${shy}`]: 12 })
    expect(new Set(runs.map(({ record }) => record.outcome))).toEqual(new Set(['partial']))
  })

  it('gives by SQL what the files hold', async () => {
    const { rows } = await ask(
      collecting.connection,
      `SELECT (SELECT count(*) FROM polls)::INTEGER AS polls,
         (SELECT count(*) FROM snapshots)::INTEGER AS snapshots,
         (SELECT count(*) FROM runs)::INTEGER AS runs,
         (SELECT count(*) FROM hosts WHERE listed)::INTEGER AS listed,
         (SELECT count(*) FROM hosts WHERE NOT listed)::INTEGER AS gone`,
    )
    expect(rows).toEqual([
      {
        polls: count(runs, ({ polls }) => polls.length),
        snapshots: count(runs, ({ snapshots }) => snapshots.length),
        runs: SLOTS,
        listed: runs.at(-1)?.polls.length,
        gone: 1,
      },
    ])
    const active = await ask(
      collecting.connection,
      'SELECT host_id, session_id FROM active_sessions ORDER BY ALL',
    )
    expect(active.rows).toEqual(
      runs.at(-1)?.snapshots.map(({ host_id, session_id }) => ({ host_id, session_id })),
    )
  })

  it('was no trouble to Azure', () => {
    expect(collecting.simulator.counters.read()).toMatchObject({
      early: 0,
      foreignRequests: 0,
      tokensLeaked: 0,
    })
  })
})
