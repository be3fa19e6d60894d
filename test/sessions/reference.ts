/**
 * The sessions of some polls by the definition, in plain loops over memory: slow, and plain to see
 * through. What SQL makes of the same polls must be equal to it, row for row.
 */

import type { SessionRow } from '../../src/domain/session-columns.ts'
import type { Poll } from '../../src/domain/poll.ts'
import type { Session } from '../../src/domain/session.ts'
import { formatInstant } from '../../src/domain/time.ts'

export interface RecordedRun {
  runId: string
  polls: readonly Poll[]
}

/** A host's poll, and where it stands in the order of that host's polls. */
interface Placed {
  runId: string
  poll: Poll
  pollAtMs: number
}
type Sighting = Placed & { session: Session }

/** A session as it is put together. */
interface Found {
  seen: [Sighting, ...Sighting[]]
  missedPolls: number
  /** The `ok` polls since the last sighting, all of which lacked it: two end it. */
  absent: Placed[]
}

const MINUTE_MS = 60_000
const LATEST_MS = 3 * 24 * 60 * MINUTE_MS

/**
 * Rebuilds the sessions of all hosts.
 *
 * @param readLast Ids of the hosts that still exist, and whose latest poll is `ok`.
 */
export function referenceSessions(
  runs: readonly RecordedRun[],
  readLast: ReadonlySet<string>,
): SessionRow[] {
  const placed = runs.flatMap(({ runId, polls }) =>
    polls.map((poll) => ({ runId, poll, pollAtMs: pollAtMs(runId, poll) })),
  )
  const byHost = Map.groupBy(placed, ({ poll }) => poll.host.hostId)
  return [...byHost].flatMap(([hostId, polls]) =>
    sessionsOfHost(inPollOrder(polls), readLast.has(hostId)),
  )
}

function sessionsOfHost(polls: readonly Placed[], isKnown: boolean): SessionRow[] {
  const ok = polls.filter(({ poll }) => poll.outcome === 'ok')
  const keys = new Set(ok.flatMap(({ poll }) => poll.sessions.map(keyOf)))
  const found = [...keys].flatMap((key) => sessionsOfKey(ok, key))
  return found.map((one) => toRow(one, found, isKnown))
}

function sessionsOfKey(ok: readonly Placed[], key: string): Found[] {
  const found: Found[] = []
  let open: Found | null = null
  for (const placed of ok) {
    const session = placed.poll.sessions.find((one) => keyOf(one) === key)
    if (session && open) {
      open.seen.push({ ...placed, session })
      open.missedPolls += open.absent.length
      open.absent = []
    } else if (session) {
      open = { seen: [{ ...placed, session }], missedPolls: 0, absent: [] }
      found.push(open)
    } else if (open) {
      open.absent.push(placed)
      if (open.absent.length === 2) open = null
    }
  }
  return found
}

function toRow(one: Found, ofHost: readonly Found[], isKnown: boolean): SessionRow {
  const { seen, missedPolls } = one
  const [first] = seen
  const last = seen.at(-1) ?? first
  const isOver = one.absent.length === 2
  const endedBefore = isOver ? timesOf(one.absent[0]).observedAt : null
  const startedAt = first.session.startedAt
  const { observedAt: firstSeenAt } = timesOf(first)
  const { requestedAt: endedAfter, observedAt: lastSeenAt } = timesOf(last)
  const countedFrom = startedAt && startedAt <= firstSeenAt ? startedAt : firstSeenAt
  const minsTo = (at: Date) => Math.max(0, (at.getTime() - countedFrom.getTime()) / MINUTE_MS)
  const minsMin = Math.floor(minsTo(endedAfter))
  const host = <Value>(get: (poll: Placed) => Value | null) => firstKnown(seen, get)
  const told = <Value>(get: (session: Session) => Value | null) =>
    firstKnown(seen, ({ session }) => get(session))
  return {
    subscription_id: first.poll.host.subscriptionId,
    resource_group: first.poll.host.resourceGroup,
    host_id: first.poll.host.hostId,
    host_name: first.poll.host.name,
    host_location: host(({ poll }) => poll.host.location),
    session_id: first.session.sessionId,
    user_name: told(({ userName }) => userName),
    protocol: told(({ protocol }) => protocol),
    target_resource_id: told(({ targetResourceId }) => targetResourceId),
    target_host_name: told(({ targetHostName }) => targetHostName),
    target_ip_address: told(({ targetIpAddress }) => targetIpAddress),
    target_subscription_id: told(({ targetSubscriptionId }) => targetSubscriptionId),
    target_resource_group: told(({ targetResourceGroup }) => targetResourceGroup),
    resource_type: told(({ resourceType }) => resourceType),
    started_at: startedAt && formatInstant(startedAt),
    start_time_raw: told(({ startTimeRaw }) => startTimeRaw),
    first_seen_at: formatInstant(firstSeenAt),
    last_seen_at: formatInstant(lastSeenAt),
    first_run_id: first.runId,
    last_run_id: last.runId,
    snapshots: seen.length,
    missed_polls: missedPolls,
    ended_after: isOver ? formatInstant(endedAfter) : null,
    ended_before: endedBefore && formatInstant(endedBefore),
    state: isOver ? 'ended' : !isKnown ? 'unknown' : one.absent.length === 1 ? 'ending' : 'active',
    duration_mins_min: minsMin,
    // Where a clock was set back meanwhile, the end can seem to be before the last snapshot.
    duration_mins_max: endedBefore && Math.max(minsMin, Math.ceil(minsTo(endedBefore))),
    end_cause: isOver && isHostEvent(last, ofHost) ? 'host_event' : null,
  }
}

/** Whether most of the sessions that this poll saw, and at least two, were never seen again. */
function isHostEvent({ runId, poll }: Placed, ofHost: readonly Found[]): boolean {
  const ended = ofHost.filter(
    ({ seen, absent }) => absent.length === 2 && seen.at(-1)?.runId === runId,
  )
  return ended.length >= 2 && ended.length > poll.sessions.length / 2
}

/** Null is a start like any other: sessions without one are told apart by their id alone. */
function keyOf({ sessionId, startedAt }: Session): string {
  return JSON.stringify([sessionId, startedAt])
}

/** `observed_at`, but not before the run and not more than three days after it. */
function pollAtMs(runId: string, { observedAt }: Poll): number {
  const runMs = Date.parse(
    runId.replace(
      /^(....)(..)(..T..)(..)(..Z).*/,
      (_, y, m, d, min, s) => `${y}-${m}-${d}:${min}:${s}`,
    ),
  )
  return Math.min(Math.max(observedAt?.getTime() ?? runMs, runMs), runMs + LATEST_MS)
}

function inPollOrder(polls: readonly Placed[]): Placed[] {
  return polls.toSorted(
    (one, other) => one.pollAtMs - other.pollAtMs || (one.runId < other.runId ? -1 : 1),
  )
}

function firstKnown<Value>(
  seen: readonly Sighting[],
  get: (sighting: Sighting) => Value | null,
): Value | null {
  return seen.map(get).find((value) => value !== null) ?? null
}

function timesOf(placed: Placed | undefined): { requestedAt: Date; observedAt: Date } {
  const { requestedAt, observedAt } = placed?.poll ?? {}
  if (!requestedAt || !observedAt) throw new RangeError('A poll that is ok has times')
  return { requestedAt, observedAt }
}
