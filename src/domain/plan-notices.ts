/**
 * Planning notices: which alerts are told to whom after an evaluation.
 *
 * An alert is told when it fires, and again after its rule's `repeat`: to each destination for itself,
 * so that one that is set later, or by another watch, is told too. Whoever was told is told of its end.
 * A silence or another alert can hold the first two back; the end is never forgotten, or an incident
 * would stay open elsewhere. Where this watch cannot send it, it waits for one that can.
 */

import type { AlertEvent, AlertRecord } from './alert.ts'
import type { Advanced } from './alert-life.ts'
import { columnOf, columnsOf } from './finding.ts'
import { type DestinationName, DESTINATIONS, type NoticeRecord, TAKES } from './notice.ts'
import type { Rule } from './rule.ts'
import { shortSilence, type Silence, silenceOf } from './silence.ts'
import { formatTime } from './time.ts'
import type { Digest } from './watch-edges.ts'

/** The most alerts in one notice. */
export const MOST_IN_NOTICE = 100

export interface NoticePlan {
  at: Date
  rules: readonly Rule[]
  silences: readonly Silence[]
  /** Those to which this watch can send. */
  destinations: readonly DestinationName[]
  /** Which ledger: two of them never make the same key. */
  ledger: string
  /** Who sends what is planned, and until when nobody else does. */
  claim: { by: string; until: Date }
  digest: Digest
}

/**
 * Plans the notices, and marks in the alerts what is told and what is held back.
 *
 * @returns The alerts as `advance` does, and the notices, oldest alerts first.
 */
export function planNotices(
  { alerts: before, changed: happened }: Advanced,
  plan: NoticePlan,
): Advanced & { notices: NoticeRecord[] } {
  const alerts = new Map(before)
  const changed = new Set(happened)
  const due: Due[] = []
  const firing = [...before.values()].filter(({ state }) => state === 'firing')
  const firingBy = Map.groupBy(firing, ({ rule }) => rule)
  const put = (alert: AlertRecord) => {
    alerts.set(alert.fingerprint, alert)
    changed.add(alert.fingerprint)
  }
  for (const alert of before.values()) {
    if (alert.state === 'pending') continue
    if (alert.state === 'resolved') {
      const told = DESTINATIONS.filter((name) => alert.told[name] !== undefined)
      due.push(...told.map((destination) => ({ destination, alert })))
      continue
    }
    const muted = mutedBy(alert, firingBy, plan)
    const shown = muted === alert.muted_by ? alert : { ...alert, muted_by: muted }
    const to = muted === null ? plan.destinations.filter((name) => isDue(alert, name, plan)) : []
    if (to.length > 0) {
      const now = formatTime(plan.at)
      const told = { ...alert.told, ...Object.fromEntries(to.map((name) => [name, now])) }
      // What else happened to it says more than that it was told.
      const event = happened.has(alert.fingerprint) ? shown.event : toldEvent(alert)
      const after = { ...shown, told, notified_at: now, event }
      due.push(...to.map((destination) => ({ destination, alert: after })))
      put(after)
    } else if (shown !== alert) {
      const event = muted === null ? 'unmuted' : 'muted'
      put(happened.has(alert.fingerprint) ? shown : { ...shown, event })
    }
  }
  return { alerts, changed, notices: noticesOf(due, plan) }
}

function toldEvent({ muted_by: muted }: AlertRecord): AlertEvent {
  return muted === null ? 'repeated' : 'unmuted'
}

interface Due {
  destination: DestinationName
  alert: AlertRecord
}

/** Who or what holds an alert's notices back; null where nothing does. */
function mutedBy(
  alert: AlertRecord,
  firing: ReadonlyMap<string, readonly AlertRecord[]>,
  { at, rules, silences }: NoticePlan,
): string | null {
  const silence = silenceOf(silences, alert.rule, columnsOf(alert), at)
  if (silence) return shortSilence('silenced', silence)
  const inhibitions = rules.find(({ name }) => name === alert.rule)?.inhibitedBy ?? []
  const inhibition = inhibitions.find(({ rule, equal }) =>
    firing.get(rule)?.some((other) => equal.every((name) => isEqual(alert, other, name))),
  )
  return inhibition ? `held back by ${inhibition.rule}` : null
}

function isEqual(one: AlertRecord, other: AlertRecord, column: string): boolean {
  const value = columnOf(one, column)
  return value !== null && value === columnOf(other, column)
}

function isDue(alert: AlertRecord, to: DestinationName, { at, rules }: NoticePlan): boolean {
  const told = alert.told[to]
  if (told === undefined) return true
  const repeatMs = rules.find(({ name }) => name === alert.rule)?.repeatMs
  // Of one that nobody can check there is nothing new to say.
  if (repeatMs === undefined || alert.stale !== null) return false
  return at.getTime() - Date.parse(told) >= repeatMs
}

function noticesOf(due: readonly Due[], plan: NoticePlan): NoticeRecord[] {
  return DESTINATIONS.flatMap((destination) => {
    const alerts = due.flatMap((one) => (one.destination === destination ? [one.alert] : []))
    return [...Map.groupBy(alerts, ({ rule }) => rule)].flatMap(([rule, some]) =>
      portions(some.toSorted(firingFirst), TAKES[destination]).map(([portion, leftOut]) =>
        noticeOf(destination, rule, portion, { ...plan, leftOut }),
      ),
    )
  })
}

function firingFirst(one: AlertRecord, other: AlertRecord): number {
  return Number(one.state === 'resolved') - Number(other.state === 'resolved')
}

/** Alerts in portions, each with the number of those that are left out. */
function portions(
  alerts: readonly AlertRecord[],
  takes: (typeof TAKES)[DestinationName],
): [alerts: AlertRecord[], leftOut: number][] {
  const most = takes === 'one' ? 1 : MOST_IN_NOTICE
  if (takes === 'some') return [[alerts.slice(0, most), Math.max(0, alerts.length - most)]]
  return Array.from({ length: Math.ceil(alerts.length / most) }, (_, index) => [
    alerts.slice(index * most, (index + 1) * most),
    0,
  ])
}

function noticeOf(
  destination: NoticeRecord['destination'],
  rule: string,
  alerts: AlertRecord[],
  { at, ledger, claim, destinations, digest, leftOut }: NoticePlan & { leftOut: number },
): NoticeRecord {
  const isOurs = destinations.includes(destination)
  const told = alerts.map(({ alert_id: id, state }) => [id, state])
  return {
    key: digest(JSON.stringify([ledger, destination, rule, formatTime(at), told])),
    destination,
    rule,
    alerts,
    left_out: leftOut,
    created_at: formatTime(at),
    state: 'queued',
    attempts: 0,
    not_before: null,
    claimed_by: claim.by,
    claimed_until: formatTime(isOurs ? claim.until : at),
    finished_at: null,
    error: null,
  }
}
