/**
 * Delivering: sends the notices that this watch has claimed, and records what came of each.
 *
 * Every destination has a queue of its own. Of one alert nothing is sent before what is older has
 * arrived, or a receiver would be told last that a session still runs.
 */

import type { Clock } from '../domain/edges.ts'
import type { Delivery, Notice, NoticeRecord, Notifier } from '../domain/notice.ts'
import { formatTime } from '../domain/time.ts'
import type { AlertLog } from '../domain/watch-edges.ts'
import { nextRecord, type WatchState } from '../domain/watch-record.ts'

/** How long nobody else sends what one watch has claimed: longer than it may take. */
export const CLAIM_MS = 5 * 60_000
/** When it stops sending, counted from its claim. */
const SEND_MS = 4 * 60_000
const MOST_ATTEMPTS = 3
const MOST_FAILURES = 3
const FIRST_WAIT_MS = 1000
/** The longest wait within one watch. */
const LONGEST_WAIT_MS = 10_000
const FIRST_REST_MS = 60_000
const LONGEST_REST_MS = 15 * 60_000
/** When what nobody takes is given up. */
const GIVE_UP_MS = 7 * 86_400_000
const MOST_APPENDS = 50

export interface DeliverEdges {
  clock: Clock
  alertLog: AlertLog
  notifiers: readonly Notifier[]
  version: string
}

export interface DeliverOptions {
  /** Whose claims are sent. */
  by: string
  signal?: AbortSignal | undefined
}

export interface Delivered {
  /** Notices that were tried, or given up, each as it is now. */
  notices: NoticeRecord[]
  /** Those that still wait, whoever sends them. */
  waiting: number
}

/**
 * Sends what this watch has claimed.
 *
 * @param state As recorded, with the claims.
 * @throws {LedgerError} `storage` where it cannot be recorded what was sent: it is sent again then.
 */
export async function deliver(
  edges: DeliverEdges,
  state: WatchState,
  { by, signal }: DeliverOptions,
): Promise<Delivered> {
  const untilMs = edges.clock.now().getTime() + SEND_MS
  const queues = Map.groupBy(state.notices.values(), ({ destination }) => destination)
  const sent = await Promise.all(
    [...queues].map(([destination, queue]) => {
      const notifier = edges.notifiers.find(({ name }) => name === destination)
      const location = edges.alertLog.location
      return sendQueue(queue, { clock: edges.clock, notifier, location, by, untilMs, signal })
    }),
  )
  const changed = sent.flat()
  if (changed.length === 0) return { notices: [], waiting: state.notices.size }
  const waiting = await recordSent(edges, state, changed, by)
  return {
    notices: changed.filter(({ attempts, state: now }) => attempts > 0 || now !== 'queued'),
    waiting,
  }
}

/** Whether a notice has waited so long that it is given up. */
export function isOver({ created_at: createdAt }: NoticeRecord, now: Date): boolean {
  return now.getTime() - Date.parse(createdAt) >= GIVE_UP_MS
}

interface Sending {
  clock: Clock
  /** None where the destination is not set any more. */
  notifier: Notifier | undefined
  location: string
  by: string
  untilMs: number
  signal: AbortSignal | undefined
}

/** @returns Those that changed. */
async function sendQueue(
  queue: readonly NoticeRecord[],
  sending: Sending,
): Promise<NoticeRecord[]> {
  const { clock, notifier, by, untilMs, signal } = sending
  const changed: NoticeRecord[] = []
  // Alerts of which something older is not delivered.
  const blocked = new Set<string>()
  const failures: Failure[] = []
  for (const notice of queue) {
    const ids = notice.alerts.map(({ fingerprint }) => fingerprint)
    const isLate = clock.now().getTime() >= untilMs || (signal?.aborted ?? false)
    let now: NoticeRecord | null = null
    const isOurs =
      notice.claimed_by === by && (notifier !== undefined || isOver(notice, clock.now()))
    if (isOurs && !isLate) {
      const rest = restAfter(failures)
      // What cannot be sent now is left for the next watch, whoever that is.
      now =
        rest || ids.some((id) => blocked.has(id))
          ? release(notice, clock, rest?.until ?? null)
          : await send(notice, sending, failures)
    }
    if (now) changed.push(now)
    if (now === null || now.state === 'queued') for (const id of ids) blocked.add(id)
  }
  return changed
}

type Failure = Extract<Delivery, { outcome: 'failed' }> & { until: string | null }

/** Whether nothing else would arrive there either, and until when; null where it may. */
function restAfter(failures: readonly Failure[]): { until: string | null } | null {
  const closed = failures.find(
    ({ unreachable, retryAfterMs }) => unreachable || retryAfterMs !== null,
  )
  if (closed) return { until: closed.until }
  // A receiver that cannot take one notice may take the others, but not for ever.
  return failures.length >= MOST_FAILURES ? { until: null } : null
}

function release(notice: NoticeRecord, clock: Clock, notBefore: string | null): NoticeRecord {
  return { ...notice, claimed_until: formatTime(clock.now()), not_before: notBefore }
}

/** @returns null where it was stopped before anything came of it. */
async function send(
  notice: NoticeRecord,
  sending: Sending,
  failures: Failure[],
): Promise<NoticeRecord | null> {
  const { clock, notifier, untilMs, location, signal = new AbortController().signal } = sending
  if (!notifier)
    return finish(notice, clock, 'given_up', 'nobody that watches has this destination any more')
  let { attempts } = notice
  for (let tried = 1; ; tried += 1) {
    let delivery: Delivery
    try {
      delivery = await notifier.send(noticeOf(notice, location), signal)
    } catch (error) {
      if (signal.aborted) return null
      throw error
    }
    attempts += 1
    const now = { ...notice, attempts }
    if (delivery.outcome === 'delivered') return finish(now, clock, 'delivered', null)
    if (delivery.outcome === 'rejected') return finish(now, clock, 'rejected', delivery.why)
    const nowMs = clock.now().getTime()
    if (isOver(notice, clock.now())) {
      return finish(now, clock, 'given_up', delivery.why)
    }
    const waitMs = delivery.retryAfterMs ?? FIRST_WAIT_MS * 2 ** (tried - 1)
    const isSoon = waitMs <= LONGEST_WAIT_MS && nowMs + waitMs < untilMs
    if (tried === MOST_ATTEMPTS || !isSoon) return putOff(now, delivery)
    try {
      await clock.sleep(waitMs, signal)
    } catch {
      return putOff(now, delivery)
    }
  }

  function putOff(now: NoticeRecord, delivery: Extract<Delivery, { outcome: 'failed' }>) {
    const later = postpone(now, clock, delivery)
    failures.push({ ...delivery, until: later.not_before })
    return later
  }
}

function finish(
  notice: NoticeRecord,
  clock: Clock,
  state: 'delivered' | 'rejected' | 'given_up',
  error: string | null,
): NoticeRecord {
  return { ...notice, state, error, not_before: null, finished_at: formatTime(clock.now()) }
}

function postpone(
  notice: NoticeRecord,
  clock: Clock,
  { why, retryAfterMs }: Extract<Delivery, { outcome: 'failed' }>,
): NoticeRecord {
  const restMs = Math.min(
    LONGEST_REST_MS,
    FIRST_REST_MS * 2 ** Math.floor(notice.attempts / MOST_ATTEMPTS - 1),
  )
  const nowMs = clock.now().getTime()
  return {
    ...notice,
    error: why,
    claimed_until: formatTime(new Date(nowMs)),
    not_before: formatTime(new Date(nowMs + Math.max(restMs, retryAfterMs ?? 0))),
  }
}

function noticeOf(record: NoticeRecord, ledger: string): Notice {
  const { key, rule, alerts, left_out: leftOut, created_at: createdAt } = record
  const [first] = alerts
  if (!first) throw new RangeError('Cannot send a notice without an alert')
  const { title, severity } = first
  return { key, rule, title, severity, alerts, leftOut, createdAt: new Date(createdAt), ledger }
}

/** Records what came of them, after whatever was recorded meanwhile. @returns How many still wait. */
async function recordSent(
  { clock, alertLog, version }: DeliverEdges,
  state: WatchState,
  notices: readonly NoticeRecord[],
  by: string,
): Promise<number> {
  let last = state
  for (let tried = 1; ; tried += 1) {
    // One that somebody else finished meanwhile is finished.
    const ours = notices.filter(({ key }) => last.notices.has(key))
    if (ours.length === 0) return last.notices.size
    const { record, next } = nextRecord(last, {
      recorded_at: formatTime(clock.now()),
      watcher: by,
      version,
      warnings: [],
      failed_rules: [],
      alerts: [],
      notices: ours,
    })
    if (await alertLog.append(record)) return next.notices.size
    if (tried === MOST_APPENDS) {
      throw new Error(`Cannot record what was sent: another record was first ${tried} times`)
    }
    last = await alertLog.latest()
  }
}
