/**
 * A table for people, as wide as the terminal.
 *
 * On a terminal it shows the first rows and says that there are more. In a pipe or a file nothing
 * is cut: all rows, every value whole.
 */

import type { Output } from '../terminal.ts'
import type { Answer, Written } from './answer.ts'
import { tablePrinter } from './grid.ts'
import { type ColumnLook, plainLooks, type Shown, shownRow } from './look.ts'

/** Rows that size the columns. */
export const SAMPLE_ROWS = 1000

export interface TableOptions {
  /** Default: every column as SQL answered it. */
  looks?: readonly ColumnLook[]
  /** Stands for NULL (default `NULL`). */
  nothing?: string
  /** The most rows that a terminal is shown (default 1000). */
  terminalRows?: number
}

export async function writeTable(
  answer: Answer,
  stdout: Output,
  {
    looks = plainLooks(answer.columns),
    nothing = 'NULL',
    terminalRows = SAMPLE_ROWS,
  }: TableOptions = {},
): Promise<Written> {
  const enough = stdout.isTTY ? terminalRows : SAMPLE_ROWS
  const sample: Shown[][] = []
  let print: ReturnType<typeof tablePrinter> | undefined
  let rows = 0
  for await (const batch of answer.batches()) {
    const shown = batch.map((row) => shownRow(looks, row, nothing))
    rows += shown.length
    if (print) {
      await stdout.write(print(shown))
      continue
    }
    sample.push(...shown)
    if (sample.length <= enough) continue
    if (stdout.isTTY) break
    print = tablePrinter(looks, sample, stdout)
    await stdout.write(print(sample))
  }
  if (print) return { rows, more: false }

  const first = sample.slice(0, enough)
  await stdout.write(tablePrinter(looks, first, stdout)(first))
  return { rows: first.length, more: rows > first.length }
}
