/**
 * The log's line of one invocation: JSON, so that a query in Log Analytics can take it apart.
 */

import { POLL_OUTCOMES } from '../domain/poll.ts'
import { hostTotals, type RunRecord } from '../domain/run.ts'

export interface LogLine {
  /**
   * `run`: hosts were asked and recorded · `planned`: the hosts are left to shards · `recorded`: the
   * slot or the shard was recorded before · `given_up`: a shard that failed too often · `maintained`:
   * closed days were compacted · `watched`: the rules were asked, or there was nothing to ask ·
   * `error`.
   */
  event: 'run' | 'planned' | 'recorded' | 'given_up' | 'maintained' | 'watched' | 'error'
  level: 'info' | 'warn' | 'error'
  /** The function's name. */
  function: string
  [detail: string]: unknown
}

const LEVELS = { ok: 'info', partial: 'warn', failed: 'error' } as const

/** The line of a run or a shard that was recorded. */
export function runLine(
  functionName: string,
  event: 'run' | 'planned' | 'given_up',
  run: RunRecord,
  details: Record<string, unknown>,
): LogLine {
  const { subscriptions, counts } = run
  return {
    event,
    level: event === 'given_up' ? 'error' : LEVELS[run.outcome],
    function: functionName,
    run_id: run.run_id,
    trigger: run.trigger,
    outcome: run.outcome,
    code: run.error_code,
    message: run.error_message,
    subscriptions: {
      expected: subscriptions.length,
      ok: subscriptions.filter(({ outcome }) => outcome === 'ok').length,
    },
    hosts: { ...hostTotals(counts), by_outcome: counts },
    sessions: run.sessions,
    duration_ms: Date.parse(run.finished_at) - Date.parse(run.started_at),
    ...details,
  }
}

/** Why a run that is recorded is a failure; null where it is none. */
export function failureOf(run: RunRecord): string | null {
  if (run.outcome !== 'failed') return null
  const { expected } = hostTotals(run.counts)
  const why = POLL_OUTCOMES.flatMap((outcome) =>
    run.counts[outcome] ? [`${run.counts[outcome]} ${outcome}`] : [],
  )
  const unlisted = run.subscriptions.find(({ outcome }) => outcome !== 'ok')
  const listing = unlisted && `a subscription could not be listed: ${unlisted.error_message}`
  const cause =
    run.error_message ??
    (expected > 0 ? `none of ${expected} hosts answered (${why.join(', ')})` : listing)
  return `Run "${run.run_id}" failed: ${cause ?? 'nothing could be read'}`
}
