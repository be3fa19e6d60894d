/**
 * A look: how a column is shown to people, in a table or in records.
 */

import type { Cell } from '../../domain/edges.ts'
import { type Output, type Style, styled } from '../terminal.ts'
import { type AnswerColumn, cellText, isNumeric } from './answer.ts'
import { visible } from './visible.ts'

export interface ColumnLook {
  title: string
  /** What to show of a row; null where there is nothing. */
  text(row: readonly Cell[]): string | null
  style?(row: readonly Cell[]): Style | null
  align?: 'left' | 'right'
  /** Whether its values are worth nothing when cut, like numbers and times. */
  whole?: boolean
  /**
   * Whether the table makes sense without it. It is left out where it holds nothing, and on a
   * narrow terminal, where the last such column goes first.
   */
  optional?: boolean
}

/** What a cell shows. */
export interface Shown {
  text: string
  /** Whether it stands for NULL. */
  nothing: boolean
  style: Style | null
}

/** Makes the lines of the rows it is given. Called again, it goes on where it ended. */
export type Printer = (rows: readonly (readonly Shown[])[]) => string

/** Columns as SQL answered them. */
export function plainLooks(columns: readonly AnswerColumn[]): ColumnLook[] {
  return columns.map((column, index) => ({
    title: column.name,
    text: (row) => cellText(row[index] ?? null),
    align: isNumeric(column) ? 'right' : 'left',
    whole: isNumeric(column) || /^(TIMESTAMP|DATE|TIME|BOOLEAN)/.test(column.type),
  }))
}

/**
 * The cells of a row.
 *
 * @param nothing Stands for NULL.
 */
export function shownRow(
  looks: readonly ColumnLook[],
  row: readonly Cell[],
  nothing: string,
): Shown[] {
  return looks.map((look) => {
    const text = look.text(row)
    if (text === null) return { text: nothing, nothing: true, style: 'dim' }
    return { text: visible(text), nothing: false, style: look.style?.(row) ?? null }
  })
}

/** A cell's text, already cut and filled up, in its style. */
export function paint(output: Output, { style }: Shown, text: string): string {
  return style === null ? text : styled(output, style, text)
}
