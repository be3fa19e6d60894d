/** Each clause of what a session is, by hand: for the reference, and for SQL over real files. */

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

import type { SessionRow } from '../../src/domain/session-columns.ts'
import { hostIdOf, lineOf, observedAt, requestedAt, runsOf } from './letters.ts'
import { waysToRead } from './ways.ts'

vi.setConfig({ testTimeout: 30_000, hookTimeout: 60_000 })

/** What it shows; what the host answered (see letters.ts); the sessions that it makes. */
const CASES: readonly [what: string, answers: string, sessions: string[]][] = [
  ['goes on', 'a a a a a a a a', ['a 1-8 active']],
  ['misses one poll', 'a a . a a a a a', ['a 1-8 missed 1 active']],
  ['misses one poll after another', 'a . a . a . a a', ['a 1-8 missed 3 active']],
  ['ends where two polls lack it', 'a a . . . . . .', ['a 1-2 ended 2..3']],
  ['is another after two polls', 'a a . . a a a a', ['a 1-2 ended 2..3', 'a 5-8 active']],
  ['ends by two polls, not by one and a failed one', 'a . x a a a a a', ['a 1-8 missed 1 active']],
  [
    'ends by two polls around a failed one',
    'a . x . a a a a',
    ['a 1-1 ended 1..2', 'a 5-8 active'],
  ],
  [
    'ends by two polls around a missing one',
    'a . - . a a a a',
    ['a 1-1 ended 1..2', 'a 5-8 active'],
  ],
  ['never ends by failed, skipped or missing polls', 'a x s - x s - a', ['a 1-8 active']],
  ['misses a poll around midnight', 'a a a a . a a a', ['a 1-8 missed 1 active']],
  [
    'ends by polls before and after midnight',
    'a a a . . a a a',
    ['a 1-3 ended 3..4', 'a 6-8 active'],
  ],
  ['ends by polls after midnight', 'a a a a . . a a', ['a 1-4 ended 4..5', 'a 7-8 active']],
  [
    'ends after midnight, absent since before',
    'a a a . x . a a',
    ['a 1-3 ended 3..4', 'a 7-8 active'],
  ],
  ['begins in a run that goes past midnight', '. . . . a a a a', ['a 5-8 active']],
  ['is seen once, in a run that goes past midnight', '. . . . a . . .', ['a 5-5 ended 5..6']],
  ['is there before anything else', 'a . . . . . . .', ['a 1-1 ended 1..2']],
  ['is there last', '. . . . . . . a', ['a 8-8 active']],

  ['is ending after one absence', 'a a a a a a a .', ['a 1-7 ending']],
  ['is ending after one absence, failures before it', 'a a a a a x s .', ['a 1-5 ending']],
  ['is unknown where the latest poll failed', 'a a a a a a a x', ['a 1-7 unknown']],
  ['is unknown where the latest poll was skipped', 'a a a a a a a s', ['a 1-7 unknown']],
  ['is unknown after an absence and a failure', 'a a a a a a . x', ['a 1-6 unknown']],
  ['stays ended, whatever comes', 'a . . x x x x x', ['a 1-1 ended 1..2']],
  ['is unknown where the host vanished', 'a a a a a a - -', ['a 1-6 unknown']],
  ['is unknown where the host vanished before midnight', 'a a a - - - - -', ['a 1-3 unknown']],
  ['is unknown where the host vanished after an absence', 'a a a . - - - -', ['a 1-3 unknown']],
  ['stays ended where the host vanished', 'a . . - - - - -', ['a 1-1 ended 1..2']],
  ['goes on where the host came back', 'a a - - - - a a', ['a 1-8 active']],
  ['ends where the host came back without it', 'a a - - - - . .', ['a 1-2 ended 2..7']],

  [
    'ends by the host where two of three go at once',
    'abc abc c c c c c c',
    ['a 1-2 ended 2..3 host_event', 'b 1-2 ended 2..3 host_event', 'c 1-8 active'],
  ],
  [
    'ends by the host around midnight',
    'abc abc abc abc . . . .',
    ['a 1-4 ended 4..5 host_event', 'b 1-4 ended 4..5 host_event', 'c 1-4 ended 4..5 host_event'],
  ],
  [
    'ends by the host where a third one only misses a poll',
    'abc abc . c c c c c',
    ['a 1-2 ended 2..3 host_event', 'b 1-2 ended 2..3 host_event', 'c 1-8 missed 1 active'],
  ],
  ['does not end by the host where it is alone', 'a a . . . . . .', ['a 1-2 ended 2..3']],
  [
    'does not end by the host where half go',
    'ab ab b b b b b b',
    ['a 1-2 ended 2..3', 'b 1-8 active'],
  ],
  [
    'does not end by the host where two of four go',
    'abcd abcd cd cd cd cd cd cd',
    ['a 1-2 ended 2..3', 'b 1-2 ended 2..3', 'c 1-8 active', 'd 1-8 active'],
  ],
  [
    'does not end by the host where they go one by one',
    'ab ab b . . . . .',
    ['a 1-2 ended 2..3', 'b 1-3 ended 3..4'],
  ],
  [
    'does not end by the host while that is not proven',
    'ab ab ab ab ab ab . x',
    ['a 1-6 unknown', 'b 1-6 unknown'],
  ],

  ['is another with another start', 'a a A A A A A A', ['A 3-8 active', 'a 1-2 ended 2..3']],
  [
    'is two that miss polls where the start alternates',
    'a A a A a A a a',
    ['A 2-6 missed 2 ended 6..7', 'a 1-8 missed 3 active'],
  ],
  ['needs no start', 'n n . n n n n n', ['n 1-8 missed 1 active']],
  ['needs no start to be another', 'n n . . n n n n', ['n 1-2 ended 2..3', 'n 5-8 active']],
  ['is the same whatever is no start', 'n N n N N n N N', ['n 1-8 active']],
]

/** What it shows; what the host answered; columns of its first session. */
const VALUES: readonly [what: string, answers: string, columns: Partial<SessionRow>][] = [
  ['takes the first user that is known', 'u v w w w w w w', { user_name: 'ada', snapshots: 8 }],
  ['keeps the first user', 'w v v u v v v v', { user_name: 'bob', snapshots: 8 }],
  ['has no user where none was told', 'u u u u u u u u', { user_name: null }],
  ['takes no user from after its end', 'u u . . v v v v', { user_name: null, snapshots: 2 }],
  ['takes a user from after midnight', 'u u u u u v v v', { user_name: 'ada' }],
  ['keeps what Azure first wrote as start', 'n N N N N N N N', { start_time_raw: 'soon' }],
  [
    'has its times from its first and last snapshot',
    '. a a . a . . .',
    {
      first_seen_at: observedAt(2).toISOString(),
      last_seen_at: observedAt(5).toISOString(),
      ended_after: requestedAt(5).toISOString(),
      ended_before: observedAt(6).toISOString(),
      snapshots: 3,
      missed_polls: 1,
    },
  ],
  // From 20:00:00 to 22:31:00, and to 23:01:02.
  ['counts from its start', 'a a . . . . . .', { duration_mins_min: 151, duration_mins_max: 182 }],
  [
    'counts on while it is not over',
    'a a x x x x x x',
    { duration_mins_min: 151, duration_mins_max: null },
  ],
  // From 22:01:02 to 22:31:00, and to 23:01:02.
  [
    'counts from its first snapshot without a start',
    'n n . . . . . .',
    { duration_mins_min: 29, duration_mins_max: 60 },
  ],
  [
    'counts from its first snapshot where the start is later',
    'l l . . . . . .',
    { duration_mins_min: 29, duration_mins_max: 60 },
  ],
  [
    'lasted no less than nothing',
    'n . . . . . . .',
    { duration_mins_min: 0, duration_mins_max: 30 },
  ],
  ['counts over midnight', '. . . n n n . .', { duration_mins_min: 59, duration_mins_max: 90 }],
]

// The first host stays, so that the others can be missed.
const ways = waysToRead(
  runsOf(['. . . . . . . .', ...[...CASES, ...VALUES].map(([, answers]) => answers)]),
  '2026-11-22',
)
beforeAll(() => ways.begin())
afterAll(() => ways[Symbol.asyncDispose]())

describe.each(ways.list)('a session, by %s', (_, read) => {
  let rows: SessionRow[]
  beforeAll(async () => {
    rows = await read()
  })
  const rowsOf = (position: number) => rows.filter((row) => row.host_id === hostIdOf(position + 1))

  it.each(CASES.map((one, position) => [...one, position] as const))(
    '%s: %s',
    (_what, _answers, due, position) => {
      expect(rowsOf(position).map(lineOf).toSorted()).toEqual(due.toSorted())
    },
  )

  it.each(VALUES.map((one, position) => [...one, position] as const))(
    '%s: %s',
    (_what, _answers, due, position) => {
      const [first] = rowsOf(CASES.length + position).toSorted((one, other) =>
        one.first_seen_at < other.first_seen_at ? -1 : 1,
      )
      expect(first).toMatchObject(due)
    },
  )
})
