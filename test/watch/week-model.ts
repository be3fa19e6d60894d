/**
 * What a week comes to by the definition: what happens to every alert, what is alive, and what is
 * told, watch by watch. It knows the plan and the estate, and nothing of the program but its words.
 */

import { ALERT_EVENTS, type AlertEvent, type AlertState } from '../../src/domain/alert.ts'
import type { Week } from './week-plan.ts'
import { endAt, keyOf, knownAt, type Known, type Subject } from './week-truth.ts'

const HOUR_MS = 3_600_000

interface RuleTerms {
  forMs: number
  keepFiringForMs: number
  repeatMs: number
  /** Held back by alerts of this rule, about the same session or about anything. */
  inhibitedBy?: { rule: string; same: 'session' | 'anything' }
}

/** The terms of the rules that are asked, as they are written for people. */
export const TERMS: Record<string, RuleTerms> = {
  'long-session': {
    ...terms({ repeatMs: 4 * HOUR_MS }),
    inhibitedBy: { rule: 'very-long-session', same: 'session' },
  },
  'very-long-session': terms({ repeatMs: 4 * HOUR_MS }),
  'coverage-lost': {
    ...terms({ repeatMs: 4 * HOUR_MS }),
    inhibitedBy: { rule: 'collector-silent', same: 'anything' },
  },
  'collector-silent': terms({ repeatMs: 4 * HOUR_MS }),
  lasting: terms({ forMs: 2 * HOUR_MS, repeatMs: 24 * HOUR_MS }),
  lingering: terms({ keepFiringForMs: 2 * HOUR_MS, repeatMs: 10 * HOUR_MS }),
}

function terms(given: Partial<RuleTerms>): RuleTerms {
  return { forMs: 0, keepFiringForMs: 0, repeatMs: 0, ...given }
}

/** An alert, as far as it is compared. Times are in milliseconds. */
export interface Life {
  key: string
  rule: string
  state: AlertState
  isStale: boolean
  pendingMs: number
  firingMs: number | null
  absentMs: number | null
  toldMs: number | null
  mutedBy: string | null
  resolvedWhy: string | null
  /** The bounds of its session's end, where that is why it was resolved. */
  ended: { afterMs: number; beforeMs: number } | null
}

export interface Expected {
  at: Date
  unread: number
  happened: (Life & { event: AlertEvent })[]
  /** Those that are not resolved, after it. */
  live: Life[]
  /** By rule: a notice each. */
  told: Map<string, Life[]>
}

type Alert = Life & { subject: Subject }

/** Lives through all watches of a week. */
export function expectWeek(week: Week): Expected[] {
  const live = new Map<string, Alert>()
  const watches = week.slots.flatMap((slot) => slot.watches)
  return watches.map(({ at }) => {
    const known = knownAt(week, at)
    const before = new Map([...live].map(([key, alert]) => [key, { ...alert }]))
    for (const alert of live.values()) carryOn(alert, known, week, at)
    for (const [key, { rule, subject }] of known.findings) {
      if (!live.has(key)) live.set(key, begin(rule, subject, known))
    }
    const told = tell([...live.values()], known.nowMs)
    const happened = [...live.values()].flatMap((alert) => {
      const event = eventOf(before.get(alert.key), alert, known)
      return event === undefined ? [] : [{ ...lifeOf(alert), event }]
    })
    for (const [key, { state }] of live) if (state === 'resolved') live.delete(key)
    return {
      at,
      unread: known.unread.size,
      happened,
      live: [...live.values()].map(lifeOf),
      told: Map.groupBy(told, ({ rule }) => rule),
    }
  })
}

function begin(rule: string, subject: Subject, known: Known): Alert {
  const isPending = (TERMS[rule]?.forMs ?? 0) > 0
  return {
    key: keyOf(rule, subject),
    rule,
    subject,
    state: isPending ? 'pending' : 'firing',
    isStale: isUnread(subject, known),
    pendingMs: known.nowMs,
    firingMs: isPending ? null : known.nowMs,
    absentMs: null,
    toldMs: null,
    mutedBy: null,
    resolvedWhy: null,
    ended: null,
  }
}

function carryOn(alert: Alert, known: Known, week: Week, at: Date): void {
  const { nowMs } = known
  const { forMs = 0, keepFiringForMs = 0 } = TERMS[alert.rule] ?? {}
  alert.isStale = isUnread(alert.subject, known)
  if (known.findings.has(alert.key)) {
    alert.absentMs = null
    if (alert.state === 'pending' && !alert.isStale && nowMs - alert.pendingMs >= forMs) {
      alert.state = 'firing'
      alert.firingMs = nowMs
    }
  } else if (!alert.isStale) {
    alert.absentMs ??= nowMs
    if (alert.state === 'pending' || nowMs - alert.absentMs >= keepFiringForMs) {
      alert.state = 'resolved'
      alert.ended = endAt(week, at, alert.subject)
      alert.resolvedWhy = whyGone(alert, known)
    }
  }
}

/** Nobody rests on a host: those about hosts are there because these cannot be read. */
function isUnread({ hostId, sighted }: Subject, { unread }: Known): boolean {
  return sighted !== null && hostId !== null && unread.has(hostId)
}

function whyGone({ ended, subject: { hostId, sighted } }: Alert, { listed }: Known): string {
  if (ended) return 'it ended'
  return sighted && hostId !== null && !listed.has(hostId)
    ? 'its host is no longer there: nothing more is known of it'
    : 'it is found no more'
}

/** Marks what is held back and what is told. @returns What is told. */
function tell(alerts: readonly Alert[], nowMs: number): Life[] {
  const firing = alerts.filter(({ state }) => state === 'firing')
  return alerts.flatMap((alert) => {
    const { repeatMs = 0, inhibitedBy } = TERMS[alert.rule] ?? {}
    if (alert.state === 'resolved') return alert.toldMs === null ? [] : [lifeOf(alert)]
    if (alert.state === 'pending') return []
    const isHeldBack = firing.some(
      ({ rule, subject }) =>
        rule === inhibitedBy?.rule &&
        (inhibitedBy.same === 'anything' || keyOf('', subject) === keyOf('', alert.subject)),
    )
    alert.mutedBy = isHeldBack ? `held back by ${inhibitedBy?.rule}` : null
    const isRepeated = alert.toldMs !== null && !alert.isStale && nowMs - alert.toldMs >= repeatMs
    if (isHeldBack || (alert.toldMs !== null && !isRepeated)) return []
    alert.toldMs = nowMs
    return [lifeOf(alert)]
  })
}

/** The most important of all that happened to it. */
function eventOf(before: Alert | undefined, after: Alert, known: Known): AlertEvent | undefined {
  if (!before) return after.state
  const isFound = known.findings.has(after.key)
  const isAway = after.absentMs !== null && !after.isStale
  const happened: Record<AlertEvent, boolean> = {
    pending: false,
    firing: before.state === 'pending' && after.state === 'firing',
    resolved: after.state === 'resolved',
    stale: !before.isStale && after.isStale,
    checked: before.isStale && !after.isStale && isFound,
    absent: isAway && (before.absentMs === null || before.isStale),
    found: before.absentMs !== null && after.absentMs === null,
    muted: before.mutedBy === null && after.mutedBy !== null,
    unmuted: before.mutedBy !== null && after.mutedBy === null,
    repeated: before.toldMs !== null && after.toldMs !== before.toldMs,
  }
  return ALERT_EVENTS.find((event) => happened[event])
}

function lifeOf(alert: Alert): Life {
  const { subject: _, ...life } = alert
  return life
}
