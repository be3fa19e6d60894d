import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

import type { Host } from '../../src/domain/host.ts'
import type { PollOutcome } from '../../src/domain/poll.ts'
import type { SubscriptionOutcome, SubscriptionPoll } from '../../src/domain/subscription.ts'
import {
  failedPoll,
  host,
  okPoll,
  openWarehouse,
  recordRun,
  tempWarehouse,
  type TempWarehouse,
} from '../warehouse/temp-warehouse.ts'
import { askRules, rowWith, textsIn } from './asking.ts'

// Real files and a real engine: slow where many others work at the same time.
vi.setConfig({ testTimeout: 30_000, hookTimeout: 60_000 })

const at = (time: string) => `2026-11-23T${time}:00Z`
/** So many seconds later. */
const after = (time: string, seconds: number) =>
  new Date(Date.parse(at(time)) + 1000 * seconds).toISOString()

const [GOOD, DENIED, NEVER, DEVELOPER, NEW, DELETED, BACK] = [
  host('bas-good'),
  host('bas-denied'),
  host('bas-never'),
  host('bas-developer'),
  host('bas-new'),
  host('bas-deleted'),
  host('bas-back'),
]

const IDS = {
  hub: GOOD.subscriptionId,
  lost: '00000001-0000-0000-0000-000000000000',
  never: '00000002-0000-0000-0000-000000000000',
  new: '00000003-0000-0000-0000-000000000000',
  unnamed: '00000004-0000-0000-0000-000000000000',
  back: '00000005-0000-0000-0000-000000000000',
}
type Listings = readonly [keyof typeof IDS, SubscriptionOutcome][]

function listed(outcomes: Listings): SubscriptionPoll[] {
  return outcomes.map(([name, outcome]) => ({
    subscriptionId: IDS[name],
    name: `Sub ${name}`,
    state: 'Enabled',
    outcome,
    hosts: outcome === 'ok' ? 7 : null,
    errorCode: outcome === 'ok' ? null : 'AuthorizationFailed',
    errorMessage: outcome === 'ok' ? null : 'No permission',
  }))
}

let warehouse: TempWarehouse

interface Answers {
  denied: PollOutcome
  back: PollOutcome
  /** Of the host that was not there before. */
  new?: PollOutcome
}

async function record(time: string, answers: Answers, listings: Listings): Promise<void> {
  const slot = at(time)
  const answer = (of: Host, outcome: PollOutcome) =>
    outcome === 'ok' ? okPoll(of, slot) : failedPoll(of, slot, outcome)
  await recordRun(
    warehouse,
    slot,
    [
      answer(GOOD, 'ok'),
      answer(DENIED, answers.denied),
      answer(NEVER, 'timeout'),
      answer(DEVELOPER, 'skipped_unsupported'),
      answer(DELETED, 'not_found'),
      answer(BACK, answers.back),
      ...(answers.new ? [answer(NEW, answers.new)] : []),
    ],
    { subscriptions: listed([['hub', 'ok'], ['never', 'denied'], ...listings]) },
  )
}

/** Four runs, five minutes apart. */
beforeAll(async () => {
  warehouse = await tempWarehouse()
  await record('09:00', { denied: 'ok', back: 'denied' }, [
    ['lost', 'ok'],
    ['back', 'ok'],
    ['unnamed', 'denied'],
  ])
  await record('09:05', { denied: 'denied', back: 'denied' }, [
    ['lost', 'denied'],
    ['back', 'denied'],
    ['unnamed', 'denied'],
  ])
  await record('09:10', { denied: 'denied', back: 'denied' }, [
    ['lost', 'denied'],
    ['back', 'denied'],
  ])
  await record('09:15', { denied: 'denied', back: 'ok', new: 'denied' }, [
    ['lost', 'timeout'],
    ['back', 'ok'],
    ['new', 'denied'],
  ])
})
afterAll(() => warehouse[Symbol.asyncDispose]())

const ALL = {
  hosts: { rule: 'coverage-lost' },
  subscriptions: { rule: 'subscription-lost' },
  silent: { rule: 'collector-silent' },
}

describe('coverage-lost', () => {
  it('finds hosts without an answer for more than three intervals', async () => {
    // Asked at 9:00:00, and listed from the run of then on.
    const [just, then] = [after('09:15', 0), after('09:15', 1)]
    expect((await askRules(warehouse, just, ALL))('hosts').rows).toEqual([])
    const found = await askRules(warehouse, then, ALL)
    expect(textsIn(found('hosts'), 'host_name')).toEqual(['bas-denied', 'bas-never'])
    expect(rowWith(found('hosts'), 'host_id', DENIED.hostId)).toEqual({
      host_id: DENIED.hostId,
      host_name: 'bas-denied',
      subscription_id: DENIED.subscriptionId,
      last_ok_at: '2026-11-23T09:00:00Z',
      last_outcome: 'denied',
      error_code: 'AuthorizationFailed',
      error_message: 'No permission',
      minutes: 15,
      summary: 'bas-denied could not be read for 15 min (denied: AuthorizationFailed)',
    })
    expect(rowWith(found('hosts'), 'host_id', NEVER.hostId)).toMatchObject({
      last_ok_at: null,
      summary: 'bas-never could not be read for at least 15 min (timeout: AuthorizationFailed)',
    })
  })

  it('goes by its number of intervals', async () => {
    const found = await askRules(warehouse, after('09:15', 1), {
      one: { rule: 'coverage-lost', values: { intervals: 1 } },
      six: { rule: 'coverage-lost', values: { intervals: 6 } },
    })
    // That of 9:15 is new, and the others were read then.
    expect(textsIn(found('one'), 'host_name')).toEqual(['bas-denied', 'bas-never'])
    expect(found('six').rows).toEqual([])
  })

  it('finds a host that nobody asks any more', async () => {
    const found = await askRules(warehouse, after('09:30', 1), ALL)
    expect(textsIn(found('hosts'), 'host_name')).toEqual([
      'bas-back',
      'bas-denied',
      'bas-good',
      'bas-never',
      'bas-new',
    ])
    expect(rowWith(found('hosts'), 'host_id', GOOD.hostId)).toMatchObject({
      last_ok_at: '2026-11-23T09:15:00Z',
      last_outcome: 'ok',
      summary: 'bas-good could not be read for 15 min (it was not asked)',
    })
  })
})

describe('subscription-lost', () => {
  it('finds subscriptions that could not be listed for more than three intervals', async () => {
    // The run of 9:00 began a second later.
    const [just, then] = [after('09:15', 1), after('09:15', 2)]
    expect((await askRules(warehouse, just, ALL))('subscriptions').rows).toEqual([])
    const found = await askRules(warehouse, then, ALL)
    expect(textsIn(found('subscriptions'), 'subscription_name')).toEqual(['Sub lost', 'Sub never'])
    expect(rowWith(found('subscriptions'), 'subscription_id', IDS.lost)).toEqual({
      subscription_id: IDS.lost,
      subscription_name: 'Sub lost',
      last_ok_at: '2026-11-23T09:00:01Z',
      last_asked_at: '2026-11-23T09:15:01Z',
      last_outcome: 'timeout',
      error_code: 'AuthorizationFailed',
      error_message: 'No permission',
      minutes: 15,
      summary:
        'The hosts of Sub lost could not be listed for 15 min (timeout: AuthorizationFailed)',
    })
    expect(rowWith(found('subscriptions'), 'subscription_id', IDS.never)).toMatchObject({
      last_ok_at: null,
      summary:
        'The hosts of Sub never could not be listed for at least 15 min (denied: AuthorizationFailed)',
    })
  })

  it('proves nothing by runs that did not name it, nor by their absence', async () => {
    const found = await askRules(warehouse, at('15:00'), ALL)
    expect(textsIn(found('subscriptions'), 'subscription_name')).toEqual(['Sub lost', 'Sub never'])
  })
})

describe('collector-silent', () => {
  it('is found when no run began for more than three intervals', async () => {
    const [just, then] = [after('09:30', 1), after('09:30', 2)]
    expect((await askRules(warehouse, just, ALL))('silent').rows).toEqual([])
    expect((await askRules(warehouse, then, ALL))('silent').rows).toEqual([
      {
        last_run_at: '2026-11-23T09:15:01Z',
        minutes: 15,
        summary: 'No run was recorded for 15 min',
      },
    ])
  })

  it('takes any record for a run: of none but a shard, and of no host at all', async () => {
    const now = after('09:30', 2)
    await recordRun(warehouse, at('09:20'), [okPoll(GOOD, at('09:20'))], {
      runId: '20261123T092000Z.s01of02',
      trigger: 'shard',
      subscriptions: [],
    })
    expect((await askRules(warehouse, now, ALL))('silent').rows).toEqual([])
    const later = after('09:35', 2)
    expect((await askRules(warehouse, later, ALL))('silent').rows).toHaveLength(1)
    const error = { code: 'timeout', message: 'Azure cannot be reached' }
    await recordRun(warehouse, at('09:25'), [], { subscriptions: [], error })
    const answers = await askRules(warehouse, later, ALL)
    expect(answers('silent').rows).toEqual([])
    // A run that asked nobody says nothing of the others.
    expect(textsIn(answers('hosts'), 'host_name')).toContain('bas-good')
    expect(textsIn(answers('subscriptions'), 'subscription_name')).toEqual([
      'Sub lost',
      'Sub never',
    ])
  })
})

describe('what is lost', () => {
  it('is so still when the collector is silent for months, and its days are compacted', async () => {
    const now = '2027-03-01T12:00:00Z'
    const later = openWarehouse(warehouse.root, { now })
    const raw = await askRules(later, now, ALL)
    const days = await later.days.compact()
    expect(days.map(({ outcome }) => outcome)).toEqual(['compacted'])
    const compacted = await askRules(later, now, ALL)
    for (const name of Object.keys(ALL)) {
      expect(new Set(compacted(name).rows)).toEqual(new Set(raw(name).rows))
    }
    expect(textsIn(compacted('hosts'), 'host_name')).toEqual([
      'bas-back',
      'bas-denied',
      'bas-good',
      'bas-never',
      'bas-new',
    ])
    // Its latest poll, for there are no others in the time looked at.
    expect(rowWith(compacted('hosts'), 'host_id', GOOD.hostId)).toMatchObject({
      last_ok_at: '2026-11-23T09:20:00Z',
      summary: 'bas-good could not be read for 98 d 2 h (it was not asked)',
    })
    expect(rowWith(compacted('hosts'), 'host_id', DENIED.hostId)).toMatchObject({
      last_ok_at: null,
      summary: 'bas-denied could not be read for at least 98 d 2 h (denied: AuthorizationFailed)',
    })
    expect(textsIn(compacted('subscriptions'), 'subscription_name')).toEqual([
      'Sub lost',
      'Sub never',
    ])
    expect(textsIn(compacted('silent'), 'summary')).toEqual(['No run was recorded for 98 d 2 h'])
  })
})
