/**
 * The page's example: a morning on which a session is too long, and its host cannot be read for a
 * while. Of two destinations one is slow to take a notice, and one has a wrong key.
 */

import type { Delivery, Notifier } from '../../src/domain/notice.ts'
import { shippedRules } from '../../src/rules/shipped.ts'
import { failedPoll, host, okPoll, recordRun, session } from '../warehouse/temp-warehouse.ts'
import { inbox, watchedWarehouse, type WatchedWarehouse } from '../watch/watched.ts'

const HUB = host('bas-hub')
const ALICE = session('a8bcafc2-2d1b-4d39-8c0e-5c0a1f2e3d4c', {
  userName: 'alice@contoso.com',
  protocol: 'rdp',
  targetHostName: 'vm-payroll-1',
  targetResourceId: '/subscriptions/s/resourcegroups/rg/providers/x/vm-payroll-1',
  startedAt: new Date('2026-11-23T01:02:03Z'),
  startTimeRaw: '2026-11-23T01:02:03Z',
})

/** What the host answered: whether she was on, or that it may not be asked. */
const RUNS: readonly (readonly [time: string, answer: 'on' | 'off' | 'denied'])[] = [
  ['09:00', 'on'],
  ['09:05', 'on'],
  ['09:10', 'denied'],
  ['09:15', 'denied'],
  ['09:20', 'denied'],
  ['09:25', 'on'],
  ['09:30', 'off'],
  ['09:35', 'off'],
]

const at = (time: string) => `2026-11-23T${time}:00Z`
const failed = (why: string): Delivery => {
  return { outcome: 'failed', why, retryAfterMs: null, unreachable: false }
}

/** A warehouse in which it has all happened, at 09:36. */
export async function morning(): Promise<WatchedWarehouse> {
  const teams: Notifier = inbox(
    ({ rule }, tried) =>
      rule === 'coverage-lost' && tried < 4
        ? failed('it answered 503 Service Unavailable')
        : { outcome: 'delivered' },
    { name: 'teams' },
  )
  const pagerduty: Notifier = inbox(
    () => ({ outcome: 'rejected', why: 'it answered 400 Bad Request' }),
    { name: 'pagerduty' },
  )
  await using held = new AsyncDisposableStack()
  const warehouse = held.use(
    await watchedWarehouse({
      rules: shippedRules({ longSessionMs: 8 * 3_600_000 }).filter(({ name }) =>
        ['long-session', 'coverage-lost'].includes(name),
      ),
      notifiers: [teams, pagerduty],
    }),
  )
  for (const [time, answer] of RUNS) {
    const poll =
      answer === 'denied'
        ? failedPoll(HUB, at(time))
        : okPoll(HUB, at(time), answer === 'on' ? [ALICE] : [])
    await recordRun(warehouse, at(time), [poll])
    await warehouse.watchAt(at(time).replace(/.:00Z$/, (end) => `${Number(end[0]) + 1}:00Z`))
  }
  const open = held.move()
  return { ...warehouse, [Symbol.asyncDispose]: () => open.disposeAsync() }
}
