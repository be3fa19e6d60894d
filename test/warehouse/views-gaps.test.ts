import * as fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'

import { unreachedPoll } from '../../src/domain/poll.ts'
import { slotOf } from '../../src/domain/run.ts'
import {
  histories,
  historyViews,
  livesOf,
  rowsOf,
  type History,
  type Life,
} from './slot-histories.ts'
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
const a = host('a')
const elsewhere = host('b', { subscriptionId: '22222222-2222-2222-2222-222222222222' })

const ok = (warehouse: TempWarehouse, ...slots: string[]) =>
  inTurn(slots, (slot) => recordRun(warehouse, at(slot), [okPoll(a, at(slot))]))
const failed = (warehouse: TempWarehouse, ...slots: string[]) =>
  inTurn(slots, (slot) => recordRun(warehouse, at(slot), [failedPoll(a, at(slot), 'throttled')]))

async function inTurn(slots: string[], act: (slot: string) => Promise<unknown>): Promise<void> {
  for (const slot of slots) await act(slot)
}

const UNSUPPORTED = 'skipped_unsupported'
const WORDS = {
  denied: 'denied',
  not_found: 'not_found',
  throttled: 'throttled',
  not_asked: 'not asked',
  no_run: 'no run',
}

const SHORT = 'from_at, to_at, minutes, slots, why'

async function gapsOf(warehouse: TempWarehouse, columns = SHORT, where = "host_name = 'a'") {
  const { rows } = await ask(
    warehouse,
    `SELECT ${columns} FROM gaps WHERE ${where} ORDER BY from_at`,
  )
  return rows
}

describe('gaps', () => {
  it('has none where every slot is proven, one poll of several being enough', async () => {
    await using warehouse = await tempWarehouse({ now: at('09:10') })
    await ok(warehouse, '09:00')
    await failed(warehouse, '09:05')
    await recordRun(warehouse, at('09:07'), [okPoll(a, at('09:07'))], {
      runId: '20261123T090700Z-k3f9',
      trigger: 'manual',
      scheduledFor: null,
    })
    expect(await gapsOf(warehouse)).toEqual([])
  })

  it('lasts from one answer to the next, and says what it came from', async () => {
    await using warehouse = await tempWarehouse({ now: at('09:40') })
    await ok(warehouse, '09:00')
    await failed(warehouse, '09:05')
    await recordRun(warehouse, at('09:10'), [unreachedPoll(a, 'deadline')])
    // 09:15: this host is not asked; 09:20 and 09:25: nothing runs.
    await recordRun(warehouse, at('09:15'), [okPoll(elsewhere, at('09:15'))])
    await ok(warehouse, '09:30', '09:35')
    expect(await gapsOf(warehouse, '*')).toEqual([
      {
        subscription_id: a.subscriptionId,
        resource_group: 'RG-Hub',
        host_id: a.hostId,
        host_name: 'a',
        from_at: '2026-11-23T09:00:01Z',
        to_at: '2026-11-23T09:30:00Z',
        minutes: 29,
        slots: 5,
        why: 'no run 2, throttled 1, skipped_deadline 1, not asked 1',
        error_code: 'deadline',
        error_message: 'The run reached its deadline first',
        no_run: 2,
        not_asked: 1,
      },
    ])
  })

  it('begins with the life of a host that did not answer at once, and goes on until now', async () => {
    await using warehouse = await tempWarehouse({ now: at('09:31') })
    await failed(warehouse, '09:00', '09:05')
    await ok(warehouse, '09:10')
    expect(await gapsOf(warehouse, `${SHORT}, error_code`)).toEqual([
      {
        from_at: '2026-11-23T09:00:00Z',
        to_at: '2026-11-23T09:10:00Z',
        minutes: 10,
        slots: 2,
        why: 'throttled 2',
        error_code: 'AuthorizationFailed',
      },
      {
        from_at: '2026-11-23T09:10:01Z',
        to_at: null,
        minutes: 20,
        slots: 3,
        why: 'no run 3',
        error_code: null,
      },
    ])
    expect(await gapsOf(warehouse, 'minutes', 'to_at IS NULL')).toEqual([{ minutes: 20 }])
  })

  it('is one gap where a host never answered', async () => {
    await using warehouse = await tempWarehouse({ now: at('09:10') })
    await failed(warehouse, '09:00', '09:05')
    expect(await gapsOf(warehouse)).toEqual([
      { from_at: '2026-11-23T09:00:00Z', to_at: null, minutes: 10, slots: 2, why: 'throttled 2' },
    ])
  })

  it('ends with the last poll of a host that is gone', async () => {
    await using warehouse = await tempWarehouse({ now: at('10:00') })
    const b = (slot: string) => okPoll(host('b'), at(slot))
    await recordRun(warehouse, at('09:00'), [okPoll(a, at('09:00')), b('09:00')])
    await recordRun(warehouse, at('09:05'), [failedPoll(a, at('09:05')), b('09:05')])
    await recordRun(warehouse, at('09:10'), [b('09:10')])
    expect(await gapsOf(warehouse)).toEqual([
      {
        from_at: '2026-11-23T09:00:01Z',
        to_at: '2026-11-23T09:05:01Z',
        minutes: 5,
        slots: 1,
        why: 'denied 1',
      },
    ])
  })

  it('has none where Azure says that the host has nothing to list', async () => {
    await using warehouse = await tempWarehouse({ now: at('09:25') })
    await ok(warehouse, '09:00')
    for (const slot of ['09:05', '09:15']) {
      await recordRun(warehouse, at(slot), [failedPoll(a, at(slot), 'skipped_unsupported')])
    }
    await failed(warehouse, '09:20')
    expect(await gapsOf(warehouse)).toEqual([
      {
        from_at: '2026-11-23T09:05:01Z',
        to_at: '2026-11-23T09:15:00Z',
        minutes: 9,
        slots: 1,
        why: 'no run 1',
      },
      { from_at: '2026-11-23T09:15:01Z', to_at: null, minutes: 9, slots: 1, why: 'throttled 1' },
    ])
  })

  it('agrees with a plain walk through every slot', async () => {
    await fc.assert(
      fc.asyncProperty(histories, fc.integer({ min: 1, max: 4 }), async (history, parts) => {
        using engine = await historyViews(history, parts)
        const rows = await rowsOf(
          engine,
          `SELECT host_id, epoch_ms(from_at) AS from_ms, epoch_ms(to_at) AS to_ms, minutes, slots,
             why, not_asked, no_run
           FROM gaps ORDER BY host_id, from_at`,
        )
        expect(rows).toEqual(livesOf(history).flatMap((life) => walk(life, history)))
      }),
      { numRuns: 20 },
    )
  })
})

/** The gaps of a life. */
function walk({ host: name, isListed, first, slots }: Life, { runs, now, intervalMs }: History) {
  const polls = runs.flatMap((run) =>
    run.polls
      .filter((poll) => poll.host === name)
      .map(({ outcome }) => ({ outcome, at: run.at, slot: slotOf(new Date(run.at), intervalMs) })),
  )
  const isCovered = (slot: number) => slots[slot] === 'ok' || slots[slot] === UNSUPPORTED
  /** When the polls were made for which a slot is no gap. */
  const answersIn = (slot: number) => {
    const some = polls.filter((poll) => poll.slot.getTime() === (first + slot) * intervalMs)
    const last = some.findLast(({ outcome }) => outcome !== 'ok')
    return some
      .filter((poll) => poll.outcome === 'ok' || (poll === last && poll.outcome === UNSUPPORTED))
      .map((poll) => poll.at)
  }
  const goneAt = isListed ? null : (polls.at(-1)?.at ?? NaN) + 1000
  const starts = slots
    .keys()
    .filter((slot) => !isCovered(slot) && (slot === 0 || isCovered(slot - 1)))
  return Array.from(starts, (start) => {
    const covered = slots.findIndex((_, slot) => slot > start && isCovered(slot))
    const some = slots.slice(start, covered === -1 ? undefined : covered)
    const from = start === 0 ? (polls[0]?.at ?? NaN) : Math.max(...answersIn(start - 1)) + 1000
    const to = covered === -1 ? goneAt : Math.min(...answersIn(covered))
    const count = (verdict: string) => some.filter((one) => one === verdict).length
    const reasons = Object.entries(WORDS)
      .map(([verdict, words]) => ({ words, n: count(verdict) }))
      .filter(({ n }) => n > 0)
      .toSorted((one, other) => other.n - one.n)
    return {
      host_id: name,
      from_ms: from,
      to_ms: to,
      minutes: Math.floor(((to ?? now) - from) / 60_000),
      slots: some.length,
      why: reasons.map(({ words, n }) => `${words} ${n}`).join(', '),
      not_asked: count('not_asked'),
      no_run: count('no_run'),
    }
  })
}
