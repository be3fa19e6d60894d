/**
 * Runs the tests of files, and says which failed.
 */

import type { Settings } from '../../domain/settings.ts'
import {
  readTestFile,
  runTests,
  type TestedFile,
  type TestFile,
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
  const tested = await runAll(context, read, settings)
  const failures = tested.flatMap(({ results }) => results.flatMap((one) => one.failures))
  if (failures.length > 0) context.exitCode = EXIT.findings
  const lines =
    format === 'json'
      ? JSON.stringify(tested.map(documentOf), null, 2).split('\n').map(visibleJson)
      : tested.flatMap((file) => linesOf(file, stdout))
  await stdout.write(lines.map((line) => `${line}\n`).join(''))
}

async function runAll(
  { terminal: { stderr, interrupted } }: Context,
  files: readonly TestFile[],
  settings: Settings,
): Promise<TestedFile[]> {
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
