import * as fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'

import type { RunStart } from '../../src/domain/run.ts'
import { FAILURES, histories, historyViews, livesOf, rowsOf, type Life } from './slot-histories.ts'
import {
  ask,
  failedPoll,
  host,
  okPoll,
  recordRun,
  tempWarehouse,
  type TempWarehouse,
} from './temp-warehouse.ts'

// Real files and a real engine: slow where many others work at the same time.
vi.setConfig({ testTimeout: 30_000 })

const at = (time: string) => `2026-11-23T${time}:00Z`
const elsewhere = (name: string) =>
  host(name, { subscriptionId: '22222222-2222-2222-2222-222222222222' })

/** A run of which the record is all there is: nothing was asked. */
const emptyRun = (warehouse: TempWarehouse, slot: string, overrides: Partial<RunStart> = {}) =>
  recordRun(warehouse, slot, [], overrides)

/** The counts that are not 0, of each host and day. */
async function countsIn(warehouse: TempWarehouse, where = 'true') {
  const { rows } = await ask(
    warehouse,
    `SELECT * EXCLUDE (subscription_id, resource_group, host_id, proven_share)
     FROM coverage WHERE ${where} ORDER BY host_name, date`,
  )
  return rows.map((row) => Object.fromEntries(Object.entries(row).filter(([, value]) => value)))
}

describe('coverage', () => {
  it('says what every slot since the first poll came to', async () => {
    await using warehouse = await tempWarehouse({ now: at('09:27') })
    await emptyRun(warehouse, at('08:55'))
    await recordRun(warehouse, at('09:00'), [okPoll(host('a'), at('09:00'))])
    await recordRun(warehouse, at('09:05'), [failedPoll(host('a'), at('09:05'), 'throttled')])
    await recordRun(warehouse, at('09:15'), [okPoll(elsewhere('b'), at('09:15'))])
    await recordRun(warehouse, at('09:20'), [
      okPoll(elsewhere('b'), at('09:20')),
      okPoll(host('a'), at('09:20')),
    ])
    const { rows } = await ask(warehouse, 'FROM coverage ORDER BY host_name')
    const none = Object.fromEntries(FAILURES.map((outcome) => [outcome, 0]))
    expect(rows).toEqual([
      {
        date: '2026-11-23',
        subscription_id: host('a').subscriptionId,
        resource_group: 'RG-Hub',
        host_id: host('a').hostId,
        host_name: 'a',
        due: 5,
        ok: 2,
        ...none,
        throttled: 1,
        not_asked: 1,
        no_run: 1,
        proven_share: 0.4,
      },
      {
        date: '2026-11-23',
        subscription_id: elsewhere('b').subscriptionId,
        resource_group: 'RG-Hub',
        host_id: elsewhere('b').hostId,
        host_name: 'b',
        due: 2,
        ok: 2,
        ...none,
        not_asked: 0,
        no_run: 0,
        proven_share: 1,
      },
    ])
  })

  it('takes one slot for two runs in it: proven by either, else what the last came to', async () => {
    await using warehouse = await tempWarehouse({ now: at('09:10') })
    const [timer, person] = [at('09:05'), at('09:06')]
    await recordRun(warehouse, timer, [
      failedPoll(host('a'), timer, 'throttled'),
      okPoll(host('b'), timer),
      failedPoll(host('c'), timer, 'throttled'),
      failedPoll(host('d'), timer, 'denied'),
    ])
    const polls = [
      okPoll(host('a'), person),
      failedPoll(host('b'), person, 'denied'),
      failedPoll(host('c'), person, 'denied'),
      failedPoll(host('d'), person, 'skipped_unsupported'),
    ]
    await recordRun(warehouse, person, polls, {
      runId: '20261123T090600Z-k3f9',
      trigger: 'manual',
      scheduledFor: null,
    })
    const day = { date: '2026-11-23', due: 1 }
    expect(await countsIn(warehouse)).toEqual([
      { ...day, host_name: 'a', ok: 1 },
      { ...day, host_name: 'b', ok: 1 },
      { ...day, host_name: 'c', denied: 1 },
      { ...day, host_name: 'd', skipped_unsupported: 1 },
    ])
  })

  it('says that a host was not asked whose shard was not recorded', async () => {
    await using warehouse = await tempWarehouse({ now: at('09:10') })
    for (const [slot, hosts] of [
      ['09:00', ['a', 'b']],
      ['09:05', ['a']],
    ] as const) {
      const population = `v1/raw/populations/date=2026-11-23/${'0'.repeat(64)}.json.gz`
      await emptyRun(warehouse, at(slot), { shards: { count: 2, hosts: 2, population } })
      for (const [index, name] of hosts.entries()) {
        await recordRun(warehouse, at(slot), [okPoll(host(name), at(slot))], {
          runId: `${at(slot).replaceAll(/[-:]/g, '')}.s0${index + 1}of02`,
          trigger: 'shard',
          subscriptions: [],
        })
      }
    }
    expect(await countsIn(warehouse)).toEqual([
      { date: '2026-11-23', host_name: 'a', due: 2, ok: 2 },
      { date: '2026-11-23', host_name: 'b', due: 2, ok: 1, not_asked: 1 },
    ])
  })

  it('ends with the last poll of a host that is gone', async () => {
    await using warehouse = await tempWarehouse({ now: at('09:20') })
    const gone = okPoll(host('gone'), at('09:00'))
    await recordRun(warehouse, at('09:00'), [okPoll(host('a'), at('09:00')), gone])
    await recordRun(warehouse, at('09:05'), [okPoll(host('a'), at('09:05'))])
    expect(await countsIn(warehouse, "host_name = 'gone'")).toEqual([
      { date: '2026-11-23', host_name: 'gone', due: 1, ok: 1 },
    ])
  })

  it('has every day, though the collector fell silent', async () => {
    const now = '2026-11-25T06:10:00Z'
    await using warehouse = await tempWarehouse({ now, intervalMs: 6 * 3_600_000 })
    await recordRun(warehouse, at('12:00'), [okPoll(host('a'), at('12:00'))])
    expect(await countsIn(warehouse)).toEqual([
      { date: '2026-11-23', host_name: 'a', due: 2, ok: 1, no_run: 1 },
      { date: '2026-11-24', host_name: 'a', due: 4, no_run: 4 },
      { date: '2026-11-25', host_name: 'a', due: 1, no_run: 1 },
    ])
    expect(await countsIn(warehouse, "date = '2026-11-24'")).toHaveLength(1)
  })

  it('does not count a slot that is not over, unless it has a poll', async () => {
    await using warehouse = await tempWarehouse({ now: at('09:06') })
    const a = okPoll(host('a'), at('09:00'))
    await recordRun(warehouse, at('09:00'), [a, okPoll(elsewhere('b'), at('09:00'))])
    await recordRun(warehouse, at('09:05'), [okPoll(elsewhere('b'), at('09:05'))])
    expect(await countsIn(warehouse)).toEqual([
      { date: '2026-11-23', host_name: 'a', due: 1, ok: 1 },
      { date: '2026-11-23', host_name: 'b', due: 2, ok: 2 },
    ])
  })

  it('agrees with a plain count of every slot', async () => {
    await fc.assert(
      fc.asyncProperty(histories, fc.integer({ min: 1, max: 4 }), async (history, parts) => {
        const { intervalMs } = history
        using engine = await historyViews(history, parts)
        const rows = await rowsOf(
          engine,
          `SELECT * EXCLUDE (subscription_id, resource_group, host_id)
           FROM coverage ORDER BY host_name, date`,
        )
        expect(rows).toEqual(livesOf(history).flatMap((life) => daysOf(life, intervalMs)))
        const filter = "host_name = 'a' AND date > '2026-11-20'"
        const some = await rowsOf(engine, `FROM coverage WHERE ${filter} ORDER BY date`)
        // The same filter, which no optimizer moves below an OFFSET.
        const all = await rowsOf(
          engine,
          `FROM (FROM coverage ORDER BY host_id, date OFFSET 0) WHERE ${filter}`,
        )
        expect(some).toEqual(all)
      }),
      { numRuns: 20 },
    )
  })
})

function daysOf({ host: name, first, slots }: Life, intervalMs: number) {
  const dateOf = (index: number) =>
    new Date((first + index) * intervalMs).toISOString().slice(0, 10)
  const dates = [...new Set(slots.map((_, index) => dateOf(index)))]
  return dates.map((date) => {
    const some = slots.filter((_, index) => dateOf(index) === date)
    const count = (verdict: string) => some.filter((one) => one === verdict).length
    return {
      date,
      host_name: name,
      due: some.length,
      ok: count('ok'),
      ...Object.fromEntries(FAILURES.map((outcome) => [outcome, count(outcome)])),
      not_asked: count('not_asked'),
      no_run: count('no_run'),
      proven_share: count('ok') / some.length,
    }
  })
}
