import { describe, expect, it, vi } from 'vitest'

import { referenceSessions } from './reference.ts'
import { problemsOf } from './truth.ts'
import { createWeeks } from './weeks.ts'

vi.setConfig({ testTimeout: 30_000 })

describe('the reference', () => {
  it.each([
    { seed: 1, intervalMins: 30 },
    { seed: 2, intervalMins: 60 },
    { seed: 3, intervalMins: 60 },
    { seed: 4, intervalMins: 120 },
    { seed: 5, intervalMins: 240 },
  ])('finds the true sessions of seed $seed, asked every $intervalMins minutes', (options) => {
    const weeks = createWeeks(options)
    const rows = referenceSessions(weeks.runs, weeks.readLast)
    expect(problemsOf(rows, weeks)).toEqual([])
    expect(rows.length).toBeGreaterThan(150)
  })

  it('meets everything that can go wrong', () => {
    const weeks = createWeeks({ seed: 2 })
    const rows = referenceSessions(weeks.runs, weeks.readLast)
    const states = new Set(rows.map(({ state }) => state))
    const outcomes = new Set(weeks.runs.flatMap(({ polls }) => polls.map(({ outcome }) => outcome)))
    const days = new Set(weeks.runs.map(({ slot }) => slot.slice(0, 10)))
    const keys = rows.map((row) => JSON.stringify([row.host_id, row.session_id, row.started_at]))
    const ids = rows.map((row) => JSON.stringify([row.host_id, row.session_id]))
    expect([...states].toSorted()).toEqual(['active', 'ended', 'ending', 'unknown'])
    expect([...outcomes]).toEqual(expect.arrayContaining(['ok', 'timeout', 'skipped_deadline']))
    expect(days.size).toBe(13)
    expect(new Set(ids).size).toBeLessThan(new Set(keys).size)
    expect(new Set(keys).size).toBeLessThan(keys.length)
    const some = (is: (row: (typeof rows)[number]) => boolean) =>
      expect(rows.filter(is).length).toBeGreaterThan(3)
    some(({ missed_polls: missed }) => missed > 0)
    some(({ end_cause: cause }) => cause === 'host_event')
    some(({ user_name: user }) => user === null)
    some(({ started_at: start }) => start === null)
    some(({ started_at: start, first_seen_at: first }) => start !== null && start > first)
    some(({ first_run_id: run, first_seen_at: first }) => run.slice(6, 8) !== first.slice(8, 10))
  })
})
