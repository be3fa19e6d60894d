/**
 * The output formats, and how to write each. A format is loaded when it is used.
 */

import type { Output } from '../terminal.ts'
import type { Answer, Written } from './answer.ts'
import type { TableOptions } from './table.ts'

export const FORMATS = ['table', 'csv', 'json', 'jsonl', 'markdown', 'parquet'] as const
export type Format = (typeof FORMATS)[number]
/** Formats that are written row by row; DuckDB writes the other (parquet.ts). */
export type TextFormat = Exclude<Format, 'parquet'>

export interface FormatOptions extends TableOptions {
  /** CSV only: leaves text that a spreadsheet would run as a formula as it is. */
  rawCsv?: boolean
}

type Write = (answer: Answer, stdout: Output, options: FormatOptions) => Promise<Written>

const WRITERS: Record<TextFormat, Write> = {
  table: async (answer, stdout, options) =>
    isPlan(answer)
      ? (await import('./plan.ts')).writePlan(answer, stdout)
      : (await import('./table.ts')).writeTable(answer, stdout, options),
  csv: async (answer, stdout, { rawCsv: raw = false }) =>
    (await import('./csv.ts')).writeCsv(answer, stdout, { raw }),
  json: async (answer, stdout) => (await import('./json.ts')).writeJson(answer, stdout),
  jsonl: async (answer, stdout) => (await import('./jsonl.ts')).writeJsonLines(answer, stdout),
  markdown: async (answer, stdout) => (await import('./markdown.ts')).writeMarkdown(answer, stdout),
}

/** Whether it is the answer to an EXPLAIN: a drawing, whose lines a table would take apart. */
function isPlan({ columns }: Answer): boolean {
  return columns.map(({ name }) => name).join() === 'explain_key,explain_value'
}

/** Writes an answer as it comes, holding no more than the rows that size a table. */
export function writeAnswer(
  answer: Answer,
  stdout: Output,
  format: TextFormat,
  options: FormatOptions = {},
): Promise<Written> {
  return WRITERS[format](answer, stdout, options)
}
