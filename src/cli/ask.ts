/**
 * Asks the ledger one question and shows the answer: what `query`, `hosts` and `runs` have in
 * common.
 */

import type { Connection } from '../connect.ts'
import type { QueryOptions, QueryResult } from '../domain/edges.ts'
import type { Settings } from '../domain/settings.ts'
import type { Context } from './context.ts'
import { EXIT } from './exit-code.ts'
import { openFetchLine } from './fetch-line.ts'
import type { OutputFlags } from './output-flags.ts'
import type { Answer, Written } from './output/answer.ts'
import { writeAnswer } from './output/format.ts'
import type { TableOptions } from './output/table.ts'
import { warn } from './report-error.ts'
import { type Output, styled } from './terminal.ts'

export interface Question {
  sql: string
  /** Values for `$1`, `$2` … */
  parameters?: readonly (string | number)[]
  /** How a table of the answer looks (default: as SQL answered). */
  table?: (columns: Answer['columns']) => TableOptions
}

/**
 * Asks, writes the answer to stdout, and sets the exit code.
 *
 * @throws {LedgerError} As the query does.
 */
export async function ask(
  context: Context,
  settings: Settings,
  { sql, parameters = [], table }: Question,
  { output = 'table', rawCsv = false }: OutputFlags,
): Promise<void> {
  const { stdout, stderr, interrupted: signal } = context.terminal
  await using connection = await context.connect(settings)
  await using result = await answerTo(connection, sql, { parameters, signal }, stderr)
  const look = table ? { nothing: '—', ...table(result.columns) } : {}
  const written = await writeAnswer(result, stdout, output, { rawCsv, ...look })
  const note = noteOn(written)
  if (note) await stderr.write(`${styled(stderr, 'dim', note)}\n`)
  for (const warning of result.warnings) await warn(stderr, warning)
  if (result.warnings.length > 0) context.exitCode = EXIT.partial
}

async function answerTo(
  { queries }: Connection,
  sql: string,
  options: QueryOptions,
  stderr: Output,
): Promise<QueryResult> {
  using line = openFetchLine(stderr)
  return await queries.query(sql, { ...options, progress: line.progress })
}

function noteOn({ rows, more }: Written): string | null {
  if (rows === 0) return '0 rows'
  if (!more) return null
  return (
    `Only the first ${rows.toLocaleString('en')} rows are shown. ` +
    'For all of them, write to a file or a pipe, or use -o csv or -o jsonl.'
  )
}
