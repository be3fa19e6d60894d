/**
 * Expectations: which alerts are alive at a time, and how what came differs from that.
 */

import type { AlertRecord, AlertState } from '../domain/alert.ts'
import { FileProblem, type FilePath, placeText, unknownKey } from '../domain/file-problem.ts'
import { didYouMean } from '../domain/nearest.ts'
import type { Rule } from '../domain/rule.ts'
import type { Looked } from '../jobs/watch.ts'
import { type GivenNames, type GivenRun, hostOf, subscriptionIdOf } from './given.ts'
import type { WrittenAlert, WrittenTest } from './test-file-schema.ts'

export const EXPECTED_STATES = ['firing', 'pending', 'resolved'] as const satisfies AlertState[]

export interface Expectation {
  at: Date
  path: FilePath
  /** Of each state that is compared: these alerts and no others. */
  states: readonly { state: AlertState; alerts: readonly ExpectedAlert[] }[]
}

export interface ExpectedAlert {
  written: WrittenAlert
  /** Texts in which `*` stands for any; of host and subscription too. */
  labels: Readonly<Record<string, string>>
}

export interface ExpectationContext extends GivenNames {
  /** Those that are asked. */
  rules: readonly Rule[]
  runs: readonly GivenRun[]
}

/**
 * Reads the expectations of a test.
 *
 * @param path Of the list.
 * @throws {FileProblem}
 */
export function parseExpectations(
  written: WrittenTest['expect'],
  path: FilePath,
  context: ExpectationContext,
): Expectation[] {
  const { runs } = context
  const expectations = written.map((entry, index): Expectation => {
    const at = [...path, index]
    const states = EXPECTED_STATES.flatMap((state) => {
      const alerts = entry[state]?.map((alert, nth) =>
        expected(alert, [...at, state, nth], context),
      )
      return alerts ? [{ state, alerts }] : []
    })
    if (states.length === 0) {
      throw new FileProblem(
        at,
        `${placeText(at)} expects nothing: it has no firing, pending or resolved`,
      )
    }
    const before = written[index - 1]?.at
    if (before && entry.at <= before) {
      throw new FileProblem([...at, 'at'], `${placeText(at)} is not after the one before`)
    }
    return { at: entry.at, path: at, states }
  })
  const [first, last] = [expectations[0], expectations.at(-1)]
  if (!first || !last) throw new FileProblem(path, `${placeText(path)} has no expectation`)
  if (runs[0] && first.at <= runs[0].at) {
    const why = `${placeText(first.path)} is not after the first run: nothing is known yet`
    throw new FileProblem([...first.path, 'at'], why)
  }
  const unseen = runs.find((run) => run.at >= last.at)
  if (unseen) {
    const why = `${placeText(unseen.path)} is not before the last expectation: nobody would see it`
    throw new FileProblem([...unseen.path, 'at'], why)
  }
  return expectations
}

function expected(
  written: WrittenAlert,
  at: FilePath,
  { rules, hosts, subscriptions }: ExpectationContext,
): ExpectedAlert {
  const rule = rules.find(({ name }) => name === written.rule)
  if (!rule) {
    const names = rules.map(({ name }) => name)
    const why = `${placeText([...at, 'rule'])} is "${written.rule}", which this test does not ask`
    throw new FileProblem([...at, 'rule'], why, didYouMean(written.rule, names))
  }
  const short = [
    { key: 'host', label: 'host_id', idOf: (name: string) => hostOf(name).hostId, known: hosts },
    { key: 'subscription', label: 'subscription_id', idOf: subscriptionIdOf, known: subscriptions },
  ] as const
  const ids = short.flatMap(({ key, label, idOf, known }) => {
    const name = written[key]
    if (name === undefined) return []
    const path = [...at, key]
    if (!known.has(idOf(name))) {
      const why = `${placeText(path)} is "${name}", and no run has it`
      throw new FileProblem(path, why, didYouMean(name, [...known.values()]))
    }
    if (!rule.labels.includes(label)) throw noLabel(path, rule, label)
    return [[label, idOf(name)] as const]
  })
  for (const label of Object.keys(written.labels)) {
    if (!rule.labels.includes(label)) throw unknownKey([...at, 'labels'], label, rule.labels)
  }
  return { written, labels: { ...written.labels, ...Object.fromEntries(ids) } }
}

function noLabel(path: FilePath, { name, labels }: Rule, label: string): FileProblem {
  const why = `${placeText(path)} is for a label ${label}, and alerts of "${name}" have `
  return new FileProblem(path, why + (labels.length === 0 ? 'none' : labels.join(', ')))
}

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
