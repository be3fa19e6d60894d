/**
 * Polls that no Azure would answer, from a seed: sessions come and go at random, with few ids and
 * fewer starts, under clocks that jump, with days, hosts and polls missing. There is no truth in
 * them; two ways to rebuild sessions must only agree on what they are.
 */

import type { Host } from '../../src/domain/host.ts'
import type { Poll } from '../../src/domain/poll.ts'
import { slotRunId, suffixedRunId } from '../../src/domain/run.ts'
import type { Session } from '../../src/domain/session.ts'
import { createRandom, mixSeeds, type Random } from '../../src/simulator/random.ts'
import { failedPoll, host, okPoll, session } from '../warehouse/temp-warehouse.ts'
import { DAY_MS, MINUTE_MS } from './week-polls.ts'
import type { WeekRun } from './weeks.ts'

const FROM_MS = Date.parse('2026-11-02T00:00:00Z')

/** Runs in order of their ids; the first host is in all of them. */
export function wildRuns(
  seed: number,
  {
    hosts: hostCount = 10,
    days = 4,
    runsPerDay = 9,
  }: { hosts?: number; days?: number; runsPerDay?: number } = {},
): WeekRun[] {
  const random = createRandom(mixSeeds(seed, 'wild'))
  const starts = planStarts(random, days, runsPerDay)
  const hosts = Array.from({ length: hostCount }, (_, position) =>
    createWildHost(createRandom(mixSeeds(seed, 'wild-host', position)), position, starts),
  )
  return starts.map((startMs, position) => {
    const at = new Date(startMs)
    const isManual = position % 4 === 3
    const runId = isManual ? suffixedRunId(at, 'k3f9') : slotRunId(at)
    return {
      runId,
      slot: at.toISOString(),
      polls: hosts.flatMap((one) => one.pollAt(startMs) ?? []),
      overrides: isManual ? { runId, trigger: 'manual' as const, scheduledFor: null } : {},
    }
  })
}

/** Different whole seconds, many of them near midnight, and some of the days without any. */
function planStarts(random: Random, days: number, runsPerDay: number): number[] {
  const starts = new Set<number>()
  for (let day = 0; day < days; day++) {
    if (day > 0 && random.chance(0.15)) continue
    for (let run = 0; run < runsPerDay; run++) {
      const kind = random.next()
      const share =
        kind < 0.2 ? random.next() / 500 : kind < 0.4 ? 1 - random.next() / 500 : random.next()
      starts.add(FROM_MS + day * DAY_MS + Math.floor((share * DAY_MS) / 1000) * 1000)
    }
  }
  return [...starts].toSorted((one, other) => one - other)
}

interface WildHost {
  /** What it answered in the run that began then; null where it was not in scope. */
  pollAt(startMs: number): Poll | null
}

function createWildHost(random: Random, position: number, starts: readonly number[]): WildHost {
  const calm = host(`hub-${position}`)
  const shouting = { ...calm, name: calm.name.toUpperCase(), location: null }
  // Hosts differ in how much goes wrong with them; some are plain, so that failures stay readable.
  const [away, failing, jumping] = [0.1, 0.3, 0.15].map((most) => random.next() * most)
  const slots = Array.from({ length: 1 + random.below(4) }, () => random.next())
  const [vanishMs = Infinity] = random.chance(0.2) ? [random.pick(starts)] : []
  return {
    pollAt(startMs) {
      if (position > 0 && (startMs > vanishMs || random.chance(away ?? 0))) return null
      const of = random.chance(0.8) ? calm : shouting
      const told = slots.flatMap((share, slot) =>
        random.chance(0.2 + share * 0.75) ? [wildSession(random, slot)] : [],
      )
      return wildPoll(random, of, { startMs, told, failing: failing ?? 0, jumping: jumping ?? 0 })
    },
  }
}

function wildPoll(
  random: Random,
  of: Host,
  {
    startMs,
    told,
    failing,
    jumping,
  }: { startMs: number; told: Session[]; failing: number; jumping: number },
): Poll {
  const requestedMs = startMs + random.below(random.chance(0.5) ? 5000 : 10 * MINUTE_MS)
  const jumpMs = random.chance(jumping) ? Math.floor((random.next() - 0.4) * 9 * DAY_MS) : 0
  const midnightMs = Math.ceil(startMs / DAY_MS) * DAY_MS
  const observedMs = random.chance(0.1)
    ? random.pick([startMs, midnightMs, midnightMs - 1])
    : requestedMs + random.below(20_000) + jumpMs
  const times = {
    requestedAt: new Date(Math.min(requestedMs + jumpMs, observedMs)),
    observedAt: new Date(observedMs),
  }
  const at = new Date(requestedMs).toISOString()
  if (!random.chance(failing)) return { ...okPoll(of, at, told), ...times }
  return random.chance(0.5)
    ? { ...failedPoll(of, at, 'timeout'), ...times }
    : { ...failedPoll(of, at, 'skipped_deadline'), requestedAt: null, observedAt: null }
}

const STARTS: readonly Pick<Session, 'startedAt' | 'startTimeRaw'>[] = [
  { startedAt: null, startTimeRaw: null },
  { startedAt: null, startTimeRaw: 'soon' },
  ...[-3600, 1800, 90_000].flatMap((seconds) => {
    const startedAt = new Date(FROM_MS + seconds * 1000)
    return [
      { startedAt, startTimeRaw: startedAt.toISOString() },
      { startedAt, startTimeRaw: null },
    ]
  }),
]

function wildSession(random: Random, slot: number): Session {
  const start = STARTS[random.chance(0.7) ? slot * 2 : random.below(STARTS.length)] ?? STARTS[0]
  const some = (text: string) => random.pick([null, text, text, `other-${text}`])
  return session(`s-${slot}`, {
    ...start,
    userName: some('ada'),
    protocol: some('ssh'),
    targetHostName: some('vm'),
    targetIpAddress: some('10.0.0.4'),
    targetResourceId: some('/vm'),
    targetSubscriptionId: some('sub'),
    targetResourceGroup: some('rg'),
    resourceType: some('VM'),
  })
}
