/**
 * An alert: a finding over time. It is pending until its rule's `for` has passed, fires, and is
 * resolved when the finding is gone; the same finding later is another alert.
 *
 * An alert that nobody can check any more is stale. It stays what it was: that a host cannot be read
 * is no all-clear.
 */

import { z } from 'zod'

import type { Cell } from './edges.ts'
import { SEVERITIES } from './rule.ts'

export const ALERT_STATES = ['pending', 'firing', 'resolved'] as const
export type AlertState = (typeof ALERT_STATES)[number]

/** What happened to an alert in one evaluation, in the order of importance. */
export const ALERT_EVENTS = [
  'pending',
  'firing',
  'resolved',
  /** It can be checked no longer. */
  'stale',
  /** It can be checked again, and is still there. */
  'checked',
  /** Its finding is gone, and it goes on firing for a while. */
  'absent',
  /** Its finding is back before it was resolved. */
  'found',
  /** Its notices are held back from now on, or no longer. */
  'muted',
  'unmuted',
  /** It was told again, or to one more. */
  'repeated',
] as const
export type AlertEvent = (typeof ALERT_EVENTS)[number]

const cell: z.ZodType<Cell> = z.lazy(() =>
  z.union([
    z.string(),
    z.number(),
    z.boolean(),
    z.null(),
    z.array(cell),
    z.record(z.string(), cell),
  ]),
)
const time = z.iso.datetime()

/** An alert as it is recorded. Times are RFC 3339 UTC. */
export const alertRecord = z.object({
  /** Of this alert alone: the fingerprint, and when it was first found. */
  alert_id: z.string(),
  /** Of all alerts of the same rule and labels. */
  fingerprint: z.string(),
  rule: z.string(),
  title: z.string(),
  severity: z.enum(SEVERITIES),
  tags: z.array(z.string()),
  /** One line for people. */
  summary: z.string(),
  /** The label columns; one that is NULL is not there. */
  labels: z.record(z.string(), z.string()),
  /** The other columns, as they were when the alert last changed. */
  annotations: z.record(z.string(), cell),
  /** Ids of the hosts that it rests on. */
  hosts: z.array(z.string()),
  state: z.enum(ALERT_STATES),
  event: z.enum(ALERT_EVENTS),
  /** Why it cannot be checked; null where it can. */
  stale: z.string().nullable(),
  /** When it was first found. */
  pending_at: time,
  firing_at: time.nullable(),
  /** Since when its finding is gone, although it could be checked. */
  absent_since: time.nullable(),
  resolved_at: time.nullable(),
  /** Why it was resolved, for people. */
  resolved_why: z.string().nullable(),
  /** When it was last told that it fires; null where it never was. */
  notified_at: time.nullable(),
  /** The same by destination. Whoever was told that it fires is told of its end. */
  told: z.record(z.string(), time),
  /** Who or what holds its notices back; null where nothing does. */
  muted_by: z.string().nullable(),
})
export type AlertRecord = z.infer<typeof alertRecord>
