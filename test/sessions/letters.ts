/**
 * A host's polls as a line of text, and its sessions as lines: so that each clause of the definition
 * can be read at a glance.
 *
 * One word a poll. Letters are sessions: `ab` is an answer with two of them. `.` is an empty
 * answer, `x` a poll that failed, `s` one that was skipped, and `-` none: the host is not in scope.
 */

import type { SessionRow } from '../../src/domain/session-columns.ts'
import type { Poll } from '../../src/domain/poll.ts'
import { slotRunId } from '../../src/domain/run.ts'
import type { Session } from '../../src/domain/session.ts'
import { failedPoll, host, okPoll, session } from '../warehouse/temp-warehouse.ts'
import type { WeekRun } from './weeks.ts'

/** When the runs began; every host was asked a minute later, and answered in two seconds. */
export const RUN_TIMES = [
  '2026-11-22T22:00:00Z',
  '2026-11-22T22:30:00Z',
  '2026-11-22T23:00:00Z',
  '2026-11-22T23:30:00Z',
  // Asked a second before midnight, answered one after it.
  '2026-11-22T23:58:59Z',
  '2026-11-23T00:30:00Z',
  '2026-11-23T01:00:00Z',
  '2026-11-23T01:30:00Z',
]
const RUN_IDS = RUN_TIMES.map((time) => slotRunId(new Date(time)))
export const requestedAt = (run: number) => new Date(Date.parse(RUN_TIMES[run - 1] ?? '') + 60_000)
export const observedAt = (run: number) => new Date(requestedAt(run).getTime() + 2000)

const started = (time: string) => ({
  startedAt: new Date(time),
  startTimeRaw: time,
})
const PLAIN = started('2026-11-22T20:00:00Z')
const VARIANTS: Record<string, Partial<Session>> = {
  A: { sessionId: 'a', ...started('2026-11-22T21:30:00Z') },
  n: { startedAt: null, startTimeRaw: null },
  N: { sessionId: 'n', startedAt: null, startTimeRaw: 'soon' },
  // Between the first poll and the second.
  l: started('2026-11-22T22:10:00Z'),
  u: { userName: null },
  v: { sessionId: 'u', userName: 'ada' },
  w: { sessionId: 'u', userName: 'bob' },
}

/** The runs of hosts that answered as these lines say; the first host is called `case-0`. */
export function runsOf(lines: readonly string[]): WeekRun[] {
  return RUN_TIMES.map((slot, run) => ({
    runId: RUN_IDS[run] ?? '',
    slot,
    polls: lines.flatMap((line, position) => pollOf(position, line.split(' ')[run] ?? '-', run)),
    overrides: {},
  }))
}

/** The id of the host that a line became. */
export function hostIdOf(position: number): string {
  return host(`case-${position}`).hostId
}

function pollOf(position: number, word: string, run: number): Poll[] {
  const of = host(`case-${position}`)
  const at = requestedAt(run + 1).toISOString()
  const times = { observedAt: observedAt(run + 1), latencyMs: 2000 }
  if (word === '-') return []
  if (word === 'x') return [{ ...failedPoll(of, at), ...times }]
  if (word === 's') {
    return [{ ...failedPoll(of, at, 'skipped_deadline'), requestedAt: null, observedAt: null }]
  }
  const letters = word === '.' ? [] : word.split('')
  return [{ ...okPoll(of, at, letters.map(sessionOf)), ...times }]
}

function sessionOf(letter: string): Session {
  return session(letter, { ...PLAIN, ...VARIANTS[letter] })
}

/**
 * A session as a line: `a 1-8 missed 1 active`, or `a 1-2 ended 2..3`, which is after the second
 * poll was sent and before the third was answered.
 */
export function lineOf(row: SessionRow): string {
  const letter = row.started_at === VARIANTS['A']?.startedAt?.toISOString() ? 'A' : row.session_id
  const bounds = [
    RUN_IDS.findIndex((_, run) => row.ended_after === requestedAt(run + 1).toISOString()) + 1,
    RUN_IDS.findIndex((_, run) => row.ended_before === observedAt(run + 1).toISOString()) + 1,
  ]
  const words = [
    letter,
    `${RUN_IDS.indexOf(row.first_run_id) + 1}-${RUN_IDS.indexOf(row.last_run_id) + 1}`,
    row.missed_polls > 0 && `missed ${row.missed_polls}`,
    row.state,
    (row.ended_after ?? row.ended_before) !== null && bounds.join('..'),
    row.end_cause,
  ]
  return words.filter(Boolean).join(' ')
}
