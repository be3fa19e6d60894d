/**
 * The receiver of a week's notices, in memory. It has moods, and keeps what it took.
 */

import type { Delivery, Notice, Notifier } from '../../src/domain/notice.ts'
import type { Expected, Life } from './week-model.ts'
import type { Mood, WatchPlan, Week } from './week-plan.ts'

const SILENT = 'collector-silent'

export interface WeekReceiver {
  notifier: Notifier
  /** What it took, and when. */
  got: { notice: Notice; at: Date }[]
  /** What waited, and was sent before the time that it had asked for. */
  early: Notice[]
  /** How it is from now on. */
  feel(watch: WatchPlan): void
}

export function openReceiver(): WeekReceiver {
  const got: WeekReceiver['got'] = []
  const early: Notice[] = []
  let closed: { saidAt: Date; until: Date } | null = null
  let [watch, tried]: [WatchPlan | null, number] = [null, 0]
  const notifier: Notifier = {
    name: 'webhook',
    async send(notice, signal) {
      signal.throwIfAborted()
      if (!watch) throw new RangeError('Cannot receive a notice: nobody watches')
      tried += 1
      const { at, mood } = watch
      if (closed && notice.createdAt <= closed.saidAt && closed.saidAt < at && at < closed.until) {
        early.push(notice)
      }
      const isTaken = takes(mood, at, { rule: notice.rule, alerts: notice.alerts })
      if (isTaken && (mood !== 'hiccup' || tried > 1)) {
        got.push({ notice, at })
        return { outcome: 'delivered' }
      }
      if (typeof mood !== 'string') closed = { saidAt: at, until: mood.closedUntil }
      return refusal(mood, at)
    },
  }
  return {
    notifier,
    got,
    early,
    feel(next) {
      watch = next
      tried = 0
    },
  }
}

function refusal(mood: Mood, at: Date): Delivery {
  if (typeof mood === 'string') {
    const unreachable = mood === 'unreachable'
    const why = unreachable ? 'it cannot be reached' : 'it answered 503'
    return { outcome: 'failed', why, retryAfterMs: null, unreachable }
  }
  const retryAfterMs = mood.closedUntil.getTime() - at.getTime()
  return { outcome: 'failed', why: 'it answered 429', retryAfterMs, unreachable: false }
}

interface Told {
  rule: string
  alerts: readonly Pick<Life, 'state'>[]
}

function takes(mood: Mood, at: Date, { rule, alerts }: Told): boolean {
  if (mood === 'open' || mood === 'hiccup') return true
  if (mood === 'picky') return rule !== SILENT || alerts.every(({ state }) => state === 'resolved')
  return typeof mood !== 'string' && at >= mood.closedUntil
}

/** One alert in one notice, as it was taken. */
export interface Taken {
  state: Life['state']
  /** When it was told, and when it was taken. */
  toldMs: number
  takenMs: number
}

/**
 * What the receiver is to have taken, by alert: everything that was told, in order, at the first watch
 * at which it takes it. Nothing of an alert comes before what is older.
 */
export function expectTaken(week: Week, expected: readonly Expected[]): Map<string, Taken[]> {
  const watches = week.slots.flatMap((slot) => slot.watches)
  const taken = new Map<string, Taken[]>()
  let waiting: { rule: string; alerts: readonly Life[]; toldMs: number }[] = []
  for (const [index, { told }] of expected.entries()) {
    const { at, mood } = watches[index] ?? { at: new Date(Number.NaN), mood: 'open' }
    for (const [rule, alerts] of told) waiting.push({ rule, alerts, toldMs: at.getTime() })
    const kept: typeof waiting = []
    for (const notice of waiting) {
      const keys = new Set(notice.alerts.map(({ key }) => key))
      const isBehind = kept.some(({ alerts }) => alerts.some(({ key }) => keys.has(key)))
      if (isBehind || !takes(mood, at, notice)) kept.push(notice)
      else {
        for (const { key, pendingMs, state } of notice.alerts) {
          const name = `${key} since ${new Date(pendingMs).toISOString()}`
          const one = { state, toldMs: notice.toldMs, takenMs: at.getTime() }
          taken.set(name, [...(taken.get(name) ?? []), one])
        }
      }
    }
    waiting = kept
  }
  return taken
}
