import { describe, expect, it } from 'vitest'

import {
  ask,
  host,
  okPoll,
  openWarehouse,
  recordRun,
  session,
  tempWarehouse,
  type TempWarehouse,
} from './temp-warehouse.ts'

const [a, b] = [host('hub-a'), host('hub-b')]

/** Three days of a run every six hours. */
async function fewDays(warehouse: TempWarehouse): Promise<void> {
  for (const day of ['20', '21', '22']) {
    for (const hour of ['00', '06', '12', '18']) {
      const at = `2026-11-${day}T${hour}:00:00Z`
      const sessions = [session(`day-${day}`), session('always')]
      await recordRun(warehouse, at, [okPoll(a, at, sessions), okPoll(b, at)])
    }
  }
}

const TABLES = [
  'snapshots',
  'polls',
  'runs',
  'subscription_polls',
  'hosts',
  'active_sessions',
  'sessions',
  'coverage',
  'gaps',
]

async function everything(warehouse: Pick<TempWarehouse, 'queries'>) {
  const answers: Record<string, unknown> = {}
  for (const table of TABLES)
    answers[table] = (await ask(warehouse, `FROM ${table} ORDER BY ALL`)).rows
  return answers
}

describe('compact', () => {
  it('changes no answer', { timeout: 60_000 }, async () => {
    await using warehouse = await tempWarehouse({ now: '2026-11-23T12:00:00Z' })
    await fewDays(warehouse)
    const before = await everything(warehouse)
    const days = await warehouse.days.compact()
    expect(
      days.map(({ date, outcome, why, runs, rows }) => ({ date, outcome, why, runs, rows })),
    ).toEqual(
      ['20', '21', '22'].map((day) => ({
        date: `2026-11-${day}`,
        outcome: 'compacted',
        why: null,
        runs: 4,
        rows: 8,
      })),
    )
    const again = openWarehouse(warehouse.root)
    expect(await everything(again)).toEqual(before)
    expect(await again.days.compact()).toEqual([])
  })
})
