/**
 * The life of alerts: what one evaluation of the rules makes of those that are alive.
 *
 * A finding that is gone resolves an alert only where that could be seen. While a host that it rests
 * on cannot be read, a rule cannot be asked, or stored files are damaged, the alert stays what it was,
 * marked stale with the reason.
 */

import type { AlertEvent, AlertRecord } from './alert.ts'
import type { Cell } from './edges.ts'
import { columnsOf, type Finding, type Findings } from './finding.ts'
import type { Rule } from './rule.ts'
import { shortSilence, type Silence, silenceOf } from './silence.ts'
import { formatTime } from './time.ts'

/** What the rules came to at one moment. */
export interface Evaluation {
  at: Date
  /** All rules, switched off ones too. */
  rules: readonly Rule[]
  /** By name of each rule that is on: what it found, or why it could not be asked. */
  findings: ReadonlyMap<string, Findings | { error: string }>
  /** What is not to be counted. */
  exceptions: readonly Silence[]
  /** Hosts that cannot be read, by id, with the reason. */
  unread: ReadonlyMap<string, string>
  /**
   * Of hosts and subscriptions that alerts are about, those that nobody lists any more, though nothing
   * proves that they are gone: by id, with the reason.
   */
  lost: ReadonlyMap<string, string>
  /** Why what was not found may be there all the same; null where nothing says so. */
  doubt: string | null
  /** What is known of the end of what an alert is about: columns for its annotations. */
  endOf: (alert: AlertRecord) => Record<string, Cell> | null
  /** Whether a host that an alert rests on is no longer there. */
  isHostGone: (alert: AlertRecord) => boolean
}

/** Alerts after an evaluation. */
export interface Advanced {
  /** Each as it is now, those that were resolved in it too, by fingerprint. */
  alerts: Map<string, AlertRecord>
  /** Fingerprints of those to which something happened. */
  changed: Set<string>
}

/**
 * Carries alerts on.
 *
 * @param live Those that are not resolved, by fingerprint.
 */
export function advance(live: ReadonlyMap<string, AlertRecord>, evaluation: Evaluation): Advanced {
  const alerts = new Map<string, AlertRecord>()
  const changed = new Set<string>()
  const put = (before: AlertRecord | null, after: AlertRecord) => {
    alerts.set(after.fingerprint, after)
    if (before === null || hasHappened(before, after)) changed.add(after.fingerprint)
  }
  for (const alert of live.values()) put(alert, carryOn(alert, evaluation))
  for (const rule of evaluation.rules) {
    const findings = evaluation.findings.get(rule.name)
    if (!findings || 'error' in findings) continue
    for (const finding of findings.found.values()) {
      const known = alerts.get(finding.fingerprint)
      // One that was resolved in this evaluation was so because its rule does not return it.
      if (!known) put(null, begin(rule, finding, evaluation))
    }
  }
  return { alerts, changed }
}

/** Whether more has changed than what a finding says of itself. */
function hasHappened(before: AlertRecord, after: AlertRecord): boolean {
  return (
    before.state !== after.state ||
    (before.stale === null) !== (after.stale === null) ||
    before.absent_since !== after.absent_since
  )
}

/** Whether an alert's finding is gone, although all that it rests on could be seen. */
export function isGone(
  alert: AlertRecord,
  evaluation: Omit<Evaluation, 'endOf' | 'isHostGone'>,
): boolean {
  const findings = evaluation.findings.get(alert.rule)
  return (
    findings !== undefined &&
    !('error' in findings) &&
    !findings.found.has(alert.fingerprint) &&
    whyStale(alert, evaluation) === null
  )
}

function carryOn(alert: AlertRecord, evaluation: Evaluation): AlertRecord {
  const { at, rules, findings } = evaluation
  const rule = rules.find(({ name }) => name === alert.rule)
  const outcome = findings.get(alert.rule)
  const exception = exceptionOf(alert, evaluation)
  if (exception) return resolve(alert, at, shortSilence('excepted', exception))
  // Another that watches may have it: who does not know a rule cannot say that it finds nothing.
  if (!rule) return stale(alert, 'its rule is not among those of this watch')
  if (!rule.enabled || !outcome) return resolve(alert, at, 'its rule was switched off')
  if ('error' in outcome) return stale(alert, `its rule could not be asked: ${outcome.error}`)
  const finding = outcome.found.get(alert.fingerprint)
  if (finding) return goOn(alert, rule, finding, evaluation)
  const why = whyStale(alert, evaluation)
  if (why !== null) return stale(alert, why)
  return away(alert, rule, evaluation)
}

/** What says that it is none: of what is not found now, by what was found last. */
function exceptionOf(alert: AlertRecord, { findings, exceptions, at }: Evaluation): Silence | null {
  const outcome = findings.get(alert.rule)
  if (outcome && 'found' in outcome) {
    const exception = outcome.excepted.get(alert.fingerprint)
    if (exception || outcome.found.has(alert.fingerprint)) return exception ?? null
  }
  return silenceOf(exceptions, alert.rule, columnsOf(alert), at)
}

function begin(rule: Rule, finding: Finding, evaluation: Evaluation): AlertRecord {
  const at = formatTime(evaluation.at)
  const fires = rule.forMs === 0
  const event: AlertEvent = fires ? 'firing' : 'pending'
  return {
    ...current(finding, rule),
    alert_id: `${finding.fingerprint}-${at.replaceAll(/[-:]/g, '')}`,
    rule: rule.name,
    tags: [...rule.tags],
    state: event,
    event,
    stale: whyUnread(finding.hosts, evaluation.unread),
    pending_at: at,
    firing_at: fires ? at : null,
    absent_since: null,
    resolved_at: null,
    resolved_why: null,
    notified_at: null,
    told: {},
    muted_by: null,
  }
}

/** What an alert has from its latest finding. */
function current(finding: Finding, { title, severity }: Rule) {
  const { fingerprint, summary, labels, annotations, hosts } = finding
  return { fingerprint, title, severity, summary, labels, annotations, hosts }
}

/** It is still found. */
function goOn(
  alert: AlertRecord,
  rule: Rule,
  finding: Finding,
  evaluation: Evaluation,
): AlertRecord {
  const { at, unread } = evaluation
  const why = whyUnread(finding.hosts, unread)
  const now: AlertRecord = {
    ...alert,
    ...current(finding, rule),
    stale: why,
    absent_since: null,
  }
  const isDue = at.getTime() - Date.parse(alert.pending_at) >= rule.forMs
  // What nobody can check any more has not gone on for so long.
  if (alert.state === 'pending' && isDue && why === null) {
    return { ...now, state: 'firing', event: 'firing', firing_at: formatTime(at) }
  }
  if ((why === null) !== (alert.stale === null)) {
    return { ...now, event: why === null ? 'checked' : 'stale' }
  }
  return alert.absent_since === null ? now : { ...now, event: 'found' }
}

/** It is found no more. */
function away(alert: AlertRecord, rule: Rule, evaluation: Evaluation): AlertRecord {
  const { at, endOf, isHostGone } = evaluation
  const since = alert.absent_since ?? formatTime(at)
  const end = endOf(alert)
  const now: AlertRecord = {
    ...alert,
    stale: null,
    absent_since: since,
    annotations: { ...alert.annotations, ...end },
  }
  const isOver = at.getTime() - Date.parse(since) >= rule.keepFiringForMs
  if (alert.state === 'pending' || isOver) {
    const why = isHostGone(alert)
      ? 'its host is no longer there: nothing more is known of it'
      : 'it is found no more'
    return resolve(now, at, end ? 'it ended' : why)
  }
  return { ...now, event: 'absent' }
}

function stale(alert: AlertRecord, why: string): AlertRecord {
  return { ...alert, stale: why, event: alert.stale === null ? 'stale' : alert.event }
}

function resolve(alert: AlertRecord, at: Date, why: string): AlertRecord {
  return {
    ...alert,
    state: 'resolved',
    event: 'resolved',
    stale: null,
    resolved_at: formatTime(at),
    resolved_why: why,
  }
}

/** Why its absence proves nothing; null where it does. */
function whyStale(
  alert: AlertRecord,
  { unread, lost, doubt }: Pick<Evaluation, 'unread' | 'lost' | 'doubt'>,
): string | null {
  const about = subjectsOf(alert)
  return (
    whyUnread(alert.hosts, unread) ??
    whyUnread([...about.hosts, ...about.subscriptions], lost) ??
    doubt
  )
}

/** Ids of the hosts and subscriptions that an alert rests on, or is about. */
export function subjectsOf({ hosts, labels }: AlertRecord): {
  hosts: string[]
  subscriptions: string[]
} {
  const { host_id: host, subscription_id: subscription } = labels
  return {
    hosts: [...new Set([...hosts, ...(host === undefined ? [] : [host])])],
    subscriptions: subscription === undefined ? [] : [subscription],
  }
}

function whyUnread(hosts: readonly string[], unread: Evaluation['unread']): string | null {
  const host = hosts.find((one) => unread.has(one))
  return host === undefined ? null : (unread.get(host) ?? null)
}
