/**
 * Expectations: which alerts are alive at a time.
 */

import type { AlertState } from '../domain/alert.ts'
import { FileProblem, type FilePath, placeText, unknownKey } from '../domain/file-problem.ts'
import { didYouMean } from '../domain/nearest.ts'
import type { Rule } from '../domain/rule.ts'
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
    if (!rule.labels.includes(label)) throw noLabel(path, rule, label)
    if (!known.has(idOf(name))) {
      const why = `${placeText(path)} is "${name}", and no run has it`
      throw new FileProblem(path, why, didYouMean(name, [...known.values()]))
    }
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
