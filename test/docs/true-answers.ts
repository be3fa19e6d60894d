/**
 * The answers to the page's questions, worked out from true sessions and not from what the ledger
 * holds: lists of texts, in the order of `sorted`.
 */

import type { DemoPoll } from './demo-ledger.ts'
import type { Seen } from './seen-sessions.ts'

const HOUR_MS = 3_600_000

/** Texts of values in one order, to compare what has none. */
export function sorted(lines: readonly (readonly unknown[])[]): string[] {
  return lines.map((values) => values.map(String).join(' | ')).toSorted()
}

const name = ({ user }: Seen) => user?.toLowerCase() ?? null
const machine = ({ session }: Seen) => session.targetHostName

export function onAt(seen: readonly Seen[], target: string, atMs: number): string[] {
  return sorted(
    seen
      .filter((one) => machine(one).toLowerCase() === target)
      .filter(({ startMs, endMs }) => startMs <= atMs && endMs > atMs)
      .map((one) => [one.user, +one.first <= atMs ? 'certain' : 'possible']),
  )
}

export function longerThan(seen: readonly Seen[], hours: number): string[] {
  return sorted(
    seen
      .map((one) => [one.user, Math.floor((+one.last - one.startMs) / 60_000)] as const)
      .filter(([, mins]) => mins >= 60 * hours),
  )
}

export function firstPairs(seen: readonly Seen[], sinceMs: number): string[] {
  const pairs = Map.groupBy(
    seen.filter(({ user }) => user !== null),
    (one) => `${name(one)} ${one.session.targetResourceId.toLowerCase()}`,
  )
  return sorted(
    [...pairs.values()]
      .filter((some) => some.every(({ first }) => +first >= sinceMs))
      .flatMap(([one]) => (one ? [[name(one), machine(one)]] : [])),
  )
}

/** In Berlin, from six to eight. */
export function outOfHours(seen: readonly Seen[]): string[] {
  return sorted(
    seen.flatMap((one) => {
      const [began, stillOn] = [inBerlin(one.startMs), inBerlin(+one.last)]
      const isWithin =
        !['Sat', 'Sun'].includes(began.weekday) &&
        began.date === stillOn.date &&
        began.time >= '06:00:00' &&
        stillOn.time < '20:00:00'
      return isWithin ? [] : [[`${began.date}T${began.time}`, one.user]]
    }),
  )
}

const BERLIN = new Intl.DateTimeFormat('sv-SE', {
  timeZone: 'Europe/Berlin',
  dateStyle: 'short',
  timeStyle: 'medium',
})
const WEEKDAY = new Intl.DateTimeFormat('en', { timeZone: 'Europe/Berlin', weekday: 'short' })

function inBerlin(ms: number): { date: string; time: string; weekday: string } {
  const [date = '', time = ''] = BERLIN.format(ms).split(' ')
  return { date, time, weekday: WEEKDAY.format(ms) }
}

/** Hosts, with how many polls failed. Each of the demo's fails once, for some time. */
export function unread(polls: readonly DemoPoll[]): string[] {
  const failed = polls.filter(({ outcome }) => outcome !== 'ok')
  return sorted(
    [...Map.groupBy(failed, ({ host }) => host.name)].map(([host, some]) => [
      host,
      some.length,
      `${some[0]?.outcome} ${some.length}`,
    ]),
  )
}

export function onSeveralHosts(seen: readonly Seen[]): string[] {
  return sorted(
    seen.flatMap((one) =>
      seen
        .filter((other) => one.user !== null && name(one) === name(other))
        .filter((other) => one.session.hostId < other.session.hostId)
        .filter((other) => {
          const [from, to] = [Math.max(+one.first, +other.first), Math.min(+one.last, +other.last)]
          return to - from >= HOUR_MS
        })
        .map((other) => [one.user, machine(one), machine(other)]),
    ),
  )
}

/** By the lines of a list of approvals: user, machine, from, to. */
export function unapproved(seen: readonly Seen[], list: string): string[] {
  const approvals = list.split('\n').map((line) => {
    const [user = '', target = '', from = '', to = ''] = line.split(',')
    return {
      whom: `${user} ${target}`.toLowerCase(),
      fromMs: Date.parse(from),
      toMs: Date.parse(to),
    }
  })
  return sorted(
    seen.flatMap((one) => {
      const own = approvals.filter(
        ({ whom }) => whom === `${name(one)} ${machine(one)}`.toLowerCase(),
      )
      if (own.some(({ fromMs, toMs }) => fromMs <= one.startMs && toMs >= +one.last)) return []
      const finding = own.length > 0 ? 'outside its approval' : 'not approved'
      return [[one.user, one.user === null ? 'nobody to approve' : finding]]
    }),
  )
}

export function onManyMachines(seen: readonly Seen[], least: number): string[] {
  const most = new Map<string, number>()
  for (const one of seen) {
    const user = name(one)
    if (user === null) continue
    const on = seen.filter(
      (other) => name(other) === user && other.first <= one.first && other.last >= one.first,
    )
    most.set(user, Math.max(most.get(user) ?? 0, new Set(on.map(machine)).size))
  }
  return sorted([...most].filter(([, count]) => count >= least))
}
