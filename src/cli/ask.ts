/**
 * Asks the ledger one question and shows the answer: what all commands that
 * ask have in common.
 */

import type { Connection } from '../connect.ts'
import type { Cell, FetchProgress } from '../domain/edges.ts'
import { LedgerError } from '../domain/errors.ts'
import type { Settings } from '../domain/settings.ts'
import type { Context } from './context.ts'
import { EXIT } from './exit-code.ts'
import { openFetchLine } from './fetch-line.ts'
import type { OutputFlags } from './output-flags.ts'
import type { Answer, Written } from './output/answer.ts'
import { type TextFormat, writeAnswer } from './output/format.ts'
import type { TableOptions } from './output/table.ts'
import { warn } from './report-error.ts'
import { type Output, styled } from './terminal.ts'

export interface Question {
  sql: string
  /** Values for `$1`, `$2` … */
  parameters?: readonly (string | number)[]
  /** How a table of the answer looks (default: as SQL answered). */
  table?: (columns: Answer['columns']) => TableOptions
  /** What else there is to say, when the answer is out. */
  afterwards?: Afterwards
  /** The same, only where there are no rows: what that means. Its note takes the place of `0 rows`. */
  nothing?: Afterwards
}

/** A second question, whose answer is one row, and the words for it. */
export interface Afterwards {
  sql: string
  parameters: readonly (string | number)[]
  say: (row: (column: string) => Cell) => {
    /** What is to be known of a complete answer. */
    note?: string | null
    /** What the answer leaves out, or cannot know. */
    warnings?: readonly string[]
  }
}

/**
 * Asks, writes the answer to stdout, and sets the exit code.
 *
 * @throws {LedgerError} As the query does; `usage` where the format cannot go to a terminal.
 */
export async function ask(
  context: Context,
  settings: Settings,
  question: Question,
  flags: OutputFlags,
): Promise<void> {
  const { stdout, stderr } = context.terminal
  const { output = 'table' } = flags
  if (output === 'parquet' && stdout.isTTY) throw noTerminalError()
  await using connection = await context.connect(settings)
  const told =
    output === 'parquet'
      ? await askForFile(context, connection, question)
      : await askForRows(context, connection, question, { ...flags, output })
  const more = question.afterwards && (await askForMore(context, connection, question.afterwards))
  const nothing =
    question.nothing && told.rows === 0
      ? await askForMore(context, connection, question.nothing)
      : undefined
  for (const note of [nothing?.note ?? told.note, more?.note]) {
    if (note) await stderr.write(`${styled(stderr, 'dim', note)}\n`)
  }
  const warnings = [...told.warnings, ...(more?.warnings ?? []), ...(nothing?.warnings ?? [])]
  for (const warning of warnings) await warn(stderr, warning)
  if (warnings.length > 0) context.exitCode = EXIT.partial
}

interface Told {
  rows: number
  note: string | null
  warnings: readonly string[]
}

async function askForRows(
  { terminal: { stdout, stderr, interrupted: signal } }: Context,
  { queries }: Connection,
  { sql, parameters = [], table }: Question,
  { output, rawCsv = false }: { output: TextFormat; rawCsv?: boolean },
): Promise<Told> {
  await using result = await fetching(stderr, (progress) =>
    queries.query(sql, { parameters, signal, progress }),
  )
  const look = table ? { nothing: '—', ...table(result.columns) } : {}
  const written = await writeAnswer(result, stdout, output, { rawCsv, ...look })
  return { rows: written.rows, note: noteOn(written), warnings: result.warnings }
}

async function askForFile(
  { terminal: { stdout, stderr, interrupted: signal } }: Context,
  { queries }: Connection,
  { sql, parameters = [] }: Question,
): Promise<Told> {
  await using result = await fetching(stderr, (progress) =>
    queries.copy(sql, { parameters, signal, progress }),
  )
  const { writeParquet } = await import('./output/parquet.ts')
  await writeParquet(result, stdout, signal)
  const { rows, warnings } = result
  return { rows, note: noteOn({ rows, more: false }), warnings }
}

async function askForMore(
  { terminal: { interrupted: signal } }: Context,
  { queries }: Connection,
  { sql, parameters, say }: Afterwards,
) {
  // Its warnings of damage are those of the answer.
  await using result = await queries.query(sql, { parameters, signal })
  const [row = []] = (await Array.fromAsync(result.batches())).flat()
  return say((column) => row[result.columns.findIndex(({ name }) => name === column)] ?? null)
}

async function fetching<Result>(
  stderr: Output,
  question: (progress: FetchProgress) => Promise<Result>,
): Promise<Result> {
  using line = openFetchLine(stderr)
  return await question(line.progress)
}

function noTerminalError(): LedgerError {
  return new LedgerError('usage', 'Cannot write Parquet to a terminal: it is no text', {
    hint: 'Write it to a file: … -o parquet > answer.parquet',
  })
}

function noteOn({ rows, more }: Written): string | null {
  if (rows === 0) return '0 rows'
  if (!more) return null
  return (
    `Only the first ${rows.toLocaleString('en')} rows are shown. ` +
    'For all of them, write to a file or a pipe, or use -o csv, jsonl or parquet.'
  )
}
