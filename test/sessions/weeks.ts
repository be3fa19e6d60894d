/**
 * Weeks of polls, and the truth behind them, from one seed: what a few hosts answered in every run,
 * and which sessions there really were.
 */

import type { Host } from '../../src/domain/host.ts'
import type { Poll } from '../../src/domain/poll.ts'
import type { RunStart } from '../../src/domain/run.ts'
import type { Session } from '../../src/domain/session.ts'
import { createRandom, mixSeeds, type Random } from '../../src/simulator/random.ts'
import { failedPoll, host, okPoll, session, SUBSCRIPTION } from '../warehouse/temp-warehouse.ts'
import { withFlicker } from './week-flicker.ts'
import {
  DAY_MS,
  planAskings,
  planRuns,
  type Asking,
  type PlannedRun,
  type Span,
} from './week-polls.ts'
import { planSessions, type HostPlan, type TrueSession } from './week-sessions.ts'

/** A run as `recordRun` takes it. */
export interface WeekRun {
  runId: string
  slot: string
  polls: Poll[]
  overrides: Partial<RunStart>
}

export interface Weeks {
  /** In order of their ids. */
  runs: WeekRun[]
  /** Those that at least one answer had. */
  sessions: TrueSession[]
  /** How each host was asked, in order of the answers. */
  askings: Map<string, readonly Asking[]>
  /** Hosts that still exist, and answered in the last run. */
  readLast: Set<string>
}

export interface WeeksOptions {
  seed: number
  /** Whose first day this is (default 2026-11-02). */
  from?: string
  days?: number
  hosts?: number
  intervalMins?: number
  /** Between the beginnings of sessions on one host (default 2.5 intervals). */
  meanGapMins?: number
}

const OTHER_SUBSCRIPTION = '22222222-2222-2222-2222-222222222222'

/** Makes all of it. */
export function createWeeks({
  seed,
  from = '2026-11-02',
  days = 14,
  hosts: hostCount = 8,
  intervalMins = 60,
  meanGapMins = 2.5 * intervalMins,
}: WeeksOptions): Weeks {
  const fromMs = Date.parse(`${from}T00:00:00Z`)
  const span = { fromMs, toMs: fromMs + days * DAY_MS }
  const random = createRandom(mixSeeds(seed, 'runs'))
  const runs = planRuns(random, { fromMs, days, intervalMins })
  const hosts = Array.from({ length: hostCount }, (_, position) => {
    const hostSeed = mixSeeds(seed, 'host', position)
    const plan = planHost(createRandom(hostSeed), position, { runs, span, days })
    const planned = planSessions(mixSeeds(hostSeed, 'sessions'), plan, {
      intervalMins,
      meanGapMins,
    })
    const sessions = withFlicker(createRandom(mixSeeds(hostSeed, 'flicker')), plan.askings, planned)
    return { ...plan, sessions, askingOf: new Map(plan.askings.map((one) => [one.runId, one])) }
  })
  return {
    runs: runs.map((run) => toWeekRun(run, hosts)),
    sessions: hosts.flatMap(({ sessions }) => sessions.filter(({ seen }) => seen.length > 0)),
    askings: new Map(hosts.map(({ hostId, askings }) => [hostId, askings])),
    readLast: new Set(hosts.filter(answeredIn(runs.at(-1))).map(({ hostId }) => hostId)),
  }
}

type PlannedHost = HostPlan & { host: Host }

function answeredIn(run: PlannedRun | undefined): (host: HostPlan) => boolean {
  return ({ askings }) =>
    askings.some(({ runId, outcome }) => runId === run?.runId && outcome === 'ok')
}

/** The first hosts stay, so that every subscription has one; others come, go, or come back. */
function planHost(
  random: Random,
  position: number,
  { runs, span, days }: { runs: readonly PlannedRun[]; span: Span; days: number },
): PlannedHost {
  const subscriptionId = position % 2 === 0 ? SUBSCRIPTION : OTHER_SUBSCRIPTION
  const one = host(`hub-${position}`, { subscriptionId })
  const lives = position < 2 ? [span] : pickLives(random, position, span)
  const events = Array.from({ length: Math.ceil(days / 4) }, () => random.next())
  const eventsMs = events.map((share) => span.fromMs + Math.floor(share * days * DAY_MS))
  return {
    host: one,
    hostId: one.hostId,
    lives,
    eventsMs,
    askings: planAskings(random, runs, lives),
  }
}

function pickLives(random: Random, position: number, { fromMs, toMs }: Span): Span[] {
  const [early = 0, late = 0] = [random.next(), random.next()]
    .map((share) => Math.floor(fromMs + share * (toMs - fromMs)))
    .toSorted((one, other) => one - other)
  const kind = position % 4
  if (kind === 0) return [{ fromMs: early, toMs }]
  if (kind === 1) return [{ fromMs, toMs: late }]
  if (kind === 2)
    return [
      { fromMs, toMs: early },
      { fromMs: late, toMs },
    ]
  return [{ fromMs, toMs }]
}

function toWeekRun(
  { runId, startMs, isManual }: PlannedRun,
  hosts: readonly (PlannedHost & {
    sessions: readonly TrueSession[]
    askingOf: ReadonlyMap<string, Asking>
  })[],
): WeekRun {
  const polls = hosts.flatMap(({ host: asked, askingOf, sessions }) => {
    const asking = askingOf.get(runId)
    return asking ? [toPoll(asked, asking, sessions)] : []
  })
  const overrides: Partial<RunStart> = { runId, trigger: 'manual', scheduledFor: null }
  return {
    runId,
    slot: new Date(startMs).toISOString(),
    polls,
    overrides: isManual ? overrides : {},
  }
}

function toPoll(of: Host, asking: Asking, sessions: readonly TrueSession[]): Poll {
  const { outcome, requestedMs, observedMs } = asking
  const at = new Date(requestedMs).toISOString()
  if (outcome === 'skipped_deadline') {
    return { ...failedPoll(of, at, outcome), requestedAt: null, observedAt: null, latencyMs: null }
  }
  const times = { observedAt: new Date(observedMs), latencyMs: observedMs - requestedMs }
  if (outcome !== 'ok') return { ...failedPoll(of, at, outcome), ...times }
  const told = sessions.flatMap((one) => (one.seen.includes(asking) ? [toldBy(one, asking)] : []))
  return { ...okPoll(of, at, told), ...times }
}

function toldBy(one: TrueSession, asking: Asking): Session {
  const { sessionId, startedAt, startTimeRaw, target, userNames } = one
  return session(sessionId, {
    userName: userNames[Math.min(one.seen.indexOf(asking), userNames.length - 1)] ?? null,
    targetHostName: `vm-${target}`,
    targetIpAddress: `10.0.0.${4 + target}`,
    targetResourceId: `/subscriptions/s/resourcegroups/rg/providers/x/vm-${target}`,
    startedAt,
    startTimeRaw,
    sessionDurationMins: Math.floor((asking.momentMs - one.begunMs) / 60_000),
  })
}
