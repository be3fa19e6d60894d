/**
 * Testing rules: the files of tests, read and run.
 */

import { dirname, isAbsolute, join, resolve } from 'node:path'

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

export interface TestedFile extends Pick<TestFile, 'name' | 'placeOf'> {
  /** In the order of the file. */
  results: readonly TestResult[]
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
  const isBeside = rulesFile !== null && !isAbsolute(rulesFile)
  const rules = await rulesFor(
    isBeside ? join(dirname(name), rulesFile) : rulesFile,
    settings,
    folder,
  )
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

// Half of the time of a test is waiting for the disk.
const AT_ONCE = 4

/**
 * Runs the tests of files, some at the same time: each has a ledger of its own.
 *
 * @param done Told after each how many are done.
 * @throws {LedgerError} `storage`; `signal.reason` when aborted.
 */
export async function runTests(
  files: readonly TestFile[],
  settings: TestSettings,
  { signal, done }: { signal?: AbortSignal; done?: (count: number) => void } = {},
): Promise<TestedFile[]> {
  const limit = pLimit(AT_ONCE)
  let count = 0
  const start = (test: RuleTest) =>
    limit(async (): Promise<TestResult> => {
      const failures = await runTest(test, settings, signal)
      done?.((count += 1))
      return { test, names: namesIn(test.runs), failures }
    })
  const running = files.map((file) => ({ ...file, results: file.tests.map(start) }))
  // An error is passed on when all have removed their ledgers.
  await Promise.allSettled(running.flatMap(({ results }) => results))
  return await Promise.all(
    running.map(async ({ name, placeOf, results }) => {
      return { name, placeOf, results: await Promise.all(results) }
    }),
  )
}
