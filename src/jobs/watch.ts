/**
 * `watch`: asks the rules, records what became of the alerts, and tells whoever is to be told.
 *
 * What is to be sent is recorded first, and sent after. So a crash loses nothing, and of two that
 * watch at the same time only the one whose record was taken sends.
 */

import type { AlertRecord } from '../domain/alert.ts'
import { advance } from '../domain/alert-life.ts'
import type { Clock, Dice, Queries } from '../domain/edges.ts'
import type { NoticeRecord, Notifier } from '../domain/notice.ts'
import { planNotices } from '../domain/plan-notices.ts'
import type { Silences } from '../domain/silence.ts'
import { formatTime } from '../domain/time.ts'
import type { AlertLog, Digest, RuleBook } from '../domain/watch-edges.ts'
import { nextRecord, type WatchState } from '../domain/watch-record.ts'
import { isOver } from './attempt.ts'
import { CLAIM_MS, deliver } from './deliver.ts'
import { evaluate, type Evaluated } from './evaluate.ts'

export interface WatchEdges {
  clock: Clock
  dice: Dice
  queries: Queries
  ruleBook: RuleBook
  alertLog: AlertLog
  notifiers: readonly Notifier[]
  digest: Digest
  /** The program's. */
  version: string
}

export interface WatchOptions {
  /** How far apart scheduled runs are. */
  intervalMs: number
  signal?: AbortSignal | undefined
}

/** What the rules come to now. */
export interface Looked {
  at: Date
  /** Every alert that is alive, and those that were resolved now. */
  alerts: readonly AlertRecord[]
  /** Of these, to which something happened now. */
  changed: readonly AlertRecord[]
  /** What could not be read, one line each. */
  warnings: readonly string[]
  failed: Evaluated['failed']
  /** Hosts whose latest answer is missing or old: nobody knows who is connected through them. */
  unread: number
  /** Rules that were asked. */
  asked: number
}

export interface Watched extends Looked {
  /** Notices that were sent, or tried. */
  notices: readonly NoticeRecord[]
  /** Those that still wait. */
  waiting: number
  /** Whether somebody else watches, and did it in our place. */
  left: boolean
}

// Beyond that, another watch is quicker than this one.
const MOST_TRIES = 3

/**
 * Says what the rules come to, without recording or sending anything.
 *
 * @throws {LedgerError} `usage` where the rules or silences cannot be read, `empty`, `damaged`, `storage`.
 */
export async function look(edges: WatchEdges, options: WatchOptions): Promise<Looked> {
  const state = await edges.alertLog.latest()
  const silences = await edges.ruleBook.silences()
  const evaluated = await ask(edges, state, silences, options)
  const advanced = advance(state.alerts, evaluated)
  // With what holds notices back, but to nobody.
  const planned = planNotices(advanced, planOf(edges, evaluated, silences, { state, by: 'nobody' }))
  return lookedAt(evaluated, planned)
}

/**
 * Watches once.
 *
 * @throws {LedgerError} As `look`; `signal.reason` when aborted before anything was recorded.
 */
export async function watch(edges: WatchEdges, options: WatchOptions): Promise<Watched> {
  const { clock, dice, alertLog, ruleBook, digest, version } = edges
  const by = digest(`${clock.now().toISOString()} ${dice.roll()} ${dice.roll()}`).slice(0, 12)
  for (let tried = 1; ; tried += 1) {
    const state = await alertLog.latest()
    const silences = await ruleBook.silences()
    const evaluated = await ask(edges, state, silences, options)
    const plan = planOf(edges, evaluated, silences, { state, by })
    const planned = planNotices(advance(state.alerts, evaluated), plan)
    const looked = lookedAt(evaluated, planned)
    const claimed = claim([...state.notices.values()], plan)
    const notices = [...claimed, ...planned.notices]
    if (looked.changed.length === 0 && notices.length === 0) {
      return { ...looked, notices: [], waiting: state.notices.size, left: false }
    }
    const { record, next } = nextRecord(state, {
      ledger: alertLog.location,
      recorded_at: formatTime(evaluated.at),
      watcher: by,
      version,
      warnings: [...evaluated.warnings],
      failed_rules: evaluated.failed,
      alerts: [...looked.changed],
      notices,
    })
    if (await alertLog.append(record)) {
      return {
        ...looked,
        ...(await deliver(edges, next, { by, until: plan.claim.until, signal: options.signal })),
        left: false,
      }
    }
    if (tried === MOST_TRIES) {
      return { ...looked, notices: [], waiting: state.notices.size, left: true }
    }
  }
}

async function ask(
  edges: WatchEdges,
  { alerts, latestAt }: WatchState,
  { exceptions }: Silences,
  { intervalMs, signal }: WatchOptions,
): Promise<Evaluated> {
  const rules = await edges.ruleBook.rules()
  return await evaluate(edges, rules, alerts.values(), { intervalMs, latestAt, exceptions, signal })
}

function planOf(
  { clock, notifiers, alertLog, digest }: WatchEdges,
  { at, rules }: Evaluated,
  { silences }: Silences,
  { state, by }: { state: WatchState; by: string },
) {
  return {
    at,
    rules,
    silences,
    destinations: notifiers.map(({ name }) => name),
    ledger: state.ledger ?? alertLog.location,
    claim: { by, until: new Date(clock.now().getTime() + CLAIM_MS) },
    digest,
  }
}

/** Takes over what waits for another try and is nobody's, where it can be sent, or is to be given up. */
function claim(
  waiting: readonly NoticeRecord[],
  { at, destinations, claim: { by, until } }: ReturnType<typeof planOf>,
): NoticeRecord[] {
  // What is older of the same alert goes first; what waits for that is not worth a claim.
  const blocked = new Set<string>()
  return waiting.flatMap((notice) => {
    const { destination, claimed_until: claimed, not_before: notBefore } = notice
    const ids = notice.alerts.map(({ fingerprint }) => `${destination} ${fingerprint}`)
    const isFree = Date.parse(claimed) <= at.getTime() && !ids.some((id) => blocked.has(id))
    const isDue = notBefore === null || Date.parse(notBefore) <= at.getTime()
    if (isFree && (isOver(notice, at) || (isDue && destinations.includes(destination)))) {
      return [{ ...notice, claimed_by: by, claimed_until: formatTime(until) }]
    }
    for (const id of ids) blocked.add(id)
    return []
  })
}

function lookedAt(
  { at, warnings, failed, unreadHosts, findings }: Evaluated,
  { alerts, changed }: ReturnType<typeof planNotices>,
): Looked {
  const all = [...alerts.values()]
  return {
    at,
    alerts: all,
    changed: all.filter(({ fingerprint }) => changed.has(fingerprint)),
    warnings,
    failed,
    unread: unreadHosts,
    asked: findings.size,
  }
}
