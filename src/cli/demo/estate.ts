/**
 * The demo's Azure: a company of made-up subscriptions, and a working day with its mishaps.
 */

import type { Estate } from '../../simulator/estate.ts'
import type { Fault } from '../../simulator/faults.ts'
import { createEstate } from '../../simulator/seeded-estate.ts'

const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000
const FIRST_HOUR_UTC = 7
const HOURS = 10

/** The first and the last slot of the latest working day that is over. */
export function demoDay(now: Date): { from: Date; to: Date } {
  let midnightMs = Math.floor(now.getTime() / DAY_MS - 1) * DAY_MS
  while ([0, 6].includes(new Date(midnightMs).getUTCDay())) midnightMs -= DAY_MS
  const fromMs = midnightMs + FIRST_HOUR_UTC * HOUR_MS
  return { from: new Date(fromMs), to: new Date(fromMs + HOURS * HOUR_MS) }
}

/** Five subscriptions, 38 hosts, and people who come and go. */
export function demoEstate(): Estate {
  return createEstate({ seed: 7, subscriptions: 5, hosts: 38, states: 'enabled' })
}

/**
 * What goes wrong on the day: a subscription that this identity may not list, a host that fails for
 * an hour, and a subscription that is throttled for half an hour.
 */
export function demoMishaps(estate: Estate, from: Date): Fault[] {
  const bySize = estate.subscriptions.toSorted(
    (a, b) => hostCount(estate, a.subscriptionId) - hostCount(estate, b.subscriptionId),
  )
  const [denied, throttled] = bySize
  const largest = bySize.at(-1)
  const failing = estate.hosts.find(
    ({ subscriptionId }) => subscriptionId === largest?.subscriptionId,
  )
  if (!denied || !throttled || !failing) throw new Error('The demo needs three subscriptions')
  const at = (hours: number) => new Date(from.getTime() + hours * HOUR_MS)
  return [
    {
      request: 'hosts',
      subscription: denied.subscriptionId,
      answer: { kind: 'error', status: 403 },
    },
    { host: failing.armId, from: at(5), to: at(6), answer: { kind: 'error', status: 503 } },
    {
      request: 'sessions',
      subscription: throttled.subscriptionId,
      from: at(2.5),
      to: at(3),
      answer: { kind: 'error', status: 429, retryAfter: 120 },
    },
  ]
}

function hostCount(estate: Estate, subscriptionId: string): number {
  return estate.hosts.filter((host) => host.subscriptionId === subscriptionId).length
}
