/**
 * A row as a JSON object.
 */

import type { Cell } from '../../domain/edges.ts'
import type { AnswerColumn } from './answer.ts'
import { visibleJson } from './visible.ts'

/** Makes the function that writes rows of these columns. */
export function rowAsJson(columns: readonly AnswerColumn[]): (row: readonly Cell[]) => string {
  const keys = columns.map(({ name }) => `${JSON.stringify(name)}:`)
  return (row) => {
    const members = keys.map((key, index) => key + JSON.stringify(row[index] ?? null))
    return visibleJson(`{${members.join(',')}}`)
  }
}
