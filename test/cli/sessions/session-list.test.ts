import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import {
  doubtQuestion,
  type ListedSessions,
  listQuestion,
} from '../../../src/cli/sessions/session-list.ts'
import { type Given, type LedgerTables, openLedgerTables } from './ledger-tables.ts'

const NOW = new Date('2026-11-23T12:00:00Z')

let tables: LedgerTables
beforeAll(async () => {
  tables = await openLedgerTables()
  await tables.hold({
    sessions: SESSIONS,
    hosts: [
      host('a', { subscription_id: 'sub-1', subscription_name: 'Payments Production' }),
      host('b', { subscription_id: 'sub-2', subscription_name: 'Lab', last_outcome: 'denied' }),
      host('c', { last_outcome: 'skipped_unsupported' }),
      host('gone', { last_outcome: 'not_found', listed: false }),
    ],
    latest_polls: [
      { host_id: '/hosts/a', outcome: 'ok' },
      { host_id: '/hosts/b', outcome: 'denied' },
      { host_id: '/hosts/c', outcome: 'skipped_unsupported' },
    ],
  })
})
afterAll(() => tables[Symbol.dispose]())

const on = (time: string) => `2026-11-23T${time}Z`

function host(name: string, more: Given = {}): Given {
  return { host_id: `/hosts/${name}`, host_name: name, listed: true, last_outcome: 'ok', ...more }
}

function session(id: string, more: Given): Given {
  const seen = { host_id: '/hosts/a', host_name: 'a', subscription_id: 'sub-1' }
  return { ...seen, session_id: id, user_name: `${id}@contoso.example`, ...more }
}

const SESSIONS = [
  session('ended', {
    state: 'ended',
    started_at: on('08:00:00'),
    first_seen_at: on('08:05:01'),
    last_seen_at: on('09:00:01'),
    ended_after: on('09:00:00'),
    ended_before: on('09:05:01'),
    duration_mins_min: 60,
    duration_mins_max: 66,
  }),
  session('active', {
    state: 'active',
    started_at: on('11:00:00'),
    first_seen_at: on('11:05:01'),
    last_seen_at: on('11:58:01'),
    duration_mins_min: 58,
  }),
  session('stale', {
    state: 'active',
    host_id: '/hosts/b',
    host_name: 'b',
    subscription_id: 'sub-2',
    started_at: on('10:30:00'),
    first_seen_at: on('10:05:01'),
    last_seen_at: on('10:45:01'),
    duration_mins_min: 39,
  }),
  session('ending', {
    state: 'ending',
    started_at: null,
    first_seen_at: on('10:00:01'),
    last_seen_at: on('11:50:01'),
    duration_mins_min: 110,
  }),
  session('unknown', {
    state: 'unknown',
    target_host_name: null,
    target_resource_id: '/subscriptions/s/virtualmachines/vm-9',
    started_at: on('06:00:00'),
    first_seen_at: on('07:00:01'),
    last_seen_at: on('07:30:01'),
    duration_mins_min: 90,
  }),
]

async function listed(wanted: Partial<ListedSessions>): Promise<(string | null)[]> {
  const rows = await tables.ask(listQuestion({ ...NOTHING, ...wanted }, NOW))
  return rows.map(({ session_id: id = null }) => id)
}

async function doubt(wanted: Partial<ListedSessions>) {
  const [row] = await tables.ask(doubtQuestion({ ...NOTHING, active: true, ...wanted }, NOW))
  return row
}

const NOTHING: ListedSessions = {
  active: false,
  longerThanMs: null,
  from: undefined,
  to: undefined,
  limit: null,
}
const MINUTE = 60_000

describe('sessions', () => {
  it('lists all, by when they were first seen, the newest first', async () => {
    expect(await listed({})).toEqual(['active', 'stale', 'ending', 'ended', 'unknown'])
    expect(await listed({ limit: 2 })).toEqual(['active', 'stale'])
    expect(await listed({ active: true })).toEqual(['active', 'stale'])
  })

  it.each([
    // One that is on counts to now; where the ledger is old, a little beyond its last sight.
    [60, ['active', 'ending', 'ended', 'unknown']],
    [61, ['ending', 'unknown']],
    [56, ['active', 'ending', 'ended', 'unknown']],
    [55, ['active', 'stale', 'ending', 'ended', 'unknown']],
    [110, ['ending']],
    [111, []],
  ])('lists those of at least %i minutes: %j', async (minutes, expected) => {
    expect(await listed({ longerThanMs: minutes * MINUTE })).toEqual(expected)
  })

  it.each([
    [on('09:05:01'), null, ['active', 'stale', 'ending', 'ended']],
    [on('09:05:02'), null, ['active', 'stale', 'ending']],
    [on('11:58:02'), null, []],
    [null, on('06:00:00'), []],
    [null, on('06:00:01'), ['unknown']],
    [null, on('10:00:01'), ['ended', 'unknown']],
    [on('07:31:00'), on('08:30:00'), ['ended']],
    [on('09:30:00'), on('09:45:00'), []],
  ])('lists those on at some time from %s to %s: %j', async (from, to, expected) => {
    const period = {
      from: from === null ? undefined : new Date(from),
      to: to === null ? undefined : new Date(to),
    }
    expect(await listed(period)).toEqual(expected)
  })

  it('finds a target by the end of its id, and a subscription by its name', async () => {
    expect(await listed({ target: 'VM-9' })).toEqual(['unknown'])
    expect(await listed({ subscription: 'payments*' })).not.toContain('stale')
    expect(await listed({ subscription: 'lab' })).toEqual(['stale'])
    expect(await listed({ subscription: 'SUB-2' })).toEqual(['stale'])
    expect(await listed({ host: 'B' })).toEqual(['stale'])
    expect(await listed({ user: 'en*' })).toEqual(['ending', 'ended'])
  })

  it('tells with --active what may be on too', async () => {
    expect(await doubt({})).toEqual({ ending: '1', unknown: '1', hosts_unread: '1', hosts: '3' })
    expect(await doubt({ user: 'ending' })).toMatchObject({ ending: '1', unknown: '0' })
  })
})
