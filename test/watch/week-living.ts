/**
 * A week, lived: the collector on a simulated Azure over HTTPS, and whoever watches, slot by slot. Time
 * stands still while something happens, so that every moment is known beforehand.
 */

import { setTimeout as wait } from 'node:timers/promises'

import type { AlertRecord } from '../../src/domain/alert.ts'
import { columnOf } from '../../src/domain/finding.ts'
import type { Clock } from '../../src/domain/edges.ts'
import { NO_SILENCES } from '../../src/domain/silence.ts'
import { watch, type Watched } from '../../src/jobs/watch.ts'
import { openCollecting, type Collecting } from '../end-to-end/collecting.ts'
import { ruleOf } from './watched.ts'
import { HOUR_MS } from './week-estate.ts'
import { type Life, TERMS } from './week-model.ts'
import type { SlotPlan, Week } from './week-plan.ts'
import type { WeekReceiver } from './week-receiver.ts'

/** How much faster waits are than they say. */
const SPEED = 10
const YEAR_MS = 365 * 24 * HOUR_MS

/** Rules of one's own, beside those that come with the program. */
const LASTING = ruleOf({ name: 'lasting', ...TERMS['lasting'], inhibitedBy: [] })
const LINGERING = ruleOf({
  name: 'lingering',
  ...TERMS['lingering'],
  inhibitedBy: [],
  sql: "SELECT host_id, session_id, first_seen_at FROM sessions WHERE state = 'active'",
})

export interface LivedWeek extends AsyncDisposable {
  collecting: Collecting
  watched: Watched[]
  /** Days that were compacted, with what came of them. */
  compacted: string[]
}

export async function liveWeek(week: Week, receiver: WeekReceiver): Promise<LivedWeek> {
  await using opened = new AsyncDisposableStack()
  let now = new Date(0)
  const clock: Clock = {
    now: () => now,
    sleep: async (ms, signal) => await wait(ms / SPEED, undefined, { signal }),
  }
  const collecting = opened.use(
    await openCollecting({
      estate: week.estate,
      clock,
      collectorClock: clock,
      tokenLifetimeMs: YEAR_MS,
      settings: {
        intervalMs: '1h',
        longSessionMs: '6h',
        requestTimeoutMs: '1500ms',
        hostTimeoutMs: '60s',
        runDeadlineMs: '240s',
        maxRetries: '0',
      },
    }),
  )
  for (const fault of week.faults) collecting.simulator.faults.add(fault)
  const watching = await watchingOf(collecting, receiver, clock)
  const watched: Watched[] = []
  const compacted: string[] = []
  for (const slot of week.slots) {
    now = slot.at
    await collectSlot(collecting, slot)
    if (slot.compacts) {
      const days = await collecting.connection.days.compact()
      compacted.push(...days.map(({ date, outcome }) => `${outcome} ${date}`))
    }
    for (const one of slot.watches) {
      now = one.at
      receiver.feel(one)
      watched.push(await watch(watching, { intervalMs: HOUR_MS }))
    }
  }
  const living = opened.move()
  return { collecting, watched, compacted, [Symbol.asyncDispose]: () => living.disposeAsync() }
}

async function collectSlot(collecting: Collecting, { at, hasRun }: SlotPlan): Promise<void> {
  if (!hasRun) return
  const { run } = await collecting.collect({ scheduledFor: at })
  if (!run) throw new Error(`Cannot collect the slot "${at.toISOString()}": it is recorded`)
}

/** The program's own edges, but for the rules of the model and its receiver. */
async function watchingOf({ connection }: Collecting, receiver: WeekReceiver, clock: Clock) {
  const watching = await connection.watching()
  const shipped = (await watching.ruleBook.rules()).filter(({ name }) => Object.hasOwn(TERMS, name))
  return {
    ...watching,
    clock: { ...clock, sleep: async () => undefined },
    ruleBook: {
      rules: async () => [...shipped, LASTING, LINGERING],
      silences: async () => NO_SILENCES,
    },
    notifiers: [receiver.notifier],
  }
}

const msOf = (time: string | null) => (time === null ? null : Date.parse(time))

/** An alert of the program's as the model has it. */
export function lifeOf(alert: AlertRecord): Life {
  const [after, before] = ['ended_after', 'ended_before'].map((name) => columnOf(alert, name))
  return {
    key: keyOf(alert),
    rule: alert.rule,
    state: alert.state,
    isStale: alert.stale !== null,
    pendingMs: Date.parse(alert.pending_at),
    firingMs: msOf(alert.firing_at),
    absentMs: msOf(alert.absent_since),
    toldMs: msOf(alert.notified_at),
    mutedBy: alert.muted_by,
    resolvedWhy: alert.resolved_why,
    ended:
      alert.state === 'resolved' && typeof after === 'string' && typeof before === 'string'
        ? { afterMs: Date.parse(after), beforeMs: Date.parse(before) }
        : null,
  }
}

/** Rule, host, session and when it was first seen. */
export function keyOf({ rule, labels }: AlertRecord): string {
  const { host_id: host, session_id: session, first_seen_at: first } = labels
  const parts = [rule, host?.split('/').at(-1), session, first && new Date(first).toISOString()]
  return parts.filter((part) => part !== undefined).join(' ')
}
