/**
 * Records: one line a value, for tables whose columns cannot fit beside each other.
 */

import { type Output, styled } from '../terminal.ts'
import { GAP } from './layout.ts'
import { type ColumnLook, paint, type Printer } from './look.ts'
import { visible } from './visible.ts'
import { fold, pad, truncate, widthOf } from './width.ts'

// Below this a value would be one long thin column of letters.
const LEAST_VALUE = 12

/** Shows every value whole, folded where the line ends. */
export function recordPrinter(looks: readonly ColumnLook[], output: Output): Printer {
  const titles = looks.map(({ title }) => visible(title))
  const columns = output.columns ?? Infinity
  const widest = Math.max(...titles.map(widthOf))
  const titleWidth = Math.max(Math.min(widest, columns - GAP - LEAST_VALUE), 1)
  const valueWidth = Math.max(columns - titleWidth - GAP, LEAST_VALUE)
  let count = 0
  return (rows) =>
    rows
      .map((row) => {
        count += 1
        const name = `─ ${count} `
        const lines = [styled(output, 'dim', name.padEnd(Math.min(columns, 60), '─'))]
        for (const [i, cell] of row.entries()) {
          if (cell.nothing && looks[i]?.optional) continue
          const title = pad(truncate(titles[i] ?? '', titleWidth), titleWidth, 'left')
          for (const [part, text] of fold(cell.text, valueWidth).entries()) {
            const left = part === 0 ? styled(output, 'bold', title) : ' '.repeat(titleWidth)
            lines.push(`${left}${' '.repeat(GAP)}${paint(output, cell, text)}`.trimEnd())
          }
        }
        return lines.map((text) => `${text}\n`).join('')
      })
      .join('')
}
