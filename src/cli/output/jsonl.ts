/**
 * JSON Lines: an object a row, one a line. For pipes, and for answers of any length.
 *
 * @see https://jsonlines.org
 */

import type { Output } from '../terminal.ts'
import type { Answer, Written } from './answer.ts'
import { rowAsJson } from './json-row.ts'

export async function writeJsonLines(answer: Answer, stdout: Output): Promise<Written> {
  const asJson = rowAsJson(answer.columns)
  let rows = 0
  for await (const batch of answer.batches()) {
    rows += batch.length
    await stdout.write(batch.map((row) => `${asJson(row)}\n`).join(''))
  }
  return { rows, more: false }
}
