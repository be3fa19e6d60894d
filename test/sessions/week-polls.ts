/**
 * When the hosts of some weeks were asked, and what came of it: outages, days without a run, slow
 * runs that go past midnight, runs that overlap, polls that fail. Nothing about sessions yet.
 */

import type { PollOutcome } from '../../src/domain/poll.ts'
import { slotRunId, suffixedRunId } from '../../src/domain/run.ts'
import type { Random } from '../../src/simulator/random.ts'

export const MINUTE_MS = 60_000
export const DAY_MS = 24 * 60 * MINUTE_MS

export interface PlannedRun {
  runId: string
  startMs: number
  isManual: boolean
}

/** One host asked in one run. */
export interface Asking {
  runId: string
  requestedMs: number
  observedMs: number
  /** The answer is what was true at this moment, between the two. */
  momentMs: number
  outcome: PollOutcome
  /** Whether no other run that got an answer was asking the host at the same time. */
  isAlone: boolean
}

export interface Span {
  fromMs: number
  toMs: number
}

export function isWithin(ms: number, { fromMs, toMs }: Span): boolean {
  return fromMs <= ms && ms < toMs
}

/** Plans runs at an interval, the last of each day three minutes before midnight. */
export function planRuns(
  random: Random,
  { fromMs, days, intervalMins }: { fromMs: number; days: number; intervalMins: number },
): PlannedRun[] {
  const intervalMs = intervalMins * MINUTE_MS
  const outages = planOutages(random, { fromMs, days, intervalMs })
  const runs: PlannedRun[] = []
  for (let at = fromMs; at < fromMs + days * DAY_MS; at += intervalMs) {
    const startMs = at + intervalMs - 3 * MINUTE_MS
    if (outages.some((outage) => isWithin(startMs, outage))) continue
    runs.push({ runId: slotRunId(new Date(startMs)), startMs, isManual: false })
    if (random.chance(0.08)) {
      const manualMs = startMs + (1 + random.below(200)) * 1000
      const suffix = random
        .below(36 ** 4)
        .toString(36)
        .padStart(4, '0')
      const runId = suffixedRunId(new Date(manualMs), suffix)
      runs.push({ runId, startMs: manualMs, isManual: true })
    }
  }
  return runs
}

/** A whole day, where there are enough of them, and now and then a few hours. */
function planOutages(
  random: Random,
  { fromMs, days, intervalMs }: { fromMs: number; days: number; intervalMs: number },
): Span[] {
  const dayMs = fromMs + (1 + random.below(Math.max(1, days - 3))) * DAY_MS
  const outages = days < 4 ? [] : [{ fromMs: dayMs, toMs: dayMs + DAY_MS }]
  for (let at = fromMs; at < fromMs + days * DAY_MS; at += intervalMs) {
    if (random.chance(0.01)) {
      outages.push({ fromMs: at, toMs: at + (1 + random.below(5)) * intervalMs })
    }
  }
  return outages
}

/**
 * Plans how one host is asked.
 *
 * @param lives When the host exists. A run has it in scope if it existed as the run began.
 * @returns Askings in the order of `observedMs`. One that was never sent has the run's start there.
 */
export function planAskings(
  random: Random,
  runs: readonly PlannedRun[],
  lives: readonly Span[],
): Asking[] {
  const exists = (ms: number) => lives.some((life) => isWithin(ms, life))
  let failing = 0
  const askings = runs
    .filter(({ startMs }) => exists(startMs))
    .map(({ runId, startMs }): Asking => {
      const requestedMs = startMs + random.below(4 * MINUTE_MS)
      const observedMs = requestedMs + 50 + random.below(random.chance(0.15) ? 90_000 : 5000)
      const momentMs = requestedMs + random.below(observedMs - requestedMs)
      failing = failing > 0 ? failing - 1 : random.chance(0.015) ? 2 + random.below(8) : 0
      const asking = { runId, requestedMs, observedMs, momentMs, isAlone: true }
      if (!exists(momentMs)) return { ...asking, outcome: 'not_found' }
      const outcome = failing > 0 || random.chance(0.05) ? pickFailure(random) : 'ok'
      return outcome === 'skipped_deadline'
        ? { ...asking, observedMs: startMs, outcome }
        : { ...asking, outcome }
    })
    .toSorted((one, other) => one.observedMs - other.observedMs)
  const ok = askings.filter(({ outcome }) => outcome === 'ok')
  return askings.map((one) => ({ ...one, isAlone: !ok.some((other) => overlaps(one, other)) }))
}

function pickFailure(random: Random): PollOutcome {
  return random.pick(['timeout', 'throttled', 'error', 'denied', 'malformed', 'skipped_deadline'])
}

function overlaps(one: Asking, other: Asking): boolean {
  return (
    one.runId !== other.runId &&
    one.requestedMs <= other.observedMs &&
    other.requestedMs <= one.observedMs
  )
}
