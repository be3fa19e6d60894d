/**
 * What tests of rules came to: for people, or as a document for scripts.
 */

import type { AlertRecord } from '../../domain/alert.ts'
import { formatTime } from '../../domain/time.ts'
import type { Difference } from '../../rules-test/compare.ts'
import type { ExpectedAlert } from '../../rules-test/expectation.ts'
import type { Failure } from '../../rules-test/run-test.ts'
import type { TestedFile, TestResult } from '../../rules-test/test-rules.ts'
import { counted } from '../output/human.ts'
import { visible } from '../output/visible.ts'
import { type Output, styled } from '../terminal.ts'

/** One line where all passed; else what was expected and what came, of each test that failed. */
export function linesOf({ results, ...file }: TestedFile, stdout: Output): string[] {
  const failed = results.filter(({ failures }) => failures.length > 0)
  const name = visible(file.name)
  if (failed.length === 0) {
    return [`${name}: ${styled(stdout, 'green', `${counted(results.length, 'test')} passed`)}`]
  }
  const share = `${failed.length} of ${counted(results.length, 'test')} failed`
  return [
    `${name}: ${styled(stdout, 'red', share)}`,
    ...failed.flatMap(({ test, names, failures }) => [
      '',
      `  ${styled(stdout, 'bold', visible(test.name))}`,
      ...failures.flatMap(({ at, path, problems, differences }) => [
        `  ${visible(file.placeOf(path))}, at ${formatTime(at)}`,
        ...problems.map((problem) => `    ${visible(problem)}`),
        ...differences.flatMap((one) => differenceLines(one, names, stdout)),
      ]),
    ]),
  ]
}

const STATES: Record<Difference['state'], string> = {
  firing: 'fires',
  pending: 'is pending',
  resolved: 'is resolved now',
}

function differenceLines(
  { state, missing, surplus }: Difference,
  names: TestResult['names'],
  stdout: Output,
): string[] {
  return [
    `    What ${STATES[state]} is not what was expected:`,
    ...missing.map(({ expected, like }) => {
      const instead = like === null ? '' : `, but it ${STATES[like]}`
      return styled(stdout, 'red', `      - expected: ${visible(expectedText(expected))}${instead}`)
    }),
    ...surplus.map((alert) =>
      styled(stdout, 'green', `      + came: ${visible(alertText(alert, names))}`),
    ),
  ]
}

/** An alert as it was expected: as it is written in the file. */
function expectedText({ written }: ExpectedAlert): string {
  const { rule, host, subscription, labels, summary, stale, muted } = written
  return textOf(rule, summary, [
    ...Object.entries({ host, subscription, ...labels }),
    ['stale', stale],
    ['muted', muted],
  ])
}

/** An alert that came, as it could be written in the file. */
function alertText(
  { rule, summary, labels, stale, muted_by: mutedBy }: AlertRecord,
  { hosts, subscriptions }: TestResult['names'],
): string {
  const { host_id: hostId, subscription_id: subscriptionId, ...others } = labels
  const host = hosts.get(hostId ?? '')
  const subscription = subscriptions.get(subscriptionId ?? '')
  return textOf(rule, summary, [
    ['host', host],
    ['subscription', subscription],
    ...Object.entries({
      ...(host === undefined && { host_id: hostId }),
      ...(subscription === undefined && { subscription_id: subscriptionId }),
      ...others,
    }),
    ['stale', stale ?? undefined],
    ['muted', mutedBy ?? undefined],
  ])
}

function textOf(
  rule: string,
  summary: string | undefined,
  values: readonly (readonly [string, string | boolean | undefined])[],
): string {
  const parts = values.flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}: ${value}`],
  )
  const line = summary === undefined ? '' : ` "${summary}"`
  return rule + line + (parts.length === 0 ? '' : ` { ${parts.join(', ')} }`)
}

/** The same for scripts. */
export function documentOf({ name, placeOf, results }: TestedFile): object {
  const failed = results.filter(({ failures }) => failures.length > 0).length
  return {
    file: name,
    passed: results.length - failed,
    failed,
    tests: results.map(({ test, failures }) => ({
      name: test.name,
      place: placeOf(test.at),
      rules: test.rules.map((rule) => rule.name),
      passed: failures.length === 0,
      failures: failures.map((failure) => failureOf(failure, placeOf)),
    })),
  }
}

function failureOf(
  { at, path, problems, differences }: Failure,
  placeOf: TestedFile['placeOf'],
): object {
  return {
    at: formatTime(at),
    place: placeOf(path),
    problems,
    differences: differences.map(({ state, missing, surplus }) => ({
      state,
      missing: missing.map(({ expected, like }) => ({ ...expected.written, like })),
      surplus: surplus.map(({ rule, summary, labels, stale, muted_by }) => {
        return { rule, summary, labels, stale, muted_by }
      }),
    })),
  }
}
