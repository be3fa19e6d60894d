/**
 * Testing rules: the files of tests, read and run.
 */

import { dirname, join, resolve } from 'node:path'

import pLimit from 'p-limit'

import { openRules } from '../connect-rules.ts'
import type { FilePath } from '../domain/file-problem.ts'
import type { Rule } from '../domain/rule.ts'
import { parseRules } from '../domain/rules-file.ts'
import type { Settings } from '../domain/settings.ts'
import { parseYaml, readYaml } from '../rules/read-yaml.ts'
import { shippedRules } from '../rules/shipped.ts'
import { readText } from '../rules/text-file.ts'
import { type GivenNames, namesIn } from './given.ts'
import { type Failure, runTest } from './run-test.ts'
import { parseRulesFileName, parseTests, type RuleTest } from './test-file.ts'

/** A file of tests that can be run. */
export interface TestFile {
  /** As the person wrote it. */
  name: string
  tests: readonly RuleTest[]
  /** Where something is written: the file's name, a line and a column. */
  placeOf: (path: FilePath) => string
}

export interface TestResult {
  test: RuleTest
  names: GivenNames
  /** None where it passed. */
  failures: readonly Failure[]
}

export type TestSettings = Pick<
  Settings,
  'rules' | 'silences' | 'longSessionMs' | 'intervalMs' | 'memoryLimit' | 'queryTimeoutMs'
>

/**
 * Reads a file of tests, and the rules that it is about.
 *
 * @param folder Where relative paths begin.
 * @throws {LedgerError} `usage`, naming the file and the line.
 */
export async function readTestFile(
  name: string,
  settings: TestSettings,
  folder: string,
): Promise<TestFile> {
  const text = await readText({ name, path: resolve(folder, name), setting: null })
  const { data: rulesFile } = parseYaml(text, name, parseRulesFileName)
  const rules = await rulesFor(rulesFile && join(dirname(name), rulesFile), settings, folder)
  const { data: tests, placeOf } = parseYaml(text, name, (data) =>
    parseTests(data, rules, settings),
  )
  return { name, tests, placeOf }
}

async function rulesFor(
  name: string | null,
  settings: TestSettings,
  folder: string,
): Promise<Rule[]> {
  if (name === null) return openRules(settings, folder).rules()
  const shipped = shippedRules(settings)
  const file = { name, path: resolve(folder, name), setting: null }
  const listed = await readYaml(file, (data) => parseRules(data, shipped))
  return listed.map(({ rule }) => rule)
}

// Most of the time of a test is waiting for the disk.
const AT_ONCE = 4

/**
 * Runs the tests of a file, some at the same time: each has a ledger of its own.
 *
 * @param done Told how many are done, after each.
 * @returns In the order of the file.
 * @throws {LedgerError} `storage`; `signal.reason` when aborted.
 */
export async function runTests(
  { tests }: Pick<TestFile, 'tests'>,
  settings: TestSettings,
  { signal, done }: { signal?: AbortSignal; done?: (count: number) => void } = {},
): Promise<TestResult[]> {
  const limit = pLimit(AT_ONCE)
  let count = 0
  const settled = await Promise.allSettled(
    tests.map((test) =>
      limit(async (): Promise<TestResult> => {
        const failures = await runTest(test, settings, signal)
        done?.((count += 1))
        return { test, names: namesIn(test.runs), failures }
      }),
    ),
  )
  // Not before all have removed their ledgers.
  return settled.map((one) => {
    if (one.status === 'rejected') throw one.reason
    return one.value
  })
}
