/**
 * The true sessions of one host over some weeks: when each was really on, and how Azure tells it.
 *
 * Told falsely now and then: ids that come back, with or without another start; starts that are
 * missing, late, or change under way; users that come late. By the definition a changed start makes
 * another session, so it is two here as well.
 */

import { createRandom, type Random } from '../../src/simulator/random.ts'
import { isWithin, MINUTE_MS, type Asking, type Span } from './week-polls.ts'

/** On at every moment from `fromMs` up to, not including, `toMs`. */
export interface TrueSession extends Span {
  hostId: string
  sessionId: string
  /** As Azure tells it. */
  startedAt: Date | null
  startTimeRaw: string | null
  /** Whether `startedAt` is, to the second, when the person's session began. */
  isStartTrue: boolean
  /** When it began for the person, of which this may be the later part. */
  begunMs: number
  /** In its first snapshot, in the second and so on; the last of them in all others. */
  userNames: (string | null)[]
  target: number
  /** The `ok` askings whose answers had it, in order. */
  seen: Asking[]
}

export interface HostPlan {
  hostId: string
  askings: readonly Asking[]
  lives: readonly Span[]
  /** Moments at which all its sessions end. */
  eventsMs: readonly number[]
}

/**
 * Makes the sessions of a host, in order of their begin, none of them seen yet.
 *
 * @param intervalMins How far apart polls are: sessions last accordingly.
 */
export function planSessions(
  seed: number,
  host: HostPlan,
  { intervalMins, meanGapMins }: { intervalMins: number; meanGapMins: number },
): TrueSession[] {
  const random = createRandom(seed)
  const sessions: TrueSession[] = []
  const free: TrueSession[] = []
  for (const life of host.lives) {
    let at = life.fromMs
    for (;;) {
      at += Math.ceil(-Math.log(1 - random.next()) * meanGapMins * MINUTE_MS)
      const fromMs = clearOfOverlaps(at, host.askings)
      if (fromMs >= life.toMs) break
      const endMs = Math.min(
        fromMs + durationMs(random, intervalMins * MINUTE_MS),
        life.toMs,
        ...after(fromMs, host.eventsMs),
      )
      const first = firstPart(random, host, { fromMs, toMs: endMs }, free)
      const parts = random.chance(0.04) ? withChangedStart(random, host, first) : [first]
      sessions.push(...parts)
      free.push(...parts.slice(-1))
    }
  }
  return sessions
}

function firstPart(random: Random, host: HostPlan, span: Span, free: TrueSession[]): TrueSession {
  const { hostId } = host
  const begunMs = span.fromMs
  const previous = random.chance(0.15) ? takeEnded(random, free, begunMs) : undefined
  const common = {
    ...span,
    hostId,
    sessionId: previous?.sessionId ?? random.uuid(),
    begunMs,
    userNames: userNamesOf(random),
    target: random.below(9),
    seen: [],
  }
  const mayMerge = previous && begunMs < provenOverMs(previous, host.askings)
  if (previous && !mayMerge && random.chance(0.5)) {
    const { startedAt, startTimeRaw } = previous
    return { ...common, startedAt, startTimeRaw, isStartTrue: false }
  }
  return { ...common, ...(mayMerge ? exactStart(begunMs) : startOf(random, begunMs)) }
}

/** One, mostly; sometimes blank at first or for ever, or another one later. */
function userNamesOf(random: Random): (string | null)[] {
  const name = () => `user-${random.below(20)}@contoso.example`
  return random.pick([1, 1, 1, 1, 1, 0, 2, 3]) === 1
    ? [name()]
    : random.pick([[null], [null, name()], [null, null, name(), name()], [name(), null, name()]])
}

type Start = Pick<TrueSession, 'startedAt' | 'startTimeRaw' | 'isStartTrue'>

function startOf(random: Random, begunMs: number): Start {
  const kind = random.next()
  if (kind < 0.08) {
    const startTimeRaw = random.pick([null, 'soon', '{"seconds":5}'])
    return { startedAt: null, startTimeRaw, isStartTrue: false }
  }
  // Azure's clock need not be ours: a start may lie after the snapshot that tells it.
  if (kind < 0.14) {
    const late = exactStart(begunMs + (1 + random.below(300)) * MINUTE_MS)
    return { ...late, isStartTrue: false }
  }
  return exactStart(kind < 0.5 ? Math.floor(begunMs / 1000) * 1000 : begunMs)
}

function exactStart(atMs: number): Start {
  const startedAt = new Date(atMs)
  return { startedAt, startTimeRaw: startedAt.toISOString(), isStartTrue: true }
}

function withChangedStart(random: Random, host: HostPlan, whole: TrueSession): TrueSession[] {
  const middleMs = whole.fromMs + random.below(whole.toMs - whole.fromMs)
  const changeMs = clearOfOverlaps(middleMs, host.askings)
  if (changeMs >= whole.toMs) return [whole]
  const other = exactStart(whole.begunMs - 1 - random.below(2 * 60 * MINUTE_MS))
  return [
    { ...whole, toMs: changeMs },
    { ...whole, ...other, isStartTrue: false, fromMs: changeMs, seen: [] },
  ]
}

/** Takes a session that is over out of those whose id is free. */
function takeEnded(random: Random, free: TrueSession[], ms: number): TrueSession | undefined {
  const ended = free.filter(({ toMs }) => toMs <= ms)
  if (ended.length === 0) return undefined
  // The latest are the ones whose return could be taken for a flicker.
  const previous = random.chance(0.6) ? ended.at(-1) : random.pick(ended)
  if (previous) free.splice(free.indexOf(previous), 1)
  return previous
}

/** When two answers in a row have lacked a session: returning earlier, it would be the same one. */
function provenOverMs({ toMs }: TrueSession, askings: readonly Asking[]): number {
  const ok = askings.filter(({ outcome }) => outcome === 'ok')
  const stale = ok.filter(({ requestedMs }) => requestedMs < toMs)
  const fromMs = Math.max(toMs, ...stale.map(({ observedMs }) => observedMs))
  const [, second] = ok.filter(({ requestedMs }) => requestedMs >= fromMs)
  return second?.observedMs ?? Infinity
}

/**
 * The moment itself, or the first one after it at which no two runs were asking the host.
 *
 * Of two answers on their way at the same time the later one may tell an earlier moment, and seem
 * to lack a session that has just begun.
 */
function clearOfOverlaps(ms: number, askings: readonly Asking[]): number {
  const span = askings.find(
    ({ requestedMs, observedMs, isAlone }) =>
      !isAlone && isWithin(ms, { fromMs: requestedMs, toMs: observedMs + 1 }),
  )
  return span ? clearOfOverlaps(span.observedMs + 1, askings) : ms
}

function after(ms: number, moments: readonly number[]): number[] {
  return moments.filter((moment) => moment > ms)
}

/** A third is shorter than an interval; a few last for days, where it is an hour. */
function durationMs(random: Random, intervalMs: number): number {
  const kind = random.next()
  const longestMs = intervalMs * (kind < 0.35 ? 1 : kind < 0.92 ? 10 : 48)
  return MINUTE_MS + random.below(longestMs)
}
