/**
 * All views, and what each is made of.
 */

import { historyOf, wholeHistory } from './host-history.ts'
import { answers, summaryOf } from './poll-summary.ts'
import type { TableName } from './view-tables.ts'
import { activeSessions, azureActiveSessions } from './views-active.ts'
import { alertEvents, alerts, notices } from './views-alerts.ts'
import { coverage } from './views-coverage.ts'
import { gaps } from './views-gaps.ts'
import { hosts, latestPolls } from './views-hosts.ts'
import { runsOf, subscriptionPolls, unfinishedSlots } from './views-runs.ts'
import { liveRows, sessions } from './views-sessions.ts'

/** The rows of `sessions` that the files since the last compacted day make. */
export const LIVE_ROWS = 'raw.live_rows'
/** What `coverage` and `gaps` know of polls. */
export const POLL_SUMMARY = 'raw.poll_summary'
/** What `hosts` knows of them. */
export const HOST_HISTORY = 'raw.host_history'
/** Views that can stand apart, since they are kept between questions, and what each is made of. */
export const APART = {
  [LIVE_ROWS]: [
    'raw.recent_polls',
    'raw.recent_records',
    'raw.live_polls',
    'raw.live_snapshots',
    'raw.open_sessions',
  ],
  [POLL_SUMMARY]: ['polls'],
  [HOST_HISTORY]: ['polls'],
} as const satisfies Record<string, readonly TableName[]>
export type Apart = keyof typeof APART
export const APART_NAMES: readonly Apart[] = [LIVE_ROWS, POLL_SUMMARY, HOST_HISTORY]
export const LATEST_POLLS = 'raw.latest_polls'

/** All views, each after those that it stands on. */
export const ALL: readonly (readonly [name: string, select: string])[] = [
  ['raw.recent_subscription_polls', subscriptionPolls('raw.recent_records')],
  ['raw.recent_unfinished', unfinishedSlots('raw.recent_records')],
  ['runs', runsOf('raw.records')],
  ['recent_runs', runsOf('raw.recent_records')],
  ['subscription_polls', subscriptionPolls('raw.records')],
  ['recent_subscription_polls', 'FROM raw.recent_subscription_polls'],
  [HOST_HISTORY, historyOf('polls')],
  ['raw.known_hosts', wholeHistory(HOST_HISTORY)],
  ['hosts', hosts],
  [LATEST_POLLS, latestPolls],
  ['latest_polls', 'FROM raw.latest_polls'],
  ['active_sessions', activeSessions],
  [LIVE_ROWS, liveRows],
  ['sessions', sessions],
  [POLL_SUMMARY, summaryOf('polls')],
  ['raw.answers', answers],
  ['coverage', coverage],
  ['gaps', gaps],
  ['alert_events', alertEvents],
  ['alerts', alerts],
  ['notices', notices],
  ['azure.network.active_sessions', azureActiveSessions],
]
export type View = (typeof ALL)[number]

/** Whether a view can stand apart. */
export function isApart(name: string): name is Apart {
  return Object.hasOwn(APART, name)
}
