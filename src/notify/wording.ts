/**
 * Wording: what a notice says to people, in every format the same.
 *
 * Whoever is woken by it should know from the first line what it is, how bad, and whether it is over;
 * and that a thing which cannot be checked is not a thing that is over.
 */

import type { AlertRecord } from '../domain/alert.ts'
import type { Notice } from '../domain/notice.ts'
import { formatDuration } from '../domain/units.ts'
import { cellText, type Detail, type Fact, factsOf, timeWords } from './columns.ts'
import { cut, shortText } from './plain-text.ts'

export interface AlertWords {
  /** What it is at first sight. */
  state: 'firing' | 'unchecked' | 'resolved'
  summary: string
  /** Since when, or until when. */
  when: string
  /** That it cannot be checked, and why it was resolved; one line each. */
  remarks: string[]
  facts: Fact[]
}

/** Firing ones first; each kind in the order in which it is given. */
export function inOrder(alerts: readonly AlertRecord[]): AlertRecord[] {
  return [...alerts.filter(isFiring), ...alerts.filter((alert) => !isFiring(alert))]
}

/** What it is, how bad, and how many: `Long session · high · 2 firing, 1 resolved`. */
export function headline({ title, severity, alerts, leftOut }: Notice, most: number): string {
  const rest = ` · ${severity} · ${counts(alerts)}${leftOut === 0 ? '' : `, ${leftOut} more`}`
  return `${shortText(title, most - rest.length)}${rest}`
}

/** How many are not shown, `… and 12 more: 10 firing, 2 resolved`; nothing where all are. */
export function leftOutWords(alerts: readonly AlertRecord[], { leftOut }: Notice): string[] {
  const number = alerts.length + leftOut
  if (number === 0) return []
  return [`… and ${number} more${leftOut === 0 ? `: ${counts(alerts)}` : ''}`]
}

/** Of which rule and ledger it is, and when it was made. */
export function originWords({ rule, ledger, createdAt }: Notice, { text }: Detail): string {
  const made = timeWords(createdAt.toISOString())
  return `Rule ${shortText(rule, text)} · ledger ${shortText(ledger, text)} · ${made}`
}

/** One alert in words. */
export function alertWords(alert: AlertRecord, { createdAt }: Notice, detail: Detail): AlertWords {
  const shown = (text: string) => cut(timeWords(shortText(text, detail.text)), detail.text)
  return {
    state: !isFiring(alert) ? 'resolved' : alert.stale === null ? 'firing' : 'unchecked',
    summary: shown(alert.summary) || shown(alert.title),
    when: isFiring(alert) ? firingWords(alert, createdAt) : resolvedWords(alert),
    remarks: [
      ...(alert.stale === null ? [] : [shown(`Cannot be checked now: ${alert.stale}`)]),
      ...(isFiring(alert) || alert.resolved_why === null
        ? []
        : [shown(`Why it is resolved: ${alert.resolved_why}`)]),
    ],
    facts: factsOf(alert, detail),
  }
}

function isFiring({ state }: AlertRecord): boolean {
  return state !== 'resolved'
}

function counts(alerts: readonly AlertRecord[]): string {
  const firing = alerts.filter(isFiring)
  const unchecked = firing.filter(({ stale }) => stale !== null).length
  const remark = unchecked === 0 ? '' : ` (${unchecked} cannot be checked)`
  const resolved = alerts.length - firing.length
  return [
    ...(firing.length === 0 ? [] : [`${firing.length} firing${remark}`]),
    ...(resolved === 0 ? [] : [`${resolved} resolved`]),
  ].join(', ')
}

function firingWords({ event, firing_at, pending_at }: AlertRecord, at: Date): string {
  const since = firing_at ?? pending_at
  const still = event === 'repeated' ? 'Still firing' : 'Firing'
  return `${still} since ${timeWords(since)}${lasted(since, at.toISOString(), ', for ')}`
}

function resolvedWords(alert: AlertRecord): string {
  const { firing_at, pending_at, resolved_at } = alert
  const fired = lasted(firing_at ?? pending_at, resolved_at, ', after firing for ')
  const after = boundOf(alert, 'ended_after')
  const before = boundOf(alert, 'ended_before')
  if (before === null) {
    return `Resolved${resolved_at === null ? '' : ` at ${timeWords(resolved_at)}`}${fired}`
  }
  if (after === null) return `Resolved: ended before ${timeWords(before)}${fired}`
  const sameDay = after.slice(0, 10) === before.slice(0, 10)
  const until = timeWords(before).slice(sameDay ? 11 : 0)
  return `Resolved: ended between ${timeWords(after).replace(' UTC', '')} and ${until}${fired}`
}

function boundOf({ annotations }: AlertRecord, name: string): string | null {
  const text = cellText(annotations[name] ?? null)
  return text !== null && /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z$/.test(text) ? text : null
}

function lasted(from: string, to: string | null, words: string): string {
  const ms = to === null ? -1 : Date.parse(to) - Date.parse(from)
  // Shorter than a second says nothing.
  return ms >= 1000 ? `${words}${formatDuration(ms)}` : ''
}
