/**
 * The record of one evaluation in which something changed. They are numbered without a gap, and a
 * number is taken once: of two that watch at the same time, one finds it taken, and begins anew from
 * what the other wrote.
 *
 * A record holds what changed. Every twentieth also holds all that lives, so that nobody reads years
 * to know what fires.
 */

import { z } from 'zod'

import { type AlertRecord, alertRecord } from './alert.ts'
import { type NoticeRecord, noticeRecord } from './notice.ts'

/** How many records are between two that hold everything. */
export const CHECKPOINT_EVERY = 20

export const watchRecord = z.object({
  schema_version: z.literal(1),
  number: z.int(),
  /** Of which ledger it is: as it was called when the first record was written, wherever it is now. */
  ledger: z.string(),
  /** When the rules were asked. */
  recorded_at: z.iso.datetime(),
  /** The latest such time of this record and all before it: a clock can go back. */
  latest_at: z.iso.datetime(),
  /** Which process wrote it. */
  watcher: z.string(),
  version: z.string(),
  /** What could not be read for it, one line each. */
  warnings: z.array(z.string()),
  /** Rules that could not be asked. */
  failed_rules: z.array(z.object({ rule: z.string(), error: z.string() })),
  /** Alerts that changed, each as it is now. */
  alerts: z.array(alertRecord),
  /** Notices that changed, each as it is now. */
  notices: z.array(noticeRecord),
  /** All that live, in every twentieth record. */
  checkpoint: z.object({ alerts: z.array(alertRecord), notices: z.array(noticeRecord) }).nullable(),
})
export type WatchRecord = z.infer<typeof watchRecord>

/** What is alive after a record: alerts that are not resolved, and notices that are not delivered. */
export interface WatchState {
  /** Of the last record; 0 where there is none. */
  number: number
  /** What the ledger is called in its records; null where there is none. */
  ledger: string | null
  /** The latest time of all records; null where there is none. */
  latestAt: string | null
  /** By fingerprint: there is one at a time. */
  alerts: ReadonlyMap<string, AlertRecord>
  /** By key, oldest first. */
  notices: ReadonlyMap<string, NoticeRecord>
}

export const NO_STATE: WatchState = {
  number: 0,
  ledger: null,
  latestAt: null,
  alerts: new Map(),
  notices: new Map(),
}

/** The state after one more record. */
export function afterRecord(state: WatchState, record: WatchRecord): WatchState {
  const { checkpoint, number, ledger, latest_at: latestAt } = record
  if (checkpoint) {
    return {
      number,
      ledger,
      latestAt,
      alerts: new Map(checkpoint.alerts.map((one) => [one.fingerprint, one])),
      notices: new Map(checkpoint.notices.map((one) => [one.key, one])),
    }
  }
  const alerts = new Map(state.alerts)
  const notices = new Map(state.notices)
  for (const one of record.alerts) {
    if (one.state === 'resolved') alerts.delete(one.fingerprint)
    else alerts.set(one.fingerprint, one)
  }
  for (const one of record.notices) {
    if (one.state === 'queued') notices.set(one.key, one)
    else notices.delete(one.key)
  }
  return { number, ledger, latestAt, alerts, notices }
}

/** What a record says beside its number. */
export type Change = Omit<WatchRecord, 'schema_version' | 'number' | 'latest_at' | 'checkpoint'>

/**
 * The record that comes next, and the state after it.
 *
 * @param change Its `ledger` counts in the first record only.
 */
export function nextRecord(
  state: WatchState,
  change: Change,
): { record: WatchRecord; next: WatchState } {
  const number = state.number + 1
  const at = change.recorded_at
  const record: WatchRecord = {
    schema_version: 1,
    number,
    ...change,
    ledger: state.ledger ?? change.ledger,
    latest_at: state.latestAt !== null && state.latestAt > at ? state.latestAt : at,
    checkpoint: null,
  }
  const next = afterRecord(state, record)
  if (number % CHECKPOINT_EVERY !== 0) return { record, next }
  const checkpoint = { alerts: [...next.alerts.values()], notices: [...next.notices.values()] }
  return { record: { ...record, checkpoint }, next }
}
