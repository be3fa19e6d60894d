/**
 * A run in words, for the person who started it.
 */

import { isFailure, POLL_OUTCOMES, type Poll, type PollOutcome } from '../../domain/poll.ts'
import { hostTotals, type RunRecord } from '../../domain/run.ts'
import { formatBytes, formatDuration } from '../../domain/units.ts'
import { counted, outcomeStyle } from '../output/human.ts'
import { visible } from '../output/visible.ts'
import { truncate } from '../output/width.ts'
import { type Output, styled } from '../terminal.ts'

// More subscriptions than these are a wall of text; the ledger has them all.
const MOST_SUBSCRIPTIONS = 5

/**
 * Several lines: how many hosts answered, what the others said, and where it is stored.
 *
 * @param examples A poll of each outcome but `ok`, to name a host and a reason.
 * @param warehouse As the person named it.
 */
export function runSummary(
  run: RunRecord,
  stderr: Output,
  { examples, warehouse }: { examples: ReadonlyMap<PollOutcome, Poll>; warehouse: string },
): string {
  const parts = [
    hostLines(run, examples, stderr),
    subscriptionLines(run, stderr),
    fileLines(run, warehouse),
  ]
  const separated = parts.filter((lines) => lines.length > 0).flatMap((lines) => ['', ...lines])
  return [headline(run, stderr), ...separated].join('\n')
}

/** One line, for the person who watches many runs. */
export function runLine(run: RunRecord, stderr: Output): string {
  const { expected, ok } = hostTotals(run.counts)
  const troubles = POLL_OUTCOMES.filter((outcome) => outcome !== 'ok' && run.counts[outcome])
  const unlisted = run.subscriptions.filter(({ outcome }) => outcome !== 'ok').length
  return [
    run.run_id,
    styledOutcome(stderr, run.outcome, 7),
    `${ok} of ${counted(expected, 'host')}`,
    ...troubles.map((outcome) => `${run.counts[outcome]} ${outcome}`),
    ...(unlisted > 0 ? [`${counted(unlisted, 'subscription')} not listed`] : []),
    counted(run.sessions, 'session'),
    formatDuration(elapsedMs(run)),
    ...(run.error_message === null ? [] : [visible(run.error_message)]),
  ].join('  ')
}

/** The command that shows more of what the run found. */
export function nextCommand(run: RunRecord): string {
  if (POLL_OUTCOMES.some((outcome) => isFailure(outcome) && run.counts[outcome])) {
    return `query "FROM polls WHERE run_id = '${run.run_id}' AND outcome <> 'ok'"`
  }
  if (run.sessions === 0) return 'hosts'
  return 'query "SELECT user_name, target_host_name, duration_mins FROM active_sessions"'
}

function headline(run: RunRecord, stderr: Output): string {
  const { expected, ok } = hostTotals(run.counts)
  const became = { ok: 'is complete', partial: 'is partial', failed: 'has failed' }[run.outcome]
  const name = styled(stderr, outcomeStyle(run.outcome), `Run ${run.run_id} ${became}:`)
  if (run.error_message !== null) return `${name} ${visible(run.error_message)}`
  const answered = `${ok} of ${counted(expected, 'host')} answered`
  return `${name} ${answered}, ${counted(run.sessions, 'session')}, ${formatDuration(elapsedMs(run))}`
}

function hostLines(
  run: RunRecord,
  examples: ReadonlyMap<PollOutcome, Poll>,
  stderr: Output,
): string[] {
  const outcomes = POLL_OUTCOMES.filter((outcome) => run.counts[outcome])
  if (outcomes.every((outcome) => outcome === 'ok')) return []
  const digits = widest(outcomes.map((outcome) => String(run.counts[outcome])))
  const width = widest(outcomes)
  return outcomes.map((outcome) => {
    const count = run.counts[outcome] ?? 0
    const poll = examples.get(outcome)
    const left = `  ${String(count).padStart(digits)} ${styledOutcome(stderr, outcome, width)}`
    return poll
      ? `${left}  ${fitted(why(poll, count), stderr, digits + width + 5)}`
      : left.trimEnd()
  })
}

function why({ host, errorCode, errorMessage, httpStatus }: Poll, count: number): string {
  const name = visible(host.name) + (count > 1 ? ` and ${count - 1} more` : '')
  const status = httpStatus === null ? '' : `HTTP ${httpStatus}`
  return joined(': ', [name, reason(errorCode, errorMessage) || status])
}

function subscriptionLines(run: RunRecord, stderr: Output): string[] {
  const unlisted = run.subscriptions.filter(({ outcome }) => outcome !== 'ok')
  if (unlisted.length === 0) return []
  const shown = unlisted.slice(0, MOST_SUBSCRIPTIONS)
  const width = widest(shown.map(({ outcome }) => outcome))
  const of = `${unlisted.length} of ${counted(run.subscriptions.length, 'subscription')}`
  return [
    `${of} could not be listed, so new hosts there are unknown:`,
    ...shown.map(({ outcome, name, error_code, error_message }) => {
      const text = joined(': ', [visible(name), reason(error_code, error_message)])
      return `  ${styledOutcome(stderr, outcome, width)}  ${fitted(text, stderr, width + 4)}`
    }),
    ...(unlisted.length > shown.length ? [`  and ${unlisted.length - shown.length} more`] : []),
  ]
}

function fileLines({ files, counts }: RunRecord, warehouse: string): string[] {
  if (hostTotals(counts).expected === 0) return []
  const rows = files.map((file) => counted(file.rows, 'row'))
  const bytes = files.map((file) => formatBytes(file.bytes))
  const [rowsWidth, bytesWidth] = [rows, bytes].map((texts) => widest(texts))
  return [
    `Stored in ${visible(warehouse)}:`,
    ...files.map(({ path }, i) =>
      ['', rows[i]?.padStart(rowsWidth ?? 0), bytes[i]?.padStart(bytesWidth ?? 0), path].join('  '),
    ),
  ]
}

function widest(texts: readonly string[]): number {
  return Math.max(...texts.map((text) => text.length))
}

function styledOutcome(stderr: Output, outcome: string, width: number): string {
  return styled(stderr, outcomeStyle(outcome), outcome) + ' '.repeat(width - outcome.length)
}

function reason(code: string | null, message: string | null): string {
  return visible(joined(': ', [code, message]))
}

function joined(separator: string, parts: readonly (string | null)[]): string {
  return parts.filter(Boolean).join(separator)
}

/** What fits of a text that begins after so many cells. */
function fitted(text: string, { columns }: Output, after: number): string {
  return columns === null ? text : truncate(text, columns - after)
}

function elapsedMs({ started_at, finished_at }: RunRecord): number {
  return Date.parse(finished_at) - Date.parse(started_at)
}
