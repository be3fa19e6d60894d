/**
 * Evaluating: every rule is asked of the same files, together with which hosts cannot be read.
 */

import type { AlertRecord } from '../domain/alert.ts'
import { type Evaluation, isGone, subjectsOf } from '../domain/alert-life.ts'
import type {
  BatchAnswer,
  BatchQuestion,
  BatchRows,
  Cell,
  Clock,
  Queries,
} from '../domain/edges.ts'
import { columnOf, type Findings, findingsOf, textOf } from '../domain/finding.ts'
import { MOST_FINDINGS, type Rule, valuesOf } from '../domain/rule.ts'
import type { Silence } from '../domain/silence.ts'
import { formatTime } from '../domain/time.ts'
import type { Digest } from '../domain/watch-edges.ts'

export interface EvaluateOptions {
  /** The latest time at which somebody watched; null where nobody did. */
  latestAt: string | null
  /** How far apart scheduled runs are. */
  intervalMs: number
  /** What is not to be counted. */
  exceptions: readonly Silence[]
  signal?: AbortSignal | undefined
}

export interface Evaluated extends Evaluation {
  /** How many hosts cannot be read that should be. */
  unreadHosts: number
  /** What could not be read for it, one line each. */
  warnings: readonly string[]
  /** Rules that could not be asked, and why. */
  failed: { rule: string; error: string }[]
}

const LOST_WHY = 'it was not listed for a day, and nothing proves that it is gone'

// As many hosts as an estate has, and more.
const MOST_HOSTS = 1_000_000

/**
 * Hosts whose latest answer is missing or old: what it said before is proven no more. Of one that lists
 * no sessions any more (`skipped_unsupported`) it is not known that they ended.
 */
const UNREAD = `
  SELECT host_id, host_name, outcome, strptime(left(run_id, 16), '%Y%m%dT%H%M%SZ') AT TIME ZONE 'UTC' AS run_at
  FROM latest_polls
  WHERE outcome <> 'ok'
    OR strptime(left(run_id, 16), '%Y%m%dT%H%M%SZ') AT TIME ZONE 'UTC' < $now - 3 * $interval`

/**
 * Of hosts and subscriptions that alerts are about, those that nobody lists any more although nothing
 * proves that they are gone: in a day of runs no list of their subscription came.
 */
const LOST = `
  WITH listed AS (
    SELECT subscription_id FROM recent_subscription_polls WHERE outcome = 'ok'
  )
  SELECT id FROM (SELECT unnest($subscriptions) AS id) WHERE id NOT IN (FROM listed)
  UNION
  SELECT host_id FROM (SELECT unnest($hosts) AS host_id)
  WHERE host_id NOT IN (SELECT host_id FROM latest_polls)
    AND split_part(host_id, '/', 3) NOT IN (FROM listed)`

/** Of hosts that alerts rest on, those that are still there. */
const LISTED = 'SELECT host_id FROM latest_polls WHERE list_contains($hosts, host_id)'

/** How sessions ended. A session of which that is not certain is not among them. */
const ENDS = `
  SELECT host_id, session_id, first_seen_at, ended_after, ended_before, duration_mins_min,
    duration_mins_max, end_cause
  FROM sessions
  WHERE state = 'ended' AND last_seen_at >= $since AND list_contains($sessions, session_id)`
const END_COLUMNS = [
  'ended_after',
  'ended_before',
  'duration_mins_min',
  'duration_mins_max',
  'end_cause',
]

/**
 * Asks every rule that is on. A rule that fails does not stop the others.
 *
 * @param live Alerts that are not resolved.
 * @throws {LedgerError} `empty`, `damaged`, `storage`; `signal.reason` when aborted.
 */
export async function evaluate(
  { queries, clock, digest }: { queries: Queries; clock: Clock; digest: Digest },
  rules: readonly Rule[],
  live: Iterable<AlertRecord>,
  { intervalMs, latestAt, exceptions, signal }: EvaluateOptions,
): Promise<Evaluated> {
  // To the second, as it is recorded.
  const at = new Date(formatTime(clock.now()))
  const enabled = rules.filter((rule) => rule.enabled)
  const values = { now: at, interval: { ms: intervalMs } }
  const alerts = [...live]
  const about = alerts.map(subjectsOf)
  const subjects = {
    hosts: [...new Set(about.flatMap((one) => one.hosts))],
    subscriptions: [...new Set(about.flatMap((one) => one.subscriptions))],
  }
  const { answers, warnings: damage } = await queries.batch(
    [
      { sql: UNREAD, parameters: values, mostRows: MOST_HOSTS },
      { sql: LOST, parameters: subjects, mostRows: MOST_HOSTS },
      ...enabled.map((rule) => ({
        sql: rule.sql,
        parameters: valuesOf(rule, { now: at, intervalMs }),
        mostRows: MOST_FINDINGS,
      })),
    ],
    { now: at, ...(signal ? { signal } : {}) },
  )
  const [unread, lost, ...found] = answers
  const behind =
    latestAt !== null && at < new Date(latestAt)
      ? `this clock says ${formatTime(at)}, and the last record is of ${latestAt}`
      : null
  const findings = new Map(
    enabled.map((rule, index) => [rule.name, read(rule, found[index], exceptions, { at, digest })]),
  )
  const so = {
    at,
    rules,
    findings,
    exceptions,
    unread: new Map(rowsOf(unread).map((row) => [textOf(row['host_id']), whyUnread(row, at)])),
    lost: new Map(rowsOf(lost).map((row) => [textOf(row['id']), LOST_WHY])),
    doubt: behind ?? (damage.length === 0 ? null : `stored files cannot be read: ${damage[0]}`),
  }
  const gone = alerts.filter((alert) => isGone(alert, so))
  return {
    ...so,
    ...(await endsOf(queries, gone, signal)),
    unreadHosts: rowsOf(unread).filter((row) => row['outcome'] !== 'skipped_unsupported').length,
    warnings: [...(behind === null ? [] : [`Nothing is taken for over: ${behind}`]), ...damage],
    failed: [...findings].flatMap(([rule, one]) =>
      'error' in one ? [{ rule, error: one.error }] : [],
    ),
  }
}

function read(
  rule: Rule,
  answer: BatchAnswer['answers'][number] | undefined,
  exceptions: readonly Silence[],
  context: { at: Date; digest: Digest },
): Findings | { error: string } {
  if (!answer)
    throw new RangeError(`Cannot read the findings of "${rule.name}": there is no answer`)
  if ('error' in answer) return { error: answer.error.message }
  const columns = new Set(answer.columns)
  // Without them every row would be the same alert, or rest on nothing.
  const missing = [...rule.labels, ...(rule.host === null ? [] : [rule.host])].find(
    (name) => !columns.has(name),
  )
  if (missing !== undefined)
    return { error: `Cannot read its answer: there is no column "${missing}"` }
  return findingsOf(rule, answer.rows, exceptions, context)
}

function rowsOf(answer: BatchAnswer['answers'][number] | undefined): BatchRows['rows'] {
  if (!answer) throw new RangeError('Cannot read an answer: there is none')
  if ('error' in answer) throw answer.error
  return answer.rows
}

function whyUnread(row: Readonly<Record<string, Cell>>, at: Date): string {
  const name = textOf(row['host_name'])
  const outcome = textOf(row['outcome'])
  if (outcome === 'skipped_unsupported') return `${name} lists no sessions any more`
  if (outcome !== 'ok') {
    return `${name} could not be read: ${outcome}`
  }
  const runAt = new Date(textOf(row['run_at']))
  const minutes = Math.floor((at.getTime() - runAt.getTime()) / 60_000)
  return `${name} was not asked for ${minutes} minutes`
}

type Ends = Pick<Evaluation, 'endOf' | 'isHostGone'>

/** What is known of those that are found no more. */
async function endsOf(
  queries: Queries,
  gone: readonly AlertRecord[],
  signal: AbortSignal | undefined,
): Promise<Ends> {
  const hosts = [...new Set(gone.flatMap((alert) => alert.hosts))]
  if (hosts.length === 0) return { endOf: () => null, isHostGone: () => false }
  const sessions = gone.filter((alert) => sessionKey(alert) !== null)
  const questions: BatchQuestion[] = [
    { sql: LISTED, parameters: { hosts }, mostRows: MOST_HOSTS },
    ...(sessions.length === 0 ? [] : [endsQuestion(sessions)]),
  ]
  const { answers } = await queries.batch(questions, signal ? { signal } : {})
  const [listed, ends] = answers
  const there = new Set(rowsOf(listed).map((row) => row['host_id']))
  const byKey = new Map(
    (ends ? rowsOf(ends) : []).map((row) => [keyOf((name) => row[name] ?? null), row]),
  )
  return {
    isHostGone: (alert) => alert.hosts.some((host) => !there.has(host)),
    endOf(alert) {
      const row = byKey.get(sessionKey(alert))
      if (!row) return null
      return Object.fromEntries(END_COLUMNS.map((name) => [name, row[name] ?? null]))
    },
  }
}

function endsQuestion(alerts: readonly AlertRecord[]): BatchQuestion {
  const firstMs = Math.min(...alerts.map(({ pending_at: at }) => Date.parse(at)))
  return {
    sql: ENDS,
    parameters: {
      // It was seen when its alert began, by a poll that may be some runs old.
      since: new Date(firstMs - 86_400_000),
      sessions: alerts.map((alert) => textOf(columnOf(alert, 'session_id'))),
    },
    mostRows: MOST_HOSTS,
  }
}

/** Which session an alert is about; null where it is about none, or none in particular. */
function sessionKey(alert: AlertRecord): string | null {
  return keyOf((name) => columnOf(alert, name))
}

function keyOf(column: (name: string) => Cell): string | null {
  const key = ['host_id', 'session_id', 'first_seen_at'].map(column)
  return key.includes(null) ? null : JSON.stringify(key)
}
