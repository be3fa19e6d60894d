/**
 * Comparing: how the alerts that came differ from those that were expected.
 */

import type { AlertRecord, AlertState } from '../domain/alert.ts'
import type { Looked } from '../jobs/watch.ts'
import { EXPECTED_STATES, type Expectation, type ExpectedAlert } from './expectation.ts'

/** How what came in one state differs from what was expected. */
export interface Difference {
  state: AlertState
  /** Expected, and not there; with the state in which one like it is. */
  missing: { expected: ExpectedAlert; like: AlertState | null }[]
  /** There, and not expected. */
  surplus: AlertRecord[]
}

/** Compares what was expected with what came. */
export function compare(
  { states }: Expectation,
  { alerts, changed }: Pick<Looked, 'alerts' | 'changed'>,
): Difference[] {
  const inState = (state: AlertState) =>
    (state === 'resolved' ? changed : alerts).filter((alert) => alert.state === state)
  return states.flatMap(({ state, alerts: wanted }) => {
    const came = inState(state)
    const { unpaired, taken } = pairUp(wanted, came)
    const missing = unpaired.map((one) => ({
      expected: one,
      like:
        EXPECTED_STATES.find((other) => {
          return other !== state && inState(other).some((alert) => fits(one, alert))
        }) ?? null,
    }))
    const surplus = came.filter((alert) => !taken.has(alert))
    return missing.length + surplus.length === 0 ? [] : [{ state, missing, surplus }]
  })
}

/**
 * Pairs each expected alert with one that came, as many as can be: what fits several must not take
 * the only one that fits another.
 */
function pairUp(wanted: readonly ExpectedAlert[], came: readonly AlertRecord[]) {
  const taken = new Map<AlertRecord, ExpectedAlert>()
  const pair = (one: ExpectedAlert, tried: Set<AlertRecord>): boolean =>
    came.some((alert) => {
      if (tried.has(alert) || !fits(one, alert)) return false
      tried.add(alert)
      const holder = taken.get(alert)
      if (holder && !pair(holder, tried)) return false
      taken.set(alert, one)
      return true
    })
  return { unpaired: wanted.filter((one) => !pair(one, new Set())), taken }
}

function fits({ written, labels }: ExpectedAlert, alert: AlertRecord): boolean {
  const { rule, summary, stale, muted } = written
  return (
    rule === alert.rule &&
    Object.entries(labels).every(([name, glob]) => matches(glob, alert.labels[name] ?? '')) &&
    (summary === undefined || matches(summary, alert.summary)) &&
    (stale === undefined || stale === (alert.stale !== null)) &&
    (muted === undefined || muted === (alert.muted_by !== null))
  )
}

/** Whether a text is as written; `*` stands for any text. All else, brackets as well, is itself. */
function matches(glob: string, text: string): boolean {
  const [head = '', ...parts] = glob.split('*')
  const tail = parts.pop()
  if (tail === undefined) return text === head
  if (!text.startsWith(head) || !text.endsWith(tail)) return false
  let at = head.length
  for (const part of parts) {
    const found = text.indexOf(part, at)
    if (found === -1) return false
    at = found + part.length
  }
  return at + tail.length <= text.length
}
