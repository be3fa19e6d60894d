/**
 * What of some rows of `sessions` is not true; empty where they are as good as the polls allow.
 *
 * None invented, none lost; every true end within its bounds; durations, states and causes as they
 * must be. Works from the true sessions alone: nothing here groups snapshots.
 */

import type { SessionRow } from '../../src/domain/session-columns.ts'
import type { Asking } from './week-polls.ts'
import type { TrueSession } from './week-sessions.ts'
import type { Weeks } from './weeks.ts'

/** Where a true session and its row meet: its key, and when it was first seen. */
function nameOfRow(row: SessionRow): string {
  return JSON.stringify([row.host_id, row.session_id, row.started_at, row.first_run_id])
}
function nameOf({ hostId, sessionId, startedAt, seen }: TrueSession): string {
  return JSON.stringify([hostId, sessionId, startedAt, seen[0]?.runId])
}

/** Problems, one line each, and how many sessions there were of each kind. */
export function problemsOf(rows: readonly SessionRow[], weeks: Weeks): string[] {
  const due = new Map(weeks.sessions.map((session) => [nameOf(session), session]))
  const told = new Map(rows.map((row) => [nameOfRow(row), row]))
  const problems: string[] = []
  if (told.size < rows.length) problems.push(`${rows.length - told.size} rows are told twice`)
  if (due.size < weeks.sessions.length) problems.push('two true sessions have one name')
  for (const name of told.keys()) if (!due.has(name)) problems.push(`invented: ${name}`)
  for (const [name, session] of due) {
    const row = told.get(name)
    if (!row) problems.push(`lost: ${name}`)
    else problems.push(...liesOf(row, session, weeks).map((lie) => `${name}: ${lie}`))
  }
  return problems
}

function liesOf(row: SessionRow, session: TrueSession, weeks: Weeks): string[] {
  const askings = weeks.askings.get(session.hostId) ?? []
  const ok = askings.filter(({ outcome }) => outcome === 'ok')
  const { seen } = session
  const [first, last] = [
    ok.findIndex((one) => one === seen[0]),
    ok.findIndex((one) => one === seen.at(-1)),
  ]
  const absences = ok.length - 1 - last
  const unproven = weeks.readLast.has(session.hostId)
    ? absences === 1
      ? 'ending'
      : 'active'
    : 'unknown'
  const isOver = absences >= 2
  const due: Partial<SessionRow> = {
    state: isOver ? 'ended' : unproven,
    snapshots: seen.length,
    missed_polls: last - first + 1 - seen.length,
    first_seen_at: instant(seen[0]?.observedMs),
    last_seen_at: instant(seen.at(-1)?.observedMs),
    ended_after: isOver ? instant(ok[last]?.requestedMs) : null,
    ended_before: isOver ? instant(ok[last + 1]?.observedMs) : null,
    last_run_id: seen.at(-1)?.runId ?? '',
    user_name: session.userNames.slice(0, seen.length).find((name) => name !== null) ?? null,
    target_host_name: `vm-${session.target}`,
    start_time_raw: session.startTimeRaw,
    end_cause: isOver && isHostEvent(session, weeks, seen.at(-1)) ? 'host_event' : null,
  }
  const told: Record<string, unknown> = row
  const wrong = Object.entries(due).filter(([name, value]) => told[name] !== value)
  return [
    ...wrong.map(([name, value]) => `${name} is ${String(told[name])}, not ${value}`),
    ...endLiesOf(row, session),
  ]
}

function endLiesOf(
  row: SessionRow,
  { toMs, begunMs, isStartTrue, startedAt }: TrueSession,
): string[] {
  const { ended_after: after, ended_before: before, state } = row
  const lies: string[] = []
  if (state !== 'ended') {
    if (after !== null || before !== null) lies.push('has an end, and is not over')
  } else if (after === null || before === null) lies.push('is over, and has no end')
  else if (toMs < Date.parse(after) || toMs > Date.parse(before)) {
    lies.push(`ended at ${instant(toMs)}, not within ${after} and ${before}`)
  }
  // A start may be told to the second: so far the truth is not known better.
  const mins = (toMs - begunMs + (isStartTrue ? 1000 : 0)) / 60_000
  const startsLater = startedAt === null || startedAt.getTime() >= begunMs
  if ((isStartTrue || startsLater) && row.duration_mins_min > mins) {
    lies.push(`lasted ${mins} minutes, not at least ${row.duration_mins_min}`)
  }
  if (isStartTrue && row.duration_mins_max !== null && row.duration_mins_max < mins - 1 / 60) {
    lies.push(`lasted ${mins} minutes, not at most ${row.duration_mins_max}`)
  }
  return lies
}

/** Whether the host more likely than the people ended what this answer was the last to have. */
function isHostEvent(of: TrueSession, weeks: Weeks, last: Asking | undefined): boolean {
  const seen = weeks.sessions.filter(
    (one) => one.hostId === of.hostId && last && one.seen.includes(last),
  )
  const ended = seen.filter((one) => one.seen.at(-1) === last)
  return ended.length >= 2 && ended.length * 2 > seen.length
}

function instant(ms = NaN): string {
  return new Date(ms).toISOString()
}
