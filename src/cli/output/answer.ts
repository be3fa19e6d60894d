/**
 * An answer on its way out: columns, rows as they come, and what became of them.
 */

import type { Cell } from '../../domain/edges.ts'

export interface AnswerColumn {
  name: string
  /** DuckDB's name of the type. */
  type: string
}

export interface Answer {
  columns: readonly AnswerColumn[]
  batches(): AsyncIterable<readonly (readonly Cell[])[]>
}

/** What was written of an answer. */
export interface Written {
  rows: number
  /** Whether rows were left out, which happens only on a terminal. */
  more: boolean
}

const NUMERIC = /^(U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER|FLOAT|DOUBLE|DECIMAL\b.*|BIGNUM|VARINT)$/

/** Whether the column holds numbers, however they are written. */
export function isNumeric({ type }: AnswerColumn): boolean {
  return NUMERIC.test(type)
}

/** A cell as plain text; null where it is NULL. */
export function cellText(cell: Cell): string | null {
  if (cell === null || typeof cell === 'string') return cell
  return typeof cell === 'object' ? JSON.stringify(cell) : String(cell)
}
