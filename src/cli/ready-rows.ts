/**
 * Rows that are no answer to SQL, in the same formats. All but Parquet, which DuckDB writes.
 */

import type { Command } from 'commander'

import type { Cell } from '../domain/edges.ts'
import type { Context } from './context.ts'
import { choiceOf, orList } from './flag-values.ts'
import type { AnswerColumn } from './output/answer.ts'
import { FORMATS, type TextFormat, writeAnswer } from './output/format.ts'
import type { ColumnLook } from './output/look.ts'

const TEXT_FORMATS = FORMATS.filter((format) => format !== 'parquet')

export interface RowFlags {
  output?: TextFormat
  rawCsv?: boolean
}

export interface ReadyRows {
  columns: readonly AnswerColumn[]
  rows: readonly Cell[][]
  /** How a table of them looks. */
  looks: readonly ColumnLook[]
}

export function addRowFlags(command: Command): void {
  command
    .option(
      '-o, --output <FORMAT>',
      `Write ${orList(TEXT_FORMATS)} (default table)`,
      choiceOf('--output', TEXT_FORMATS),
    )
    .option('--raw-csv', 'In csv, put no apostrophe before text that begins with = + - or @')
}

/** Writes them to stdout. */
export async function writeRows(
  { terminal: { stdout } }: Context,
  { columns, rows, looks }: ReadyRows,
  { output = 'table', rawCsv = false }: RowFlags,
): Promise<void> {
  const answer = {
    columns,
    async *batches() {
      yield rows
    },
  }
  await writeAnswer(answer, stdout, output, { rawCsv, looks, nothing: '—' })
}
