/**
 * CSV with a header, for spreadsheets and scripts.
 *
 * A spreadsheet runs a cell that begins with `=` as a formula, and user names come from outside.
 * So such text gets a leading apostrophe; numbers are left as they are. NULL is empty, and empty
 * text is `""`.
 *
 * @see https://owasp.org/www-community/attacks/CSV_Injection
 */

import { stringify } from 'csv-stringify/sync'

import type { Cell } from '../../domain/edges.ts'
import type { Output } from '../terminal.ts'
import { type Answer, cellText, isNumeric, type Written } from './answer.ts'
import { visible } from './visible.ts'

// With the full-width forms, which some spreadsheets take for the plain ones.
const FORMULA = /^[=+\-@\t\r＝＋－＠]/

export interface CsvOptions {
  /** Leaves text that a spreadsheet would run as a formula as it is (default false). */
  raw?: boolean
}

function quoteEmpty(text: string) {
  return text === '' ? { value: text, quoted_empty: true } : text
}

function lines(rows: (string | null)[][]): string {
  return stringify(rows, { cast: { string: quoteEmpty } })
}

/** Writes CSV. On a terminal, control characters are made visible; elsewhere they are kept. */
export async function writeCsv(
  answer: Answer,
  stdout: Output,
  { raw = false }: CsvOptions = {},
): Promise<Written> {
  const { columns } = answer
  const harmless = (text: string) => (!raw && FORMULA.test(text) ? `'${text}` : text)
  const shown = (text: string) => (stdout.isTTY ? visible(text) : text)
  const numeric = columns.map(isNumeric)
  const asText = (cell: Cell, index: number) => {
    const text = cellText(cell)
    // A line with nothing on it is no row to most readers.
    if (text === null) return columns.length === 1 ? '' : null
    return typeof cell === 'number' || numeric[index] ? text : shown(harmless(text))
  }

  let rows = 0
  await stdout.write(lines([columns.map(({ name }) => shown(harmless(name)))]))
  for await (const batch of answer.batches()) {
    rows += batch.length
    await stdout.write(lines(batch.map((row) => row.map(asText))))
  }
  return { rows, more: false }
}
