/**
 * Delivering: sends the notices that this watch has claimed, and records what came of each.
 *
 * Every destination has a queue of its own. Of one alert nothing is sent before what is older has
 * arrived, or a receiver would be told last that a session still runs.
 */

import type { Clock } from '../domain/edges.ts'
import type { NoticeRecord, Notifier } from '../domain/notice.ts'
import { formatTime } from '../domain/time.ts'
import type { AlertLog } from '../domain/watch-edges.ts'
import type { WatchState } from '../domain/watch-record.ts'
import { attempt, type Failure, isOver, type Sending } from './attempt.ts'
import { recordSent } from './record-sent.ts'

/** How long nobody else sends what one watch has claimed: longer than it may take. */
export const CLAIM_MS = 5 * 60_000
/** So long before its claim is over it stops sending. */
const MARGIN_MS = 60_000
const MOST_FAILURES = 3

export interface DeliverEdges {
  clock: Clock
  alertLog: AlertLog
  notifiers: readonly Notifier[]
  version: string
}

export interface DeliverOptions {
  /** Whose claims are sent. */
  by: string
  /** Until when they are claimed. */
  until: Date
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
  { by, until, signal }: DeliverOptions,
): Promise<Delivered> {
  const untilMs = until.getTime() - MARGIN_MS
  const queues = Map.groupBy(state.notices.values(), ({ destination }) => destination)
  const sent = await Promise.all(
    [...queues].map(([destination, queue]) => {
      const notifier = edges.notifiers.find(({ name }) => name === destination)
      const ledger = state.ledger ?? edges.alertLog.location
      return sendQueue(queue, { clock: edges.clock, notifier, ledger, by, untilMs, signal })
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
          : await attempt(notice, sending, failures)
    }
    if (now) changed.push(now)
    if (now === null || now.state === 'queued') for (const id of ids) blocked.add(id)
  }
  return changed
}

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
