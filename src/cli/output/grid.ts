/**
 * The lines of a table: a header, a rule and the rows; or records, where columns cannot fit.
 */

import { type Output, styled } from '../terminal.ts'
import { type ColumnWish, fitColumns, GAP } from './layout.ts'
import { type ColumnLook, paint, type Printer, type Shown } from './look.ts'
import { recordPrinter } from './record.ts'
import { visible } from './visible.ts'
import { pad, truncate, widthOf } from './width.ts'

// Most names of hosts and machines are whole in the first; in less than the second none is.
const COMFORTABLE_TEXT = 20
const LEAST_TEXT = 12
const COMFORTABLE_TITLE = 8
const LEAST_TITLE = 6

/**
 * Decides how a table is laid out.
 *
 * @param sample The rows that size the columns. Where nothing limits a line, wider values of later
 *   rows widen them.
 */
export function tablePrinter(
  looks: readonly ColumnLook[],
  sample: readonly (readonly Shown[])[],
  output: Output,
): Printer {
  const limited = output.columns !== null
  const titles = looks.map(({ title }) => visible(title))
  const wishes = looks.map((look, i) => {
    // In a pipe a later row may fill it.
    if (limited && look.optional && sample.every((row) => row[i]?.nothing)) return LEFT_OUT
    return wishOf(look, titles[i] ?? '', cellWidth(sample, i))
  })
  const fitted = fitColumns(wishes, output.columns)
  if (!fitted) return recordPrinter(looks, output)

  let widths = fitted
  let begun = false
  return (rows) => {
    if (!limited) widths = widths.map((width, i) => Math.max(width, cellWidth(rows, i)))
    const grid: Grid = { looks, widths, output }
    const lines = rows.map((row) => gridLine(grid, row))
    if (!begun) lines.unshift(...heading(grid, titles))
    begun = true
    return lines.map((text) => `${text}\n`).join('')
  }
}

const LEFT_OUT: ColumnWish = { natural: 0, comfortable: 0, least: 0, optional: true }

function wishOf(look: ColumnLook, title: string, cells: number): ColumnWish {
  const natural = Math.max(widthOf(title), cells, 1)
  const optional = look.optional ?? false
  if (!look.whole) return { natural, comfortable: COMFORTABLE_TEXT, least: LEAST_TEXT, optional }
  const comfortable = Math.max(cells, COMFORTABLE_TITLE)
  return { natural, comfortable, least: Math.max(cells, LEAST_TITLE), optional }
}

function cellWidth(rows: readonly (readonly Shown[])[], column: number): number {
  return rows.reduce((most, row) => Math.max(most, widthOf(row[column]?.text ?? '')), 0)
}

interface Grid {
  looks: readonly ColumnLook[]
  widths: readonly number[]
  output: Output
}

function gridLine({ looks, widths, output }: Grid, row: readonly Shown[]): string {
  const cells = row.flatMap((cell, i) => {
    const width = widths[i] ?? 0
    if (width === 0) return []
    return [pad(paint(output, cell, truncate(cell.text, width)), width, looks[i]?.align ?? 'left')]
  })
  return cells.join(' '.repeat(GAP)).trimEnd()
}

function heading(grid: Grid, titles: readonly string[]): string[] {
  const names = titles.map((text) => ({ text, nothing: false, style: 'bold' as const }))
  const width = grid.widths.reduce((sum, one) => sum + (one > 0 ? one + GAP : 0), -GAP)
  return [gridLine(grid, names), styled(grid.output, 'dim', '─'.repeat(Math.max(width, 0)))]
}
