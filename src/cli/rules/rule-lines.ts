/**
 * Text about a rule, in lines that fit the terminal.
 */

import { visible } from '../output/visible.ts'
import { pad, widthOf } from '../output/width.ts'
import { wrap } from '../output/wrap.ts'
import { type Output, styled } from '../terminal.ts'

// Longer lines are hard to read, and shorter ones are a column of words.
const WIDEST = 100
const LEAST = 20
const GAP = '  '

function widthFor({ columns }: Output, taken: number): number {
  return Math.max(Math.min(columns ?? WIDEST, WIDEST) - taken, LEAST)
}

export function paragraph(text: string, stdout: Output): string[] {
  return wrap(visible(text), widthFor(stdout, 0))
}

/** Names and what they stand for, beside each other where there is room, else below each other. */
export function pairLines(pairs: readonly (readonly [string, string])[], stdout: Output): string[] {
  const names = Math.max(...pairs.map(([name]) => widthOf(visible(name))))
  const beside = names + 2 * GAP.length + LEAST <= (stdout.columns ?? WIDEST)
  const width = widthFor(stdout, beside ? names + 2 * GAP.length : 2 * GAP.length)
  return pairs.flatMap(([name, text]) => {
    const lines = wrap(visible(text), width)
    const head = styled(stdout, 'dim', beside ? pad(visible(name), names, 'left') : visible(name))
    if (!beside) return [GAP + head, ...lines.map((line) => GAP + GAP + line)]
    return lines.map((line, index) => {
      return `${GAP}${index === 0 ? head : ' '.repeat(names)}${GAP}${line}`
    })
  })
}
