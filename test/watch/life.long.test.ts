import { describe, expect, it } from 'vitest'

import type { Silence } from '../../src/domain/silence.ts'
import { ask, failedPoll, host, okPoll, recordRun, session } from '../warehouse/temp-warehouse.ts'
import { happened, inbox, openWatched, ruleOf, told, watchedWarehouse } from './watched.ts'

const OTHER = '22222222-2222-2222-2222-222222222222'

const hub = host('bas-hub')
const spoke = host('bas-spoke')
const at = (time: string) => `2026-11-23T${time}:00Z`
const on = session('s-1')
const ANA = 'ada@contoso.example on vm-1'

describe('an alert', () => {
  it('fires, goes stale while its host cannot be read, and is resolved with the end of its session', async () => {
    const receiver = inbox()
    await using warehouse = await watchedWarehouse({ rules: [ruleOf()], notifiers: [receiver] })
    const run = (time: string, sessions: Parameters<typeof okPoll>[2] | null) =>
      recordRun(warehouse, at(time), [
        sessions === null ? failedPoll(hub, at(time)) : okPoll(hub, at(time), sessions),
      ])
    await run('09:00', [on])
    expect(happened(await warehouse.watchAt(at('09:01')))).toEqual([`firing ${ANA}`])
    expect(happened(await warehouse.watchAt(at('09:02')))).toEqual([])

    await run('09:05', null)
    const stale = await warehouse.watchAt(at('09:06'))
    expect(happened(stale)).toEqual([`stale ${ANA}`])
    expect(stale.alerts).toMatchObject([
      { state: 'firing', stale: 'bas-hub could not be read: denied' },
    ])

    await run('09:10', [on])
    expect(happened(await warehouse.watchAt(at('09:11')))).toEqual([`checked ${ANA}`])
    // One answer without it may be a mistake of Azure's.
    await run('09:15', [])
    expect(happened(await warehouse.watchAt(at('09:16')))).toEqual([])
    await run('09:20', [])
    const resolved = await warehouse.watchAt(at('09:21'))
    expect(happened(resolved)).toEqual([`resolved ${ANA}`])
    expect(resolved.changed).toMatchObject([
      {
        resolved_at: at('09:21'),
        resolved_why: 'it ended',
        annotations: {
          ended_after: '2026-11-23T09:10:00Z',
          ended_before: '2026-11-23T09:15:01Z',
        },
      },
    ])
    expect(told(receiver.got)).toEqual([[`firing ${ANA}`], [`resolved ${ANA}`]])

    const { rows } = await ask(
      warehouse,
      'SELECT event, state, stale FROM alert_events ORDER BY number',
    )
    expect(rows.map(({ event }) => event)).toEqual(['firing', 'stale', 'checked', 'resolved'])
    const now = await ask(warehouse, 'SELECT rule, state, labels FROM alerts')
    expect(now.rows).toMatchObject([{ rule: 'on', state: 'resolved' }])
    const notices = await ask(warehouse, 'SELECT state, attempts, alert_ids FROM notices')
    expect(notices.rows).toMatchObject([
      { state: 'delivered', attempts: 1 },
      { state: 'delivered', attempts: 1 },
    ])
    expect(await warehouse.watchAt(at('09:22'))).toMatchObject({ alerts: [], waiting: 0 })
  })

  it('is pending for as long as its rule demands, and is resolved in silence if it goes before', async () => {
    const receiver = inbox()
    await using warehouse = await watchedWarehouse({
      rules: [ruleOf({ forMs: 10 * 60_000 })],
      notifiers: [receiver],
    })
    const two = session('s-2', { userName: 'bo', targetHostName: 'vm-2' })
    await recordRun(warehouse, at('09:00'), [okPoll(hub, at('09:00'), [on, two])])
    expect(happened(await warehouse.watchAt(at('09:01')))).toEqual([
      `pending ${ANA}`,
      'pending bo on vm-2',
    ])
    await recordRun(warehouse, at('09:05'), [okPoll(hub, at('09:05'), [on])])
    await recordRun(warehouse, at('09:10'), [okPoll(hub, at('09:10'), [on])])
    expect(happened(await warehouse.watchAt(at('09:10')))).toEqual(['resolved bo on vm-2'])
    expect(happened(await warehouse.watchAt(at('09:11')))).toEqual([`firing ${ANA}`])
    expect(told(receiver.got)).toEqual([[`firing ${ANA}`]])
  })

  it('does not begin to fire while nobody can say that it went on', async () => {
    await using warehouse = await watchedWarehouse({ rules: [ruleOf({ forMs: 10 * 60_000 })] })
    await recordRun(warehouse, at('09:00'), [okPoll(hub, at('09:00'), [on])])
    await warehouse.watchAt(at('09:01'))
    await recordRun(warehouse, at('09:05'), [failedPoll(hub, at('09:05'))])
    expect(happened(await warehouse.watchAt(at('09:20')))).toEqual([`stale ${ANA}`])
    await recordRun(warehouse, at('09:25'), [okPoll(hub, at('09:25'), [on])])
    expect(happened(await warehouse.watchAt(at('09:26')))).toEqual([`firing ${ANA}`])
  })

  it('is stale when no run came for three intervals, and new ones are told all the same', async () => {
    await using warehouse = await watchedWarehouse({ rules: [ruleOf()] })
    await recordRun(warehouse, at('09:00'), [okPoll(hub, at('09:00'), [on])])
    await warehouse.watchAt(at('09:01'))
    expect(happened(await warehouse.watchAt(at('09:15')))).toEqual([])
    const silent = await warehouse.watchAt(at('09:16'))
    expect(happened(silent)).toEqual([`stale ${ANA}`])
    expect(silent.alerts[0]?.stale).toBe('bas-hub was not asked for 16 minutes')
    await using other = await watchedWarehouse({ rules: [ruleOf()] })
    await recordRun(other, at('09:00'), [okPoll(hub, at('09:00'), [on])])
    expect((await other.watchAt(at('10:00'))).alerts).toMatchObject([
      { state: 'firing', stale: 'bas-hub was not asked for 60 minutes' },
    ])
  })

  it('goes on firing for a while after its finding is gone, and begins anew if it comes back later', async () => {
    await using warehouse = await watchedWarehouse({
      rules: [ruleOf({ keepFiringForMs: 10 * 60_000 })],
    })
    await recordRun(warehouse, at('09:00'), [okPoll(hub, at('09:00'), [on])])
    await warehouse.watchAt(at('09:01'))
    await recordRun(warehouse, at('09:05'), [okPoll(hub, at('09:05'))])
    await recordRun(warehouse, at('09:10'), [okPoll(hub, at('09:10'))])
    expect(happened(await warehouse.watchAt(at('09:11')))).toEqual([`absent ${ANA}`])
    expect(happened(await warehouse.watchAt(at('09:20')))).toEqual([])
    expect(happened(await warehouse.watchAt(at('09:21')))).toEqual([`resolved ${ANA}`])
    await recordRun(warehouse, at('09:25'), [okPoll(hub, at('09:25'), [on])])
    const again = await warehouse.watchAt(at('09:26'))
    expect(happened(again)).toEqual([`firing ${ANA}`])
    expect((await ask(warehouse, 'SELECT DISTINCT alert_id FROM alerts')).rows).toHaveLength(2)
  })

  it('is resolved when its host is no longer there, and says that nothing more is known', async () => {
    await using warehouse = await watchedWarehouse({ rules: [ruleOf()] })
    const both = (time: string, ...sessions: Parameters<typeof okPoll>[2][]) =>
      [hub, spoke].flatMap((one, index) =>
        sessions[index] ? [okPoll(one, at(time), sessions[index])] : [],
      )
    await recordRun(warehouse, at('09:00'), both('09:00', [on], []))
    await warehouse.watchAt(at('09:01'))
    // The listing does not have it any more.
    await recordRun(warehouse, at('09:05'), [okPoll(spoke, at('09:05'))])
    const gone = await warehouse.watchAt(at('09:06'))
    expect(happened(gone)).toEqual([`resolved ${ANA}`])
    expect(gone.changed[0]?.resolved_why).toBe(
      'its host is no longer there: nothing more is known of it',
    )
  })

  it('is stale where its host does not list sessions any more', async () => {
    await using warehouse = await watchedWarehouse({ rules: [ruleOf()] })
    await recordRun(warehouse, at('09:00'), [okPoll(hub, at('09:00'), [on])])
    await warehouse.watchAt(at('09:01'))
    const odd = failedPoll(hub, at('09:05'), 'skipped_unsupported')
    await recordRun(warehouse, at('09:05'), [odd])
    const watched = await warehouse.watchAt(at('09:06'))
    expect(happened(watched)).toEqual([`stale ${ANA}`])
    expect(watched).toMatchObject({
      unread: 0,
      alerts: [{ stale: 'bas-hub lists no sessions any more' }],
    })
  })

  it('is not resolved by a clock that has gone back', async () => {
    await using warehouse = await watchedWarehouse({ rules: [ruleOf()] })
    await recordRun(warehouse, at('09:00'), [okPoll(hub, at('09:00'), [on])])
    await warehouse.watchAt(at('09:16'))
    await recordRun(warehouse, at('09:05'), [okPoll(hub, at('09:05'))])
    await recordRun(warehouse, at('09:10'), [okPoll(hub, at('09:10'))])
    for (const time of ['09:11', '09:12']) {
      const watched = await warehouse.watchAt(at(time))
      expect(watched.alerts).toMatchObject([{ state: 'firing' }])
      expect(watched.warnings).toEqual([
        `Nothing is taken for over: this clock says ${at(time)}, and the last record is of ${at('09:16')}`,
      ])
    }
    expect(happened(await warehouse.watchAt(at('09:17')))).toEqual([`resolved ${ANA}`])
  })

  it('stays as it is, stale, for as long as nobody lists its host, and nothing proves that it is gone', async () => {
    const lost = ruleOf({
      name: 'lost',
      sql: "SELECT host_id, subscription_id, host_name AS summary FROM latest_polls WHERE outcome <> 'ok'",
      labels: ['host_id'],
      host: null,
    })
    const away = host('bas-away', { subscriptionId: OTHER })
    await using warehouse = await watchedWarehouse({ rules: [ruleOf(), lost] })
    await recordRun(warehouse, at('09:00'), [
      okPoll(hub, at('09:00')),
      okPoll(away, at('09:00'), [on]),
    ])
    await warehouse.watchAt(at('09:01'))
    await recordRun(warehouse, at('09:05'), [
      okPoll(hub, at('09:05')),
      failedPoll(away, at('09:05')),
    ])
    expect(happened(await warehouse.watchAt(at('09:06')))).toEqual([
      `stale ${ANA}`,
      'firing bas-away',
    ])
    // From now on its subscription is not even listed.
    const late = '2026-11-24T09:10:00Z'
    await recordRun(warehouse, late, [okPoll(hub, late)])
    const watched = await warehouse.watchAt('2026-11-24T09:11:00Z')
    expect(happened(watched)).toEqual(['stale bas-away'])
    expect(watched.alerts.map(({ state, stale }) => [state, stale])).toEqual([
      ['firing', 'it was not listed for a day, and nothing proves that it is gone'],
      ['firing', 'it was not listed for a day, and nothing proves that it is gone'],
    ])
    // A list of its subscription without it is a proof.
    const last = '2026-11-24T09:15:00Z'
    const other = host('bas-other', { subscriptionId: OTHER })
    await recordRun(warehouse, last, [okPoll(hub, last), okPoll(other, last)])
    expect(happened(await warehouse.watchAt('2026-11-24T09:16:00Z'))).toEqual([
      `resolved ${ANA}`,
      'resolved bas-away',
    ])
  })

  it('is not resolved by a watch that does not have its rule, nor told again by it', async () => {
    const receiver = inbox()
    await using warehouse = await watchedWarehouse({ rules: [ruleOf()], notifiers: [receiver] })
    await recordRun(warehouse, at('09:00'), [okPoll(hub, at('09:00'), [on])])
    await warehouse.watchAt(at('09:01'))
    const other = openWatched(warehouse.root, { rules: [], notifiers: [receiver] })
    const watched = await other.watchAt(at('09:02'))
    expect(watched.changed).toMatchObject([
      { state: 'firing', event: 'stale', stale: 'its rule is not among those of this watch' },
    ])
    expect(happened(await warehouse.watchAt(at('09:03')))).toEqual([`checked ${ANA}`])
    expect(receiver.got).toHaveLength(1)
  })

  it('stays as it is, stale, while its rule fails, and others go on', async () => {
    const rules = [ruleOf(), ruleOf({ name: 'other' })]
    await using warehouse = await watchedWarehouse({ rules })
    await recordRun(warehouse, at('09:00'), [okPoll(hub, at('09:00'), [on])])
    await warehouse.watchAt(at('09:01'))
    rules[0] = ruleOf({ sql: 'SELECT nothing FROM sessions' })
    await recordRun(warehouse, at('09:05'), [okPoll(hub, at('09:05'))])
    await recordRun(warehouse, at('09:10'), [okPoll(hub, at('09:10'))])
    const edges = {
      ...warehouse.edges,
      ruleBook: { ...warehouse.edges.ruleBook, rules: async () => rules },
    }
    warehouse.setTime(at('09:11'))
    const { watch } = await import('../../src/jobs/watch.ts')
    const watched = await watch(edges, { intervalMs: 300_000 })
    expect(happened(watched)).toEqual([`stale ${ANA}`, `resolved ${ANA}`])
    expect(watched.failed).toEqual([
      { rule: 'on', error: expect.stringContaining('Referenced column "nothing" not found') },
    ])
  })
})

describe('an exception', () => {
  it('does not end an alert of which another row is none', async () => {
    const byTarget = ruleOf({ labels: ['target_host_name'] })
    const exception: Silence = {
      rule: 'on',
      match: { user_name: 'bo' },
      owner: 'cy',
      reason: 'known',
      from: null,
      until: new Date(at('12:00')),
    }
    await using warehouse = await watchedWarehouse({
      rules: [byTarget],
      silences: () => ({ silences: [], exceptions: [exception] }),
    })
    const bo = session('s-0', { userName: 'bo' })
    await recordRun(warehouse, at('09:00'), [okPoll(hub, at('09:00'), [bo, on])])
    expect(happened(await warehouse.watchAt(at('09:01')))).toEqual([`firing ${ANA}`])
    expect(happened(await warehouse.watchAt(at('09:02')))).toEqual([])
  })

  it('ends an alert that cannot be checked, too', async () => {
    let exceptions: Silence[] = []
    await using warehouse = await watchedWarehouse({
      rules: [ruleOf()],
      silences: () => ({ silences: [], exceptions }),
    })
    await recordRun(warehouse, at('09:00'), [okPoll(hub, at('09:00'), [on])])
    await warehouse.watchAt(at('09:01'))
    await recordRun(warehouse, at('09:05'), [failedPoll(hub, at('09:05'))])
    expect(happened(await warehouse.watchAt(at('09:06')))).toEqual([`stale ${ANA}`])
    exceptions = [
      {
        rule: '*',
        match: { user_name: 'ada@*' },
        owner: 'bo',
        reason: 'known',
        from: null,
        until: new Date(at('10:00')),
      },
    ]
    expect(happened(await warehouse.watchAt(at('09:07')))).toEqual([`resolved ${ANA}`])
  })
})

describe('a ledger', () => {
  it('is called what it was called first, wherever it is now', async () => {
    const receiver = inbox()
    await using warehouse = await watchedWarehouse({
      rules: [ruleOf()],
      notifiers: [receiver],
      location: '/one',
    })
    await recordRun(warehouse, at('09:00'), [okPoll(hub, at('09:00'), [on])])
    await warehouse.watchAt(at('09:01'))
    for (const time of ['09:05', '09:10'])
      await recordRun(warehouse, at(time), [okPoll(hub, at(time))])
    const moved = openWatched(warehouse.root, {
      rules: [ruleOf()],
      notifiers: [receiver],
      location: '/two',
    })
    await moved.watchAt(at('09:11'))
    expect(receiver.got.map(({ ledger }) => ledger)).toEqual(['/one', '/one'])
  })
})

describe('notices', () => {
  const silence: Silence = {
    rule: 'on',
    match: { user_name: 'ada*' },
    owner: 'bo',
    reason: 'migration',
    from: null,
    until: new Date(at('10:00')),
  }

  it('are held back by a silence, until it ends', async () => {
    const receiver = inbox()
    await using warehouse = await watchedWarehouse({
      rules: [ruleOf()],
      notifiers: [receiver],
      silences: () => ({ silences: [silence], exceptions: [] }),
    })
    await recordRun(warehouse, at('09:55'), [okPoll(hub, at('09:55'), [on])])
    const muted = await warehouse.watchAt(at('09:56'))
    expect(muted.alerts).toMatchObject([
      { state: 'firing', muted_by: `silenced by bo until ${at('10:00')}: migration` },
    ])
    expect(receiver.got).toEqual([])
    await warehouse.watchAt(at('10:00'))
    expect(told(receiver.got)).toEqual([[`firing ${ANA}`]])
  })

  it('tell the end of what was told, silence or not', async () => {
    const receiver = inbox()
    let silences: Silence[] = []
    await using warehouse = await watchedWarehouse({
      rules: [ruleOf()],
      notifiers: [receiver],
      silences: () => ({ silences, exceptions: [] }),
    })
    await recordRun(warehouse, at('09:00'), [okPoll(hub, at('09:00'), [on])])
    await warehouse.watchAt(at('09:01'))
    silences = [silence]
    expect(happened(await warehouse.watchAt(at('09:02')))).toEqual([`muted ${ANA}`])
    await recordRun(warehouse, at('09:05'), [okPoll(hub, at('09:05'))])
    await recordRun(warehouse, at('09:10'), [okPoll(hub, at('09:10'))])
    await warehouse.watchAt(at('09:11'))
    expect(told(receiver.got)).toEqual([[`firing ${ANA}`], [`resolved ${ANA}`]])
  })

  it('are not made for what is excepted, which ends an alert that was', async () => {
    const receiver = inbox()
    let exceptions: Silence[] = []
    await using warehouse = await watchedWarehouse({
      rules: [ruleOf()],
      notifiers: [receiver],
      silences: () => ({ silences: [], exceptions }),
    })
    await recordRun(warehouse, at('09:00'), [okPoll(hub, at('09:00'), [on])])
    await warehouse.watchAt(at('09:01'))
    exceptions = [silence]
    const excepted = await warehouse.watchAt(at('09:02'))
    expect(happened(excepted)).toEqual([`resolved ${ANA}`])
    expect(excepted.changed[0]?.resolved_why).toBe(`excepted by bo until ${at('10:00')}: migration`)
    expect(told(receiver.got)).toEqual([[`firing ${ANA}`], [`resolved ${ANA}`]])
  })

  it('are repeated, but not of what cannot be checked', async () => {
    const receiver = inbox()
    await using warehouse = await watchedWarehouse({
      rules: [ruleOf({ repeatMs: 10 * 60_000 })],
      notifiers: [receiver],
    })
    await recordRun(warehouse, at('09:00'), [okPoll(hub, at('09:00'), [on])])
    await warehouse.watchAt(at('09:01'))
    await warehouse.watchAt(at('09:10'))
    expect(receiver.got).toHaveLength(1)
    expect(happened(await warehouse.watchAt(at('09:11')))).toEqual([`repeated ${ANA}`])
    expect(receiver.got).toHaveLength(2)
    // Repeats are told with a key of their own.
    expect(new Set(receiver.got.map(({ key }) => key)).size).toBe(2)
    await warehouse.watchAt(at('09:30'))
    expect(receiver.got).toHaveLength(2)
  })

  it('wait while another rule says more, and come when that is over', async () => {
    const receiver = inbox()
    const long = ruleOf({ inhibitedBy: [{ rule: 'wide', equal: ['host_id'] }] })
    const wide = ruleOf({
      name: 'wide',
      sql: 'SELECT host_id FROM latest_polls WHERE session_count > 1',
      labels: ['host_id'],
    })
    await using warehouse = await watchedWarehouse({ rules: [long, wide], notifiers: [receiver] })
    const two = session('s-2', { userName: 'bo', targetHostName: 'vm-2' })
    await recordRun(warehouse, at('09:00'), [
      okPoll(hub, at('09:00'), [on, two]),
      okPoll(spoke, at('09:00'), [session('s-3', { userName: 'cy' })]),
    ])
    await warehouse.watchAt(at('09:01'))
    expect(told(receiver.got).flat().toSorted()).toEqual([
      'firing Somebody is on',
      'firing cy on vm-1',
    ])
    await recordRun(warehouse, at('09:05'), [
      okPoll(hub, at('09:05'), [on]),
      okPoll(spoke, at('09:05'), [session('s-3', { userName: 'cy' })]),
    ])
    await warehouse.watchAt(at('09:06'))
    expect(told(receiver.got).flat().slice(2).toSorted()).toEqual([
      'firing ada@contoso.example on vm-1',
      'firing bo on vm-2',
      'resolved Somebody is on',
    ])
  })
})
