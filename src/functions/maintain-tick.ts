/**
 * One tick of the daily timer: every closed day is compacted.
 *
 * It stops before the platform would end it. A day is whole or not begun, so the next tick goes on.
 */

import type { InvocationContext } from '@azure/functions'

import type { CompactedDay } from '../domain/edges.ts'
import { invocation } from './invocation.ts'
import type { LogLine } from './log-line.ts'

// host.json gives a function ten minutes.
const LONGEST_MS = 9 * 60_000

/** @throws {Error} Naming the cause, where a day cannot be compacted. */
export function maintainTick(context: InvocationContext, signal: AbortSignal): Promise<void> {
  return invocation(context, async ({ connection }) => {
    const ending = AbortSignal.any([signal, AbortSignal.timeout(LONGEST_MS)])
    const days: CompactedDay[] = []
    let interrupted = false
    try {
      await connection.days.compact({ signal: ending, done: (day) => void days.push(day) })
    } catch (error) {
      if (!ending.aborted) throw error
      interrupted = true
    }
    const damaged = days.find(({ outcome }) => outcome === 'damaged')
    return {
      line: lineOf(context.functionName, days, interrupted),
      failure: damaged ? `Cannot compact ${damaged.date}: ${damaged.why}` : null,
      result: undefined,
    }
  })
}

function lineOf(name: string, days: readonly CompactedDay[], interrupted: boolean): LogLine {
  const compacted = days.filter(({ outcome }) => outcome === 'compacted')
  const sum = (of: (day: CompactedDay) => number | null) =>
    compacted.reduce((total, day) => total + (of(day) ?? 0), 0)
  return {
    event: 'maintained',
    level: days.some(({ outcome }) => outcome === 'damaged') ? 'error' : 'info',
    function: name,
    days: compacted.map(({ date }) => date),
    runs: sum(({ runs }) => runs),
    rows: sum(({ rows }) => rows),
    raw_bytes: sum(({ rawBytes }) => rawBytes),
    daily_bytes: sum(({ dailyBytes }) => dailyBytes),
    // Today is never closed, and is not worth a word.
    not_compacted: days
      .filter(({ outcome }) => outcome === 'damaged' || outcome === 'waiting')
      .map(({ date, outcome, why }) => ({ date, outcome, why })),
    interrupted,
  }
}
