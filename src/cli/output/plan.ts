/**
 * A plan, as DuckDB draws it: lines and boxes, so it is as wide as it is.
 */

import type { Output } from '../terminal.ts'
import { type Answer, cellText, type Written } from './answer.ts'
import { visible } from './visible.ts'

/** @param answer Of an EXPLAIN: the second of its columns holds the drawing. */
export async function writePlan(answer: Answer, stdout: Output): Promise<Written> {
  let rows = 0
  for await (const batch of answer.batches()) {
    for (const [, drawing = null] of batch) {
      const lines = (cellText(drawing) ?? '').replace(/\n$/, '').split('\n')
      await stdout.write(lines.map((line) => `${visible(line).trimEnd()}\n`).join(''))
    }
    rows += batch.length
  }
  return { rows, more: false }
}
