import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

import type { TempWarehouse } from '../warehouse/temp-warehouse.ts'
import { askRules, HOUR_MS, rowWith, textsIn } from './asking.ts'
import { NOW, sessionDays } from './session-days.ts'

// Real files and a real engine: slow where many others work at the same time.
vi.setConfig({ testTimeout: 30_000, hookTimeout: 60_000 })

let warehouse: TempWarehouse

beforeAll(async () => {
  warehouse = await sessionDays()
})
afterAll(() => warehouse[Symbol.asyncDispose]())

const learning = (hours: number) => ({
  rule: 'first-time-pair',
  values: { learning: { ms: hours * HOUR_MS } },
})

describe('first-time-pair', () => {
  it('finds pairs of user and machine without a session in the time before', async () => {
    const found = await askRules(warehouse, NOW, {
      two: learning(2),
      four: learning(4),
      often: { rule: 'first-time-pair' },
    })
    const users = textsIn(found('two'), 'user_name')
    expect(users).toContain('max@contoso.example')
    expect(users).toContain('back@contoso.example')
    expect(users).not.toContain('ANA@contoso.example')
    expect(users).not.toContain('null')
    expect(users).not.toContain('nowhere@contoso.example')
    // Too long ago to be news.
    expect(users).not.toContain('edge@contoso.example')
    expect(users.filter((name) => name === 'DAN@contoso.example')).toEqual(['DAN@contoso.example'])
    expect(textsIn(found('four'), 'user_name')).not.toContain('back@contoso.example')
    expect(textsIn(found('four'), 'user_name')).toContain('max@contoso.example')
    // The ledger is younger than a month.
    expect(found('often').rows).toEqual([])
  })

  it('says nothing while the ledger is younger than the time before', async () => {
    const found = await askRules(warehouse, NOW, {
      // First seen at 11:50, 23 h 50 min after the ledger's first run.
      older: learning(23),
      younger: learning(24),
    })
    expect(textsIn(found('older'), 'user_name')).toContain('max@contoso.example')
    expect(found('younger').rows).toEqual([])
  })
})

const hours = (values: Record<string, string | string[]>) => ({ rule: 'out-of-hours', values })

describe('out-of-hours', () => {
  it('goes by hours and days of its time zone', async () => {
    const found = await askRules(warehouse, NOW, {
      work: { rule: 'out-of-hours' },
      tokyo: hours({ time_zone: 'Asia/Tokyo' }),
      sunday: hours({ working_days: ['sun', 'Saturday'] }),
      monday: hours({ working_days: ['Monday '] }),
      later: hours({ working_hours_from: '11:53' }),
      sooner: hours({ working_hours_to: '11:55' }),
      justOpen: hours({ working_hours_from: '11:55' }),
      night: hours({
        working_hours_from: '22:00',
        working_hours_to: '12:00',
        working_days: ['sun'],
      }),
      nightOff: hours({
        working_hours_from: '22:00',
        working_hours_to: '12:00',
        working_days: ['mon'],
      }),
      always: hours({ working_hours_from: '08:00', working_hours_to: '08:00' }),
    })
    const sessions = (name: string) => textsIn(found(name), 'session_id')
    expect(sessions('work')).toEqual([])
    expect(sessions('monday')).toEqual([])
    expect(sessions('always')).toEqual([])
    // 11:55 on Monday belongs to the night that began on Sunday.
    expect(sessions('night')).toEqual([])
    expect(sessions('nightOff')).toContain('long')
    expect(sessions('sunday')).toContain('long')
    expect(sessions('tokyo')).toContain('long')
    expect(sessions('tokyo')).not.toContain('ended')
    expect(sessions('tokyo')).not.toContain('unknown')
    // Last seen at 11:50; the others at 11:55, one of them to the second.
    expect(sessions('later')).toEqual(['ending', 'nameless-ending'])
    expect(sessions('justOpen')).toEqual(['ending', 'nameless-ending'])
    expect(sessions('sooner')).toContain('long')
    expect(sessions('sooner')).toContain('null-vm-3')
    expect(sessions('sooner')).not.toContain('ending')
    expect(rowWith(found('tokyo'), 'session_id', 'long')['summary']).toBe(
      'ana@contoso.example on vm-long on Monday at 20:55 (Asia/Tokyo), through bas-weu',
    )
    expect(rowWith(found('tokyo'), 'session_id', 'nowhere')['summary']).toBe(
      'nowhere@contoso.example on an unknown machine on Monday at 20:55 (Asia/Tokyo), through bas-weu',
    )
  })

  it('leaves out who may be on at any time', async () => {
    const values = { working_days: [], except_users: ['*@contoso.example', 'contoso\\ROOT'] }
    const found = await askRules(warehouse, NOW, {
      some: hours(values),
      names: hours({ working_days: [], except_users: ['ANA@contoso.example', 'an'] }),
    })
    expect(new Set(textsIn(found('some'), 'user_name'))).toEqual(new Set(['null']))
    expect(textsIn(found('names'), 'session_id')).not.toContain('long')
    expect(textsIn(found('names'), 'session_id')).toContain('very')
  })
})
