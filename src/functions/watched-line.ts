/**
 * The log's line of a watch: how many alerts and notices there are, and what went wrong.
 *
 * It tells counts, rules, destinations and reasons. Whom and what an alert is about is in the
 * warehouse, which fewer people may read than the log.
 */

import type { NoticeState } from '../domain/notice.ts'
import type { Watched } from '../jobs/watch.ts'
import type { LogLine } from './log-line.ts'

// The platform cuts a line after 32,768 characters, and half a line of JSON is none:
// https://learn.microsoft.com/azure/azure-monitor/app/data-model-complete#trace-telemetry
const MOST_LISTED = 10
const LONGEST_REASON = 500

/** The line of a watch that asked the rules. */
export function watchedLine(
  functionName: string,
  watched: Watched,
  details: { interrupted: boolean; duration_ms: number },
): LogLine {
  const { alerts, notices, failed, warnings, waiting } = watched
  const live = alerts.filter(({ state }) => state !== 'resolved')
  const count = (state: NoticeState) => notices.filter((notice) => notice.state === state).length
  const [rejected, givenUp] = [count('rejected'), count('given_up')]
  return {
    event: 'watched',
    level: levelOf(watched, rejected + givenUp),
    function: functionName,
    asked: watched.asked,
    alerts: {
      firing: live.filter(({ state }) => state === 'firing').length,
      pending: live.filter(({ state }) => state === 'pending').length,
      stale: live.filter(({ stale }) => stale !== null).length,
      held_back: live.filter(({ muted_by: by }) => by !== null).length,
      resolved: alerts.length - live.length,
    },
    notices: { delivered: count('delivered'), waiting, rejected, given_up: givenUp },
    undelivered: notices
      .filter(({ state }) => state !== 'delivered')
      .slice(0, MOST_LISTED)
      .map(({ destination, rule, state, attempts, error, not_before }) => {
        return { destination, rule, state, attempts, why: shortened(error ?? ''), not_before }
      }),
    failed: failed.length,
    failed_rules: failed
      .slice(0, MOST_LISTED)
      .map(({ rule, error }) => ({ rule, why: withoutValues(error) })),
    unread_hosts: watched.unread,
    warnings: warnings.length,
    warned: warnings.slice(0, MOST_LISTED).map(shortened),
    another_was_quicker: watched.left,
    ...details,
  }
}

function levelOf({ failed, warnings, waiting }: Watched, lost: number): LogLine['level'] {
  if (failed.length > 0 || lost > 0) return 'error'
  return warnings.length > 0 || waiting > 0 ? 'warn' : 'info'
}

/**
 * Why a rule failed. Of what DuckDB says when it meets a value only the kind is told, for it quotes
 * the value, and that may be somebody's name.
 */
export function withoutValues(error: string): string {
  return shortened(
    error.replace(/^(Cannot run the query: (?!Parser|Binder|Catalog)[\w ]+ Error):.*$/s, '$1'),
  )
}

function shortened(reason: string): string {
  const line = reason.replaceAll(/\s+/g, ' ').trim()
  return line.length <= LONGEST_REASON ? line : `${line.slice(0, LONGEST_REASON - 1)}…`
}
