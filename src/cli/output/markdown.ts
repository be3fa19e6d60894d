/**
 * A Markdown table (GitHub's), to paste into an issue or a report. Values are shown literally.
 *
 * All rows are written. The columns of the source are aligned over the first rows, so that the
 * text is pleasant to read; later rows are as valid without it.
 *
 * @see https://github.github.com/gfm/#tables-extension-
 */

import { markdownTable } from 'markdown-table'

import type { Cell } from '../../domain/edges.ts'
import type { Output } from '../terminal.ts'
import { type Answer, cellText, isNumeric, type Written } from './answer.ts'
import { SAMPLE_ROWS } from './table.ts'
import { visible } from './visible.ts'
import { widthOf } from './width.ts'

// An underscore inside a word is no emphasis; names like `host_id` stay readable.
const SPECIAL = /[\\`*[\]<>|&~]|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu

/** The text so that Markdown shows just that. */
export function markdownText(text: string): string {
  return text
    .split(/\r\n|\n|\r/)
    .map((line) => visible(line).replaceAll(SPECIAL, '\\$&'))
    .join('<br>')
}

export async function writeMarkdown(answer: Answer, stdout: Output): Promise<Written> {
  const header = answer.columns.map(({ name }) => markdownText(name))
  const align = answer.columns.map((column) => (isNumeric(column) ? 'r' : ''))
  const table = (sample: string[][]) =>
    `${markdownTable([header, ...sample], { align, stringLength: widthOf })}\n`
  const sample: string[][] = []
  let begun = false
  let rows = 0
  for await (const batch of answer.batches()) {
    const cells = batch.map((row) => row.map(asMarkdown))
    rows += cells.length
    if (begun) {
      await stdout.write(cells.map((row) => `| ${row.join(' | ')} |\n`).join(''))
      continue
    }
    sample.push(...cells)
    if (sample.length < SAMPLE_ROWS) continue
    await stdout.write(table(sample))
    begun = true
  }
  if (!begun) await stdout.write(table(sample))
  return { rows, more: false }
}

function asMarkdown(cell: Cell): string {
  const text = cellText(cell)
  return text === null ? '' : markdownText(text)
}
