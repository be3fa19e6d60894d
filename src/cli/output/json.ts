/**
 * JSON: one document, an array with an object a row. Written as the rows come, one a line.
 */

import type { Output } from '../terminal.ts'
import type { Answer, Written } from './answer.ts'
import { rowAsJson } from './json-row.ts'

export async function writeJson(answer: Answer, stdout: Output): Promise<Written> {
  const asJson = rowAsJson(answer.columns)
  let rows = 0
  await stdout.write('[')
  for await (const batch of answer.batches()) {
    let text = ''
    for (const row of batch) text += `${rows++ === 0 ? '\n' : ',\n'}${asJson(row)}`
    await stdout.write(text)
  }
  await stdout.write(rows === 0 ? ']\n' : '\n]\n')
  return { rows, more: false }
}
