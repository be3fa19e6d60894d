/**
 * The file of rule tests, read: each test with the rules that it asks, as it changes them.
 *
 * What could never come true is an error of the file, and no failed test: a rule, a host or a label
 * that there is not, a time before the first run.
 */

import {
  FileProblem,
  type FilePath,
  parsePart,
  placeText,
  unknownKey,
} from '../domain/file-problem.ts'
import { didYouMean } from '../domain/nearest.ts'
import type { Rule } from '../domain/rule.ts'
import { changedParameters } from '../domain/rules-file.ts'
import type { Silences } from '../domain/silence.ts'
import { silencesOf } from '../domain/silences-file.ts'
import { type Expectation, parseExpectations } from './expectation.ts'
import { type GivenRun, namesIn, parseRuns } from './given.ts'
import { testFile, type WrittenTest, writtenTest } from './test-file-schema.ts'

export interface RuleTest {
  name: string
  at: FilePath
  /** All of them are on. */
  rules: readonly Rule[]
  silences: Silences
  /** In order of time. */
  runs: readonly GivenRun[]
  /** In order of time, none before the first run. */
  expectations: readonly Expectation[]
  intervalMs: number
}

/**
 * Reads which rules file the tests are for; null where they do not say.
 *
 * @throws {FileProblem}
 */
export function parseRulesFileName(data: unknown): string | null {
  return parsePart(testFile, data ?? {}, []).rules ?? null
}

/**
 * Reads the tests.
 *
 * @param data As parsed from YAML.
 * @param rules All rules, those that are off too.
 * @param settings What counts where the file says nothing.
 * @throws {FileProblem}
 */
export function parseTests(
  data: unknown,
  rules: readonly Rule[],
  settings: { intervalMs: number },
): RuleTest[] {
  const { interval: intervalMs = settings.intervalMs, tests } = parsePart(testFile, data ?? {}, [])
  if (tests.length === 0) throw new FileProblem(['tests'], 'tests is empty')
  const names = new Map<string, FilePath>()
  return tests.map((entry, index) => {
    const at = ['tests', index]
    const test = parsePart(writtenTest, entry, at)
    const earlier = names.get(test.name)
    if (earlier) {
      const why = `${placeText(at)} has the name of ${placeText(earlier)}`
      throw new FileProblem([...at, 'name'], why)
    }
    names.set(test.name, at)
    const asked = rulesOf(test, rules, at)
    const runs = parseRuns(test.given, [...at, 'given'], intervalMs)
    return {
      name: test.name,
      at,
      rules: asked,
      silences: silencesOf(test, at),
      runs,
      expectations: parseExpectations(test.expect, [...at, 'expect'], {
        rules: asked,
        runs,
        ...namesIn(runs),
      }),
      intervalMs,
    }
  })
}

/** The rules that a test asks. */
function rulesOf(test: WrittenTest, all: readonly Rule[], at: FilePath): Rule[] {
  const named: [string, FilePath][] = test.rules
    ? test.rules.map((name, index) => [name, [...at, 'rules', index]])
    : namedIn(test, at)
  if (named.length === 0) {
    throw new FileProblem(
      at,
      `${placeText(at)} names no rule`,
      'Name some with rules: [long-session]',
    )
  }
  const asked = new Map<string, Rule>()
  for (const [name, path] of named) {
    const rule = all.find((one) => one.name === name)
    if (!rule) {
      const names = all.map((one) => one.name)
      const why = `${placeText(path)} is "${name}", and there is no such rule`
      throw new FileProblem(path, why, didYouMean(name, names))
    }
    asked.set(name, { ...rule, enabled: true })
  }
  for (const [name, values] of Object.entries(test.parameters)) {
    const rule = asked.get(name)
    const path = [...at, 'parameters']
    if (!rule) throw unknownKey(path, name, [...asked.keys()])
    asked.set(name, { ...rule, parameters: changedParameters(rule, values, [...path, name]) })
  }
  return [...asked.values()]
}

function namedIn(test: WrittenTest, at: FilePath): [string, FilePath][] {
  return test.expect.flatMap(({ firing = [], pending = [], resolved = [] }, index) =>
    Object.entries({ firing, pending, resolved }).flatMap(([state, alerts]) =>
      alerts.map(({ rule }, nth): [string, FilePath] => [
        rule,
        [...at, 'expect', index, state, nth, 'rule'],
      ]),
    ),
  )
}
