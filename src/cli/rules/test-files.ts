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
  const documents: object[] = []
  for (const file of read) {
    const results = await runFile(context, file, settings)
    if (results.some(({ failures }) => failures.length > 0)) context.exitCode = EXIT.findings
    if (format === 'json') documents.push(documentOf(file, results))
    else
      await stdout.write(
        linesOf(file, results, stdout)
          .map((line) => `${line}\n`)
          .join(''),
      )
  }
  if (format !== 'json') return
  const lines = JSON.stringify(documents, null, 2).split('\n')
  await stdout.write(lines.map((line) => `${visibleJson(line)}\n`).join(''))
}

async function runFile(
  { terminal: { stderr, interrupted } }: Context,
  file: TestFile,
  settings: Settings,
): Promise<TestResult[]> {
  let count = 0
  const progress = () => `${file.name}: ${count} of ${counted(file.tests.length, 'test')}`
  const spinner = stderr.isTTY ? await startSpinner(stderr, progress) : null
  try {
    return await runTests(file, settings, {
      signal: interrupted,
      done(so) {
        count = so
        if (spinner) spinner.text = progress()
      },
    })
  } finally {
    spinner?.stop()
  }
}
