import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import {
  atCountsQuestion,
  atQuestion,
  type SessionsAt,
} from '../../../src/cli/sessions/session-at.ts'
import { type Given, type LedgerTables, openLedgerTables } from './ledger-tables.ts'

let tables: LedgerTables
beforeAll(async () => {
  tables = await openLedgerTables()
})
afterAll(() => tables[Symbol.dispose]())

const SUBSCRIPTION = '11111111-1111-1111-1111-111111111111'

/** A time of the day that these tests are about. */
const on = (time: string) => `2026-11-23T${time}Z`

/** A host that was read from 06:00 to 18:00, and is still listed. */
function host(name: string, more: Given = {}): Given {
  return {
    host_id: `/hosts/${name}`,
    host_name: name,
    subscription_id: SUBSCRIPTION,
    subscription_name: 'Hub',
    first_listed_at: on('06:00:00'),
    last_listed_at: on('18:00:00'),
    last_ok_at: on('18:00:01'),
    last_outcome: 'ok',
    listed: true,
    ...more,
  }
}

/** Answers of a host, each a second after it was asked. */
function answers(name: string, ...times: string[]): Given[] {
  return times.map((time) => ({
    host_id: `/hosts/${name}`,
    outcome: 'ok',
    requested_at: on(time),
    observed_at: on(time.replace(/\d$/, '1')),
  }))
}

function session(user: string, more: Given = {}): Given {
  return {
    host_id: '/hosts/a',
    host_name: 'a',
    subscription_id: SUBSCRIPTION,
    session_id: user,
    user_name: `${user}@contoso.example`,
    target_host_name: 'vm-1',
    target_ip_address: '10.0.0.4',
    target_resource_id: '/subscriptions/s/vm-1',
    started_at: on('08:58:00'),
    first_seen_at: on('09:00:01'),
    last_seen_at: on('09:30:01'),
    ended_after: on('09:30:00'),
    ended_before: on('09:35:01'),
    state: 'ended',
    ...more,
  }
}

const READ = {
  hosts: [host('a')],
  polls: answers('a', '06:00:00', '08:55:00', '09:00:00', '09:30:00', '09:35:00', '18:00:00'),
}

async function at(time: string, more: Partial<SessionsAt> = {}): Promise<string[]> {
  const wanted = { at: new Date(on(time)), limit: null, ...more }
  const rows = await tables.ask(atQuestion(wanted))
  const [counts] = await tables.ask(atCountsQuestion(wanted))
  for (const voice of ['certain', 'possible', 'cannot say']) {
    const expected = rows.filter(({ certainty }) => certainty === voice).length
    expect(Number(counts?.[voice.replace(' ', '_')])).toBe(expected)
  }
  return rows.map(({ certainty, session_id, host_name, why }) => {
    const reason = why === null ? '' : ` (${why})`
    return `${certainty}: ${session_id ?? host_name}${reason}`
  })
}

async function hostsUnread(target: string): Promise<string[]> {
  return (await at('10:30:00', { target })).map((row) => row.slice(0, 'cannot say: a'.length))
}

async function certainUsers(user: string): Promise<string[]> {
  const rows = await at('09:17:00', { user })
  return rows.map((row) => row.slice('certain: '.length)).toSorted()
}

describe('sessions --at', () => {
  it.each([
    ['08:50:00', [], 'before Azure says that it began'],
    ['08:57:59', [], 'a second before'],
    [
      '08:58:30',
      ['possible: ana (began before, by Azure, but was first seen after)'],
      'it had begun, but nobody looked',
    ],
    ['09:00:01', ['certain: ana'], 'first seen'],
    ['09:17:00', ['certain: ana'], 'seen before and after'],
    ['09:30:00', ['certain: ana'], 'the last time that it was certainly on'],
    [
      '09:30:01',
      ['possible: ana (ended between 2026-11-23 09:30:00 and 2026-11-23 09:35:01)'],
      'between the bounds of its end',
    ],
    ['09:35:01', [], 'over'],
    ['12:00:00', [], 'long over'],
  ])('at %s: %j, for it is %s', async (time, expected) => {
    await tables.hold({ ...READ, sessions: [session('ana')] })
    expect(await at(time)).toEqual(expected)
  })

  it.each([null, on('09:10:00')])(
    'takes a session with no usable start (%s) for possible since the answer before',
    async (started_at) => {
      await tables.hold({ ...READ, sessions: [session('ana', { started_at })] })
      const why = 'was there in the next answer of its host, and when it began is not known'
      expect(await at('08:55:01')).toEqual([`possible: ana (${why})`])
      expect(await at('08:55:00')).toEqual([])
      expect(await at('09:00:01')).toEqual(['certain: ana'])
    },
  )

  it.each([
    ['active', 'last seen 2026-11-23 09:30:01, and nothing proves that it had ended'],
    ['unknown', 'last seen 2026-11-23 09:30:01, and nothing proves that it had ended'],
    ['ending', 'one answer since then lacks it, which proves no end'],
  ])('takes one that is %s for possible after it was last seen', async (state, why) => {
    const open = session('ana', { state, ended_after: null, ended_before: null })
    await tables.hold({ ...READ, sessions: [open] })
    expect(await at('09:30:01')).toEqual(['certain: ana'])
    expect(await at('09:40:00')).toEqual([`possible: ana (${why})`])
  })

  it('names a host that was not read then, and why', async () => {
    const gap = { from_at: on('10:00:00'), to_at: on('11:00:00'), why: 'denied' }
    await tables.hold({
      hosts: [host('a'), host('b')],
      polls: [...READ.polls, ...answers('b', '06:00:00', '18:00:00')],
      gaps: [{ host_id: '/hosts/b', host_name: 'b', ...gap }],
    })
    expect(await at('10:30:00')).toEqual([
      'cannot say: b (denied: not read between 2026-11-23 10:00:00 and 2026-11-23 11:00:00)',
    ])
    expect(await at('11:00:00')).toEqual([])
    await tables.hold({
      ...READ,
      gaps: [{ host_id: '/hosts/a', host_name: 'a', ...gap, to_at: null, why: null }],
    })
    expect(await at('17:00:00')).toEqual([
      'cannot say: a (not read between 2026-11-23 10:00:00 and now)',
    ])
  })

  it('can say nothing before the first answer and after the last', async () => {
    await tables.hold(READ)
    expect(await at('05:00:00')).toEqual(['cannot say: a (first read 2026-11-23 06:00:01)'])
    expect(await at('18:00:02')).toEqual(['cannot say: a (not read after 2026-11-23 18:00:01)'])
    await tables.hold({ hosts: [host('a', { last_ok_at: null, last_outcome: 'denied' })] })
    expect(await at('12:00:00')).toEqual(['cannot say: a (never read)'])
    const unsupported = { last_ok_at: null, last_outcome: 'skipped_unsupported' }
    await tables.hold({ hosts: [host('a', unsupported)] })
    expect(await at('12:00:00')).toEqual(['cannot say: a (Azure has no list of its sessions)'])
  })

  it('leaves out a host of which the lists prove that it did not exist', async () => {
    const listing = {
      run_id: '20261123T080000Z',
      started_at: on('08:00:01'),
      subscription_id: SUBSCRIPTION,
      subscription_name: 'Hub',
      outcome: 'ok',
    }
    const later = host('later', { first_listed_at: on('10:00:00') })
    const gone = host('gone', {
      last_listed_at: on('07:00:00'),
      last_ok_at: on('07:00:01'),
      listed: false,
    })
    const polls = [
      ...READ.polls,
      ...answers('later', '10:00:00', '18:00:00'),
      ...answers('gone', '06:00:00', '07:00:00'),
    ]
    await tables.hold({ hosts: [host('a'), later, gone], polls, subscription_polls: [listing] })
    expect(await at('08:30:00')).toEqual([])
    const doubts: Given[] = [{ outcome: 'denied' }, { listed_by: 'graph' }]
    for (const doubt of doubts) {
      await tables.hold({
        hosts: [host('a'), later, gone],
        polls,
        subscription_polls: [{ ...listing, ...doubt }],
      })
      expect(await at('08:30:00')).toEqual([
        'cannot say: gone (not read after 2026-11-23 07:00:01)',
        'cannot say: later (first read 2026-11-23 10:00:01)',
      ])
    }
  })

  it('names a subscription whose hosts were never known', async () => {
    const denied = {
      run_id: '20261123T080000Z',
      started_at: on('08:00:01'),
      subscription_id: '22222222-2222-2222-2222-222222222222',
      subscription_name: 'Secret',
      outcome: 'denied',
    }
    await tables.hold({ ...READ, subscription_polls: [denied] })
    const row =
      'cannot say: null (subscription Secret was not listed, so its hosts are not known: denied)'
    expect(await at('08:30:00')).toEqual([row])
    expect(await at('08:30:00', { subscription: denied.subscription_id })).toEqual([row])
    expect(await at('08:30:00', { subscription: SUBSCRIPTION })).toEqual([])
    expect(await at('08:30:00', { host: 'a' })).toEqual([])
    expect(await at('07:30:00')).toEqual([])
  })

  it('counts only hosts that ever had a session on the target', async () => {
    const gap = { from_at: on('10:00:00'), to_at: on('11:00:00'), why: 'error' }
    await tables.hold({
      hosts: [host('a'), host('b')],
      polls: [...READ.polls, ...answers('b', '06:00:00', '18:00:00')],
      sessions: [
        session('ana'),
        session('ben', {
          host_id: '/hosts/b',
          target_host_name: 'vm-2',
          target_ip_address: '10.0.0.5',
          target_resource_id: '/subscriptions/s/vm-2',
        }),
      ],
      gaps: ['a', 'b'].map((name) => ({ host_id: `/hosts/${name}`, host_name: name, ...gap })),
    })
    expect(await hostsUnread('vm-1')).toEqual(['cannot say: a'])
    expect(await hostsUnread('10.0.0.5')).toEqual(['cannot say: b'])
    expect(await hostsUnread('VM-?')).toEqual(['cannot say: a', 'cannot say: b'])
    expect(await hostsUnread('vm-3')).toEqual(['cannot say: a', 'cannot say: b'])
  })

  it('takes names whole and in any case, with globs, and never as SQL', async () => {
    await tables.hold({
      ...READ,
      sessions: [session('ana'), session('an_'), session('100%'), session("o'neil")],
    })
    expect(await certainUsers('ANA')).toEqual(['ana'])
    expect(await certainUsers('ana@contoso.example')).toEqual(['ana'])
    expect(await certainUsers('an')).toEqual([])
    expect(await certainUsers('an*')).toEqual(['an_', 'ana'])
    expect(await certainUsers('an?')).toEqual(['an_', 'ana'])
    expect(await certainUsers('an_')).toEqual(['an_'])
    expect(await certainUsers('100%')).toEqual(['100%'])
    expect(await certainUsers("o'neil")).toEqual(["o'neil"])
    expect(await certainUsers("x' OR true --")).toEqual([])
  })
})
