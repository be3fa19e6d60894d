import { describe, expect, it, vi } from 'vitest'

import { unreachedPoll } from '../../src/domain/poll.ts'
import { pollColumns, snapshotColumns } from '../../src/domain/tables.ts'
import { VIEWS } from '../../src/domain/views.ts'
import { openAlertLog } from '../../src/warehouse/alert-log.ts'
import { watchRecordOf } from '../watch/alert-records.ts'
import {
  ask,
  failedPoll,
  host,
  okPoll,
  recordRun,
  runStart,
  session,
  SUBSCRIPTION,
  tempWarehouse,
} from './temp-warehouse.ts'

// Real files and a real engine: slow where many others work at the same time.
vi.setConfig({ testTimeout: 30_000 })

const OTHER = '22222222-2222-2222-2222-222222222222'
const at = (time: string) => `2026-11-23T${time}:00Z`

const plainType = (type: string) =>
  type.replaceAll('"', '').replaceAll('TIMESTAMPTZ', 'TIMESTAMP WITH TIME ZONE')

describe('every view', () => {
  it.each(
    Object.entries({
      ...VIEWS,
      snapshots: { columns: snapshotColumns },
      polls: { columns: pollColumns },
    }),
  )('%s has the declared columns', async (name, { columns }) => {
    await using warehouse = await tempWarehouse()
    await recordRun(warehouse, at('09:05'), [okPoll(host('a'), at('09:05'), [session('1')])])
    await openAlertLog(warehouse.store, warehouse.root).append(watchRecordOf())
    const answer = await ask(warehouse, `FROM ${name}`)
    expect(answer.columns.map(({ name: column, type }) => [column, plainType(type)])).toEqual(
      Object.entries(columns).map(([column, { type }]) => [column, plainType(type)]),
    )
    expect(answer.rows).toHaveLength(1)
  })

  it('is listed, and nothing else is', async () => {
    await using warehouse = await tempWarehouse()
    await recordRun(warehouse, at('09:05'), [])
    const { rows } = await ask(warehouse, 'SHOW TABLES')
    expect(rows.map(({ name }) => name)).toEqual([
      'active_sessions',
      'alert_events',
      'alerts',
      'coverage',
      'gaps',
      'hosts',
      'latest_polls',
      'notices',
      'polls',
      'recent_runs',
      'recent_subscription_polls',
      'runs',
      'sessions',
      'snapshots',
      'subscription_polls',
    ])
  })

  it('answers with no rows where a run had no hosts', async () => {
    await using warehouse = await tempWarehouse()
    await recordRun(warehouse, at('09:05'), [])
    for (const name of [...Object.keys(VIEWS), 'snapshots', 'polls']) {
      const { rows } = await ask(warehouse, `FROM ${name}`)
      expect(rows).toHaveLength(['runs', 'recent_runs'].includes(name) ? 1 : 0)
    }
  })

  it('counts in UTC, whatever the zone of this machine', async () => {
    await using warehouse = await tempWarehouse()
    await recordRun(warehouse, at('02:05'), [okPoll(host('a'), at('02:05'), [session('1')])])
    const { rows } = await ask(
      warehouse,
      `SELECT observed_at::DATE AS day, date_trunc('day', observed_at) AS midnight,
         strftime(observed_at, '%H:%M') AS clock, observed_at::VARCHAR AS text
       FROM snapshots`,
    )
    expect(rows).toEqual([
      {
        day: '2026-11-23',
        midnight: '2026-11-23T00:00:00Z',
        clock: '02:05',
        text: '2026-11-23 02:05:01+00',
      },
    ])
  })
})

describe('runs and subscription_polls', () => {
  it('take records of any size, also where little memory is allowed', async () => {
    await using warehouse = await tempWarehouse({ memoryLimitBytes: 256e6 })
    const subscriptions = Array.from({ length: 20_000 }, (_, index) => ({
      subscriptionId: `00000000-0000-0000-0000-${String(index).padStart(12, '0')}`,
      name: `Team ${index}`,
      state: 'Enabled',
      outcome: 'ok' as const,
      hosts: 0,
      errorCode: null,
      errorMessage: null,
    }))
    for (const time of ['09:05', '09:10']) {
      await recordRun(warehouse, at(time), [okPoll(host('a'), at(time))], { subscriptions })
    }
    const { rows } = await ask(
      warehouse,
      'SELECT count(DISTINCT subscription_id)::INTEGER AS n, count(*)::INTEGER AS polls FROM subscription_polls',
    )
    expect(rows).toEqual([{ n: 20_000, polls: 40_000 }])
  })

  it('tell what came of each run, and of each subscription in it', async () => {
    await using warehouse = await tempWarehouse()
    await recordRun(
      warehouse,
      at('09:05'),
      [
        okPoll(host('a'), at('09:05'), [session('1'), session('2')]),
        failedPoll(host('b'), at('09:05'), 'throttled'),
        unreachedPoll(host('c'), 'deadline'),
      ],
      {
        discovery: 'graph',
        filter: { include: ['prod-*'], exclude: ['*-old'], managementGroup: 'platform' },
        subscriptions: [
          {
            subscriptionId: SUBSCRIPTION,
            name: 'Prod',
            state: 'Enabled',
            outcome: 'ok',
            listedBy: 'graph',
            hosts: 3,
            errorCode: null,
            errorMessage: null,
          },
          {
            subscriptionId: OTHER,
            name: 'Dev',
            state: 'Disabled',
            outcome: 'denied',
            hosts: null,
            errorCode: 'AuthorizationFailed',
            errorMessage: 'No',
          },
        ],
      },
    )
    await recordRun(warehouse, at('09:10'), [], {
      runId: '20261123T091000Z-k3f9',
      trigger: 'manual',
      scheduledFor: null,
      error: { code: 'unreachable', message: 'Azure did not answer' },
    })
    expect(
      (await ask(warehouse, 'SELECT * EXCLUDE (files) FROM runs ORDER BY run_id')).rows,
    ).toEqual([
      {
        run_id: '20261123T090500Z',
        parent_run_id: null,
        trigger: 'timer',
        scheduled_for: '2026-11-23T09:05:00Z',
        started_at: '2026-11-23T09:05:01Z',
        finished_at: '2026-11-23T09:06:00Z',
        duration_ms: 59_000,
        outcome: 'partial',
        error_code: null,
        error_message: null,
        subscriptions_expected: 2,
        subscriptions_ok: 1,
        shards: null,
        shards_recorded: null,
        hosts_expected: 3,
        hosts_ok: 1,
        hosts_failed: 1,
        hosts_skipped: 1,
        sessions: 2,
        discovery: 'graph',
        scope: { include: ['prod-*'], exclude: ['*-old'], management_group: 'platform' },
        api_version: '2026-01-01',
        collector_version: '0.0.0',
      },
      {
        run_id: '20261123T091000Z-k3f9',
        parent_run_id: null,
        trigger: 'manual',
        scheduled_for: null,
        started_at: '2026-11-23T09:10:01Z',
        finished_at: '2026-11-23T09:11:00Z',
        duration_ms: 59_000,
        outcome: 'failed',
        error_code: 'unreachable',
        error_message: 'Azure did not answer',
        subscriptions_expected: 0,
        subscriptions_ok: 0,
        shards: null,
        shards_recorded: null,
        hosts_expected: 0,
        hosts_ok: 0,
        hosts_failed: 0,
        hosts_skipped: 0,
        sessions: 0,
        discovery: null,
        scope: null,
        api_version: '2026-01-01',
        collector_version: '0.0.0',
      },
    ])
    expect((await ask(warehouse, 'FROM subscription_polls ORDER BY subscription_id')).rows).toEqual(
      [
        {
          run_id: '20261123T090500Z',
          trigger: 'timer',
          started_at: '2026-11-23T09:05:01Z',
          finished_at: '2026-11-23T09:06:00Z',
          subscription_id: SUBSCRIPTION,
          subscription_name: 'Prod',
          state: 'Enabled',
          outcome: 'ok',
          listed_by: 'graph',
          hosts: 3,
          error_code: null,
          error_message: null,
        },
        {
          run_id: '20261123T090500Z',
          trigger: 'timer',
          started_at: '2026-11-23T09:05:01Z',
          finished_at: '2026-11-23T09:06:00Z',
          subscription_id: OTHER,
          subscription_name: 'Dev',
          state: 'Disabled',
          outcome: 'denied',
          listed_by: null,
          hosts: null,
          error_code: 'AuthorizationFailed',
          error_message: 'No',
        },
      ],
    )
  })

  it('has the files of a run as a list', async () => {
    await using warehouse = await tempWarehouse()
    const record = await recordRun(warehouse, at('09:05'), [okPoll(host('a'), at('09:05'))])
    const { rows } = await ask(warehouse, 'SELECT files FROM runs')
    expect(rows).toEqual([{ files: record?.files }])
  })
})

describe('hosts', () => {
  it('has each host as latest known', async () => {
    await using warehouse = await tempWarehouse()
    await recordRun(warehouse, at('09:00'), [
      okPoll(host('Hub', { sku: 'Basic' }), at('09:00'), [session('1')]),
      okPoll(host('gone'), at('09:00')),
    ])
    await recordRun(warehouse, at('09:05'), [failedPoll(host('Hub'), at('09:05'))])
    const { rows } = await ask(warehouse, 'FROM hosts ORDER BY host_name')
    const common = {
      resource_group: 'RG-Hub',
      subscription_id: SUBSCRIPTION,
      subscription_name: 'Subscription 1111',
      host_location: 'westeurope',
      sku: 'Standard',
      scale_units: 2,
      provisioning_state: 'Succeeded',
      features: '{"enableTunneling":true}',
      tags: '{"owner":"platform"}',
      first_listed_at: '2026-11-23T09:00:00Z',
      first_ok_at: '2026-11-23T09:00:01Z',
    }
    expect(rows).toEqual([
      {
        ...common,
        host_id: host('Hub').hostId,
        host_name: 'Hub',
        last_listed_at: '2026-11-23T09:05:00Z',
        listed: true,
        last_run_id: '20261123T090500Z',
        last_outcome: 'denied',
        last_http_status: 403,
        last_error_code: 'AuthorizationFailed',
        last_error_message: 'No permission',
        last_answered_at: '2026-11-23T09:05:01Z',
        last_ok_at: '2026-11-23T09:00:01Z',
        last_ok_sessions: 1,
      },
      {
        ...common,
        host_id: host('gone').hostId,
        host_name: 'gone',
        last_listed_at: '2026-11-23T09:00:00Z',
        listed: false,
        last_run_id: '20261123T090000Z',
        last_outcome: 'ok',
        last_http_status: 200,
        last_error_code: null,
        last_error_message: null,
        last_answered_at: '2026-11-23T09:00:01Z',
        last_ok_at: '2026-11-23T09:00:01Z',
        last_ok_sessions: 0,
      },
    ])
  })

  it('takes a host for gone that no run has had for a day', async () => {
    await using warehouse = await tempWarehouse()
    await recordRun(warehouse, '2026-11-20T09:00:00Z', [okPoll(host('a'), '2026-11-20T09:00:00Z')])
    const listed = 'SELECT host_name, listed FROM hosts ORDER BY host_name'
    expect((await ask(warehouse, listed)).rows).toEqual([{ host_name: 'a', listed: true }])
    await recordRun(warehouse, at('09:00'), [
      okPoll(host('b', { subscriptionId: OTHER }), at('09:00')),
    ])
    expect((await ask(warehouse, listed)).rows).toEqual([
      { host_name: 'a', listed: false },
      { host_name: 'b', listed: true },
    ])
  })
})

describe('active_sessions', () => {
  const ACTIVE = 'SELECT host_name, session_id FROM active_sessions ORDER BY ALL'

  it("has the sessions of each host's latest poll", async () => {
    await using warehouse = await tempWarehouse({ now: at('09:20') })
    const ended = session('ended')
    const here = session('here', { startedAt: new Date(at('08:00')) })
    await recordRun(warehouse, at('09:00'), [okPoll(host('a'), at('09:00'), [ended, here])])
    await recordRun(warehouse, at('09:05'), [
      okPoll(host('a'), at('09:05'), [
        here,
        session('no-start', { startedAt: null, sessionDurationMins: 12.9 }),
        session('ahead', { startedAt: new Date(at('10:00')), sessionDurationMins: 3 }),
        session('nothing', { startedAt: null, sessionDurationMins: null }),
        session('huge', { startedAt: null, sessionDurationMins: 1e21 }),
      ]),
    ])
    const { rows, warnings } = await ask(
      warehouse,
      `SELECT session_id, duration_mins, observed_at, observed_secs_ago, user_name
       FROM active_sessions ORDER BY session_id`,
    )
    const common = {
      observed_at: '2026-11-23T09:05:01Z',
      observed_secs_ago: 899,
      user_name: 'ada@contoso.example',
    }
    expect(rows).toEqual([
      { session_id: 'ahead', duration_mins: 3, ...common },
      { session_id: 'here', duration_mins: 65, ...common },
      { session_id: 'huge', duration_mins: null, ...common },
      { session_id: 'no-start', duration_mins: 12, ...common },
      { session_id: 'nothing', duration_mins: null, ...common },
    ])
    expect(warnings).toEqual([])
  })

  it('has none of a host whose latest poll failed, and says that they are unknown', async () => {
    await using warehouse = await tempWarehouse()
    await recordRun(warehouse, at('09:00'), [
      okPoll(host('a'), at('09:00'), [session('1')]),
      okPoll(host('b'), at('09:00'), [session('2')]),
      okPoll(host('c'), at('09:00'), [session('3')]),
    ])
    await recordRun(warehouse, at('09:05'), [
      okPoll(host('a'), at('09:05'), [session('1')]),
      failedPoll(host('b'), at('09:05')),
      unreachedPoll(host('c'), 'deadline'),
    ])
    for (const view of ['active_sessions', 'azure.network.active_sessions']) {
      const { rows, warnings } = await ask(warehouse, `FROM ${view}`)
      expect(rows).toHaveLength(1)
      expect(warnings).toEqual([
        '2 of 3 hosts could not be read in their last poll; who is connected through them is unknown ' +
          "(SELECT * FROM hosts WHERE listed AND last_outcome <> 'ok')",
      ])
    }
    const unknown = await ask(
      warehouse,
      "SELECT host_name FROM hosts WHERE listed AND last_outcome <> 'ok' ORDER BY ALL",
    )
    expect(unknown.rows).toEqual([{ host_name: 'b' }, { host_name: 'c' }])
    expect((await ask(warehouse, 'FROM snapshots')).warnings).toEqual([])
  })

  it.each(['not_found', 'absent'])('has none of a host that is gone: %s', async (how) => {
    await using warehouse = await tempWarehouse()
    await recordRun(warehouse, at('09:00'), [
      okPoll(host('a'), at('09:00'), [session('1')]),
      okPoll(host('gone'), at('09:00'), [session('2')]),
    ])
    await recordRun(warehouse, at('09:05'), [
      okPoll(host('a'), at('09:05'), [session('1')]),
      ...(how === 'not_found' ? [failedPoll(host('gone'), at('09:05'), 'not_found')] : []),
    ])
    const { rows, warnings } = await ask(warehouse, ACTIVE)
    expect(rows).toEqual([{ host_name: 'a', session_id: '1' }])
    expect(warnings).toEqual([])
  })

  it('keeps what a run does not speak of: another subscription, or another shard', async () => {
    await using warehouse = await tempWarehouse()
    const there = host('there', { subscriptionId: OTHER })
    await recordRun(warehouse, at('09:00'), [
      okPoll(host('a'), at('09:00'), [session('1')]),
      okPoll(there, at('09:00'), [session('2')]),
    ])
    await recordRun(warehouse, at('09:05'), [okPoll(there, at('09:05'), [session('2')])])
    await recordRun(warehouse, at('09:10'), [okPoll(host('b'), at('09:10'))], {
      runId: '20261123T091000Z.s01of02',
      trigger: 'shard',
    })
    expect((await ask(warehouse, ACTIVE)).rows).toEqual([
      { host_name: 'a', session_id: '1' },
      { host_name: 'there', session_id: '2' },
    ])
  })

  it('does not take a failed listing for the absence of a host', async () => {
    await using warehouse = await tempWarehouse()
    await recordRun(warehouse, at('09:00'), [okPoll(host('a'), at('09:00'), [session('1')])])
    const { subscriptions } = runStart(at('09:05'), [host('a')])
    await recordRun(warehouse, at('09:05'), [], {
      subscriptions: subscriptions.map((one) => ({ ...one, outcome: 'denied', hosts: null })),
    })
    expect((await ask(warehouse, ACTIVE)).rows).toEqual([{ host_name: 'a', session_id: '1' }])
  })
})

// Word for word as StackQL's documentation of the resource has it.
const stackqlQuery = (group: string, name: string, subscription: string) => `
    SELECT protocol, resourceType, sessionDurationInMins, sessionId, startTime, targetHostName, targetIpAddress,
           targetResourceGroup, targetResourceId, targetSubscriptionId, userName
    FROM azure.network.active_sessions
    WHERE resourceGroupName = '${group}' AND bastionHostName = '${name}' AND subscriptionId = '${subscription}';
    `

describe('azure.network.active_sessions', () => {
  const row = {
    protocol: 'ssh',
    resourceType: 'VM',
    sessionDurationInMins: 65,
    sessionId: '1',
    startTime: '2026-11-23T08:00:00.0000000Z',
    targetHostName: 'vm-1',
    targetIpAddress: '10.0.0.4',
    targetResourceGroup: 'rg-app',
    targetResourceId: '/subscriptions/s/resourcegroups/rg/providers/x/vm-1',
    targetSubscriptionId: SUBSCRIPTION,
    userName: 'ada@contoso.example',
  }

  it("answers StackQL's query, with names in any case", async () => {
    await using warehouse = await tempWarehouse()
    const upper = host('there', { subscriptionId: 'abcdefab-0000-0000-0000-000000000000' })
    await recordRun(warehouse, at('09:05'), [
      okPoll(host('Hub'), at('09:05'), [session('1')]),
      okPoll(upper, at('09:05'), [session('2')]),
    ])
    expect((await ask(warehouse, stackqlQuery('RG-Hub', 'Hub', SUBSCRIPTION))).rows).toEqual([row])
    expect((await ask(warehouse, stackqlQuery('rg-hub', 'HUB', SUBSCRIPTION))).rows).toEqual([row])
    expect(
      (await ask(warehouse, stackqlQuery('rg-hub', 'There', upper.subscriptionId.toUpperCase())))
        .rows,
    ).toEqual([{ ...row, sessionId: '2' }])
    expect((await ask(warehouse, stackqlQuery('rg-hub', 'other', SUBSCRIPTION))).rows).toEqual([])
  })

  it('answers it without its WHERE, over all hosts', async () => {
    await using warehouse = await tempWarehouse()
    await recordRun(warehouse, at('09:05'), [
      okPoll(host('a'), at('09:05'), [session('1')]),
      okPoll(host('b', { subscriptionId: OTHER }), at('09:05'), [session('2')]),
    ])
    const all = stackqlQuery('', '', '').replace(/WHERE .*/, ';')
    const { rows } = await ask(warehouse, all)
    expect(new Set(rows.map(({ sessionId }) => sessionId))).toEqual(new Set(['1', '2']))
    const grouped = await ask(
      warehouse,
      `SELECT bastionHostName, subscriptionId, count(*) AS n
       FROM azure.network.active_sessions GROUP BY ALL ORDER BY ALL`,
    )
    expect(grouped.rows).toEqual([
      { bastionHostName: 'a', subscriptionId: SUBSCRIPTION, n: 1 },
      { bastionHostName: 'b', subscriptionId: OTHER, n: 1 },
    ])
  })
})
