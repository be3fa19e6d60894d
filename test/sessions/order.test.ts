/** The order of a host's polls where runs overlap and clocks jump, by hand. */

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

import type { SessionRow } from '../../src/domain/session-columns.ts'
import type { Poll } from '../../src/domain/poll.ts'
import { slotRunId, suffixedRunId } from '../../src/domain/run.ts'
import { host, okPoll, session } from '../warehouse/temp-warehouse.ts'
import { waysToRead } from './ways.ts'
import type { WeekRun } from './weeks.ts'

vi.setConfig({ testTimeout: 30_000, hookTimeout: 60_000 })

/** An answer: whether it had the session, and when it was there (default ten seconds after its run). */
type Answer = [had: boolean, observedAt?: string]

interface Case {
  what: string
  /**
   * In the runs of 23:50:00, 23:50:05 (by hand), 00:50, 01:50, 02:50, and of 00:50 four days
   * later; as there on the day after that.
   */
  answers: Answer[]
  due: Partial<SessionRow>[]
}

const [HAD, LACKED]: [Answer, Answer] = [[true], [false]]
const CASES: readonly Case[] = [
  {
    what: 'counts in the order of answers, not of runs',
    answers: [[false, '2026-11-22T23:50:40Z'], HAD, HAD, HAD, HAD, HAD],
    due: [{ first_run_id: '20261122T235005Z-k3f9', missed_polls: 1, state: 'active' }],
  },
  {
    what: 'counts in the order of runs where two answers came at once',
    answers: [
      [true, '2026-11-22T23:50:40Z'],
      [false, '2026-11-22T23:50:40Z'],
      LACKED,
      HAD,
      HAD,
      HAD,
    ],
    due: [
      { snapshots: 1, state: 'ended', ended_before: '2026-11-22T23:50:40.000Z' },
      { snapshots: 4, state: 'active' },
    ],
  },
  {
    what: 'counts in the order of answers over midnight',
    answers: [[true, '2026-11-23T00:00:20Z'], [false, '2026-11-23T00:00:10Z'], HAD, HAD, HAD, HAD],
    due: [{ snapshots: 6, missed_polls: 0, state: 'active' }],
  },
  {
    what: 'keeps an answer of midnight sharp',
    answers: [HAD, [true, '2026-11-23T00:00:00Z'], LACKED, LACKED, HAD, HAD],
    due: [
      { snapshots: 2, last_seen_at: '2026-11-23T00:00:00.000Z', state: 'ended' },
      { snapshots: 3, state: 'active' },
    ],
  },
  {
    what: 'puts an answer from before its run at the time of the run',
    answers: [HAD, HAD, [false, '2026-11-22T20:00:00Z'], HAD, HAD, HAD],
    due: [{ snapshots: 6, missed_polls: 1, state: 'active' }],
  },
  {
    what: 'tells the times of an answer as they are, where a clock was set back',
    answers: [LACKED, LACKED, [true, '2026-11-22T20:00:00Z'], LACKED, LACKED, LACKED],
    due: [{ first_seen_at: '2026-11-22T20:00:00.000Z', last_run_id: '20261123T005000Z' }],
  },
  {
    what: 'puts an answer from days later three days after its run',
    answers: [HAD, HAD, [false, '2026-12-25T00:00:00Z'], HAD, HAD, HAD],
    due: [{ snapshots: 6, missed_polls: 1, state: 'active' }],
  },
]

const STARTS = [
  '22T23:50:00Z',
  '22T23:50:05Z',
  '23T00:50:00Z',
  '23T01:50:00Z',
  '23T02:50:00Z',
  '27T00:50:00Z',
  '28T00:50:00Z',
]

const ways = waysToRead(STARTS.map(runOf), '2026-11-22')
beforeAll(() => ways.begin())
afterAll(() => ways[Symbol.asyncDispose]())

function runOf(time: string, run: number): WeekRun {
  const slot = `2026-11-${time}`
  const isManual = run === 1
  const runId = isManual ? suffixedRunId(new Date(slot), 'k3f9') : slotRunId(new Date(slot))
  return {
    runId,
    slot,
    polls: CASES.map(({ answers }, position) =>
      pollOf(position, slot, answers[run] ?? answers.at(-1)),
    ),
    overrides: isManual ? { runId, trigger: 'manual', scheduledFor: null } : {},
  }
}

function pollOf(position: number, slot: string, answer: Answer | undefined): Poll {
  const observedAt = new Date(answer?.[1] ?? Date.parse(slot) + 10_000)
  const requestedAt = new Date(Math.min(Date.parse(slot) + 6000, observedAt.getTime()))
  const told = answer?.[0] ? [session('a', { startedAt: null, startTimeRaw: null })] : []
  return { ...okPoll(host(`case-${position}`), slot, told), requestedAt, observedAt }
}

describe.each(ways.list)('a session, by %s', (_, read) => {
  let rows: SessionRow[]
  beforeAll(async () => {
    rows = await read()
  })

  it.each(CASES.map((one, position) => ({ ...one, position })))('$what', ({ due, position }) => {
    const told = rows
      .filter((row) => row.host_name === `case-${position}`)
      .toSorted((one, other) => (one.last_seen_at < other.last_seen_at ? -1 : 1))
    expect(told).toHaveLength(due.length)
    expect(told).toMatchObject(due)
  })
})
