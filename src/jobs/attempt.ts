/**
 * An attempt: one notice is sent, once or a few times, and then is finished or waits for another watch.
 */

import type { Clock } from '../domain/edges.ts'
import { messageOf } from '../domain/errors.ts'
import type { Delivery, Notice, NoticeRecord, Notifier } from '../domain/notice.ts'
import { formatTime } from '../domain/time.ts'

const MOST_ATTEMPTS = 3
const FIRST_WAIT_MS = 1000
/** The longest wait within one watch. */
const LONGEST_WAIT_MS = 10_000
const FIRST_REST_MS = 60_000
const LONGEST_REST_MS = 15 * 60_000
/** When what nobody takes is given up. */
const GIVE_UP_MS = 7 * 86_400_000

export interface Sending {
  clock: Clock
  /** None where the destination is not set any more. */
  notifier: Notifier | undefined
  /** What the ledger is called. */
  ledger: string
  by: string
  untilMs: number
  signal: AbortSignal | undefined
}

export type Failure = Extract<Delivery, { outcome: 'failed' }> & { until: string | null }

/** Whether a notice has waited so long that it is given up. */
export function isOver({ created_at: createdAt }: NoticeRecord, now: Date): boolean {
  return now.getTime() - Date.parse(createdAt) >= GIVE_UP_MS
}

/**
 * Sends a notice.
 *
 * @param failures Gets why it was not taken, where it waits for another watch.
 * @returns null where it was stopped before anything came of it.
 */
export async function attempt(
  notice: NoticeRecord,
  sending: Sending,
  failures: Failure[],
): Promise<NoticeRecord | null> {
  const { clock, notifier, untilMs, ledger, signal = new AbortController().signal } = sending
  if (!notifier)
    return finish(notice, clock, 'given_up', 'nobody that watches has this destination any more')
  let { attempts } = notice
  for (let tried = 1; ; tried += 1) {
    let delivery: Delivery
    try {
      delivery = await notifier.send(noticeOf(notice, ledger), signal)
    } catch (error) {
      if (signal.aborted) return null
      // The others must not wait for one that cannot be written.
      return finish(notice, clock, 'rejected', `it cannot be written: ${messageOf(error)}`)
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
  const rest = FIRST_REST_MS * 2 ** Math.floor(notice.attempts / MOST_ATTEMPTS - 1)
  const nowMs = clock.now().getTime()
  const wantedMs = nowMs + Math.max(Math.min(LONGEST_REST_MS, rest), retryAfterMs ?? 0)
  const atMs = Math.min(wantedMs, Date.parse(notice.created_at) + GIVE_UP_MS)
  return {
    ...notice,
    error: why,
    claimed_until: formatTime(new Date(nowMs)),
    not_before: formatTime(new Date(atMs)),
  }
}

function noticeOf(record: NoticeRecord, ledger: string): Notice {
  const { key, rule, alerts, left_out: leftOut, created_at: createdAt } = record
  const [first] = alerts
  if (!first) throw new RangeError('Cannot send a notice without an alert')
  const { title, severity } = first
  return { key, rule, title, severity, alerts, leftOut, createdAt: new Date(createdAt), ledger }
}
