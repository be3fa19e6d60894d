/**
 * A notice: what one destination is told of one rule's alerts after one evaluation.
 *
 * It is recorded before it is sent, with the key by which its receiver knows it again. So whoever
 * sends it after a crash sends the same, and nothing is lost.
 */

import { z } from 'zod'

import { alertRecord } from './alert.ts'

export const DESTINATIONS = [
  'webhook',
  'cloudevents',
  'teams',
  'slack',
  'pagerduty',
  'file',
] as const
export type DestinationName = (typeof DESTINATIONS)[number]

/**
 * How each takes many alerts of a rule: `one` by one, `all` in as many notices as that needs, or `some`
 * in one notice, for people, with a count of the others.
 */
export const TAKES: Readonly<Record<DestinationName, 'one' | 'all' | 'some'>> = {
  webhook: 'all',
  cloudevents: 'all',
  teams: 'some',
  slack: 'some',
  pagerduty: 'one',
  file: 'all',
}

export const NOTICE_STATES = ['queued', 'delivered', 'rejected', 'given_up'] as const
export type NoticeState = (typeof NOTICE_STATES)[number]

const time = z.iso.datetime()

/** A notice as it is recorded. */
export const noticeRecord = z.object({
  /** The idempotency key: the same for every attempt, and of no other notice. */
  key: z.string(),
  destination: z.enum(DESTINATIONS),
  rule: z.string(),
  /** Firing ones first. At least one; exactly one for a destination that takes them one by one. */
  alerts: z.array(alertRecord).min(1),
  /** How many more there are, where a destination takes no more. */
  left_out: z.int(),
  created_at: time,
  state: z.enum(NOTICE_STATES),
  /** How often it was tried. */
  attempts: z.int(),
  /** Not to be tried before; null where that is now. */
  not_before: time.nullable(),
  /** Who sends it, and until when nobody else does; the time is past where it is nobody's. */
  claimed_by: z.string(),
  claimed_until: time,
  /** When it was delivered, rejected or given up. */
  finished_at: time.nullable(),
  /** Why the last attempt failed; without URL or secret. */
  error: z.string().nullable(),
})
export type NoticeRecord = z.infer<typeof noticeRecord>

/** What a destination's format is made from. */
export interface Notice {
  key: string
  rule: string
  /** Of the rule, as its alerts have them. */
  title: string
  severity: NoticeRecord['alerts'][number]['severity']
  alerts: NoticeRecord['alerts']
  /** How many more there are. */
  leftOut: number
  createdAt: Date
  /** Which ledger it is about: the warehouse's address. */
  ledger: string
}

/** Where notices go. */
export interface Notifier {
  name: DestinationName
  /**
   * Tries once to deliver. Rejects only when aborted.
   */
  send(notice: Notice, signal: AbortSignal): Promise<Delivery>
}

/** What came of one attempt. Words hold neither URL nor secret. */
export type Delivery =
  | { outcome: 'delivered' }
  /** Trying again cannot help. */
  | { outcome: 'rejected'; why: string }
  /** It may be taken later: after so long, where the receiver said it. */
  | { outcome: 'failed'; why: string; retryAfterMs: number | null; unreachable: boolean }
