/**
 * Runs the tests of files, and says which failed.
 */

import type { Settings } from '../../domain/settings.ts'
import {
  readTestFile,
  runTests,
  type TestFile,
  type TestResult,
} from '../../rules-test/test-rules.ts'
import type { Context } from '../context.ts'
import { EXIT } from '../exit-code.ts'
import { counted } from '../output/human.ts'
import { visibleJson } from '../output/visible.ts'
import { startSpinner } from '../spinner.ts'
import type { TestFormat } from './test.ts'
import { documentOf, linesOf } from './test-report.ts'

/** @throws {LedgerError} `usage` where a file cannot be used: then none is run. */
export async function testFiles(
  context: Context,
  settings: Settings,
  { files, format }: { files: readonly string[]; format: TestFormat },
): Promise<void> {
  const { stdout, cwd } = context.terminal
  const read: TestFile[] = []
  for (const name of files) read.push(await readTestFile(name, settings, cwd))
  const results = await runAll(context, read, settings)
  if (results.flat().some(({ failures }) => failures.length > 0)) context.exitCode = EXIT.findings
  const lines =
    format === 'json'
      ? jsonLines(read.map((file, index) => documentOf(file, results[index] ?? [])))
      : read.flatMap((file, index) => linesOf(file, results[index] ?? [], stdout))
  await stdout.write(lines.map((line) => `${line}\n`).join(''))
}

function jsonLines(documents: readonly object[]): string[] {
  return JSON.stringify(documents, null, 2).split('\n').map(visibleJson)
}

async function runAll(
  { terminal: { stderr, interrupted } }: Context,
  files: readonly TestFile[],
  settings: Settings,
): Promise<TestResult[][]> {
  const total = files.reduce((sum, { tests }) => sum + tests.length, 0)
  const progress = (count: number) => `Testing rules: ${count} of ${counted(total, 'test')}`
  const spinner = stderr.isTTY ? await startSpinner(stderr, () => progress(0)) : null
  try {
    return await runTests(files, settings, {
      signal: interrupted,
      done(count) {
        if (spinner) spinner.text = progress(count)
      },
    })
  } finally {
    spinner?.stop()
  }
}
