/**
 * The output formats, and how to write each. A format is loaded when it is used.
 */

import type { Output } from '../terminal.ts'
import type { Answer, Written } from './answer.ts'
import type { TableOptions } from './table.ts'

export const FORMATS = ['table', 'csv', 'json', 'jsonl', 'markdown'] as const
export type Format = (typeof FORMATS)[number]

export interface FormatOptions extends TableOptions {
  /** CSV only: leaves text that a spreadsheet would run as a formula as it is. */
  rawCsv?: boolean
}

type Write = (answer: Answer, stdout: Output, options: FormatOptions) => Promise<Written>

const WRITERS: Record<Format, Write> = {
  table: async (answer, stdout, options) =>
    (await import('./table.ts')).writeTable(answer, stdout, options),
  csv: async (answer, stdout, { rawCsv: raw = false }) =>
    (await import('./csv.ts')).writeCsv(answer, stdout, { raw }),
  json: async (answer, stdout) => (await import('./json.ts')).writeJson(answer, stdout),
  jsonl: async (answer, stdout) => (await import('./jsonl.ts')).writeJsonLines(answer, stdout),
  markdown: async (answer, stdout) => (await import('./markdown.ts')).writeMarkdown(answer, stdout),
}

/** Writes an answer as it comes, holding no more than the rows that size a table. */
export function writeAnswer(
  answer: Answer,
  stdout: Output,
  format: Format,
  options: FormatOptions = {},
): Promise<Written> {
  return WRITERS[format](answer, stdout, options)
}
