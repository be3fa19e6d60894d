import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

import {
  failedPoll,
  host,
  okPoll,
  recordRun,
  session,
  tempWarehouse,
  type TempWarehouse,
} from '../warehouse/temp-warehouse.ts'
import { askRules, HOUR_MS, textsIn } from './asking.ts'

// Real files and a real engine: slow where many others work at the same time.
vi.setConfig({ testTimeout: 30_000, hookTimeout: 60_000 })

const NOW = '2026-11-23T12:00:00Z'
const OTHER = '22222222-2222-2222-2222-222222222222'
const [OLD, GONE, LONG_GONE, NEW, BROKEN, ELSEWHERE] = [
  host('bas-old'),
  host('bas-gone'),
  host('bas-long-gone'),
  host('bas-new'),
  host('bas-broken', { location: null }),
  host('bas-elsewhere', { subscriptionId: OTHER }),
]

let warehouse: TempWarehouse

/** The last run does not name the other subscription. */
beforeAll(async () => {
  warehouse = await tempWarehouse({ now: NOW })
  const [first, second, third] = [
    '2026-11-21T12:00:00Z',
    '2026-11-22T18:00:00Z',
    '2026-11-23T11:00:00Z',
  ]
  await recordRun(
    warehouse,
    first,
    [OLD, GONE, LONG_GONE, ELSEWHERE].map((one) => okPoll(one, first)),
  )
  await recordRun(warehouse, second, [
    okPoll(OLD, second),
    okPoll(GONE, second, [session('1'), session('2')]),
    okPoll(ELSEWHERE, second),
  ])
  await recordRun(warehouse, third, [
    failedPoll(OLD, third),
    okPoll(NEW, third),
    failedPoll(BROKEN, third),
  ])
})
afterAll(() => warehouse[Symbol.asyncDispose]())

const within = (rule: string, hours: number) => ({
  rule,
  values: { window: { ms: hours * HOUR_MS } },
})

describe('host-appeared', () => {
  it('finds hosts that are listed and have no poll before the window', async () => {
    const found = await askRules(warehouse, NOW, {
      day: within('host-appeared', 24),
      hour: within('host-appeared', 0.5),
      // Its first run is younger.
      days: within('host-appeared', 49),
    })
    expect(textsIn(found('day'), 'host_name')).toEqual(['bas-broken', 'bas-new'])
    expect(textsIn(found('day'), 'summary')).toEqual([
      'bas-broken is new in RG-Hub',
      'bas-new is new in RG-Hub (westeurope)',
    ])
    expect(textsIn(found('day'), 'first_listed_at')).toEqual([
      '2026-11-23T11:00:00Z',
      '2026-11-23T11:00:00Z',
    ])
    expect(found('hour').rows).toEqual([])
    expect(found('days').rows).toEqual([])
  })
})

describe('host-vanished', () => {
  it('finds hosts with polls in the window that are not listed any more', async () => {
    const found = await askRules(warehouse, NOW, {
      day: within('host-vanished', 24),
      hours: within('host-vanished', 12),
      twoDays: within('host-vanished', 47),
      // Its first run is younger.
      days: within('host-vanished', 49),
    })
    expect(found('day').rows).toEqual([
      {
        host_id: GONE.hostId,
        host_name: 'bas-gone',
        subscription_id: GONE.subscriptionId,
        resource_group: 'RG-Hub',
        last_listed_at: '2026-11-22T18:00:00Z',
        last_outcome: 'ok',
        last_ok_at: '2026-11-22T18:00:01Z',
        last_ok_sessions: 2,
        summary: 'bas-gone is gone from RG-Hub; sessions when it was last read: 2',
      },
    ])
    expect(found('hours').rows).toEqual([])
    expect(textsIn(found('twoDays'), 'host_name')).toEqual(['bas-gone'])
    expect(found('days').rows).toEqual([])
  })

  it('finds those of a subscription that was not asked for a day', async () => {
    const later = '2026-11-23T20:00:00Z'
    await recordRun(warehouse, later, [okPoll(OLD, later)])
    const found = await askRules(warehouse, '2026-11-23T20:01:00Z', {
      gone: within('host-vanished', 30),
    })
    expect(textsIn(found('gone'), 'host_name')).toContain('bas-elsewhere')
    expect(textsIn(found('gone'), 'host_name')).not.toContain('bas-old')
  })
})
