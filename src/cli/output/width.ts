/**
 * Width: how many cells a text takes on a terminal, and cutting it to fit.
 *
 * Characters are cut where a reader sees them end (graphemes), never inside an emoji or between a
 * letter and its accent. East Asian characters take two cells.
 */

import stringWidth from 'string-width'

const ELLIPSIS = '…'
const PRINTABLE_ASCII = /^[ -~]*$/

let segmenter: Intl.Segmenter | undefined

function graphemes(text: string): string[] {
  segmenter ??= new Intl.Segmenter('en', { granularity: 'grapheme' })
  return Array.from(segmenter.segment(text), ({ segment }) => segment)
}

/** Cells that a text without control characters takes. */
export function widthOf(text: string): number {
  return PRINTABLE_ASCII.test(text) ? text.length : stringWidth(text)
}

/** The text in at most that many cells, its end replaced by `…` where it is longer. */
export function truncate(text: string, width: number): string {
  if (widthOf(text) <= width) return text
  if (width <= 1) return ELLIPSIS
  const [first = ''] = fold(text, width - 1)
  return first + ELLIPSIS
}

/** The text in lines of at most that many cells. A single wider character keeps its line. */
export function fold(text: string, width: number): string[] {
  if (widthOf(text) <= width) return [text]
  const lines: string[] = []
  let line = ''
  let used = 0
  for (const grapheme of graphemes(text)) {
    const cells = widthOf(grapheme)
    if (line !== '' && used + cells > width) {
      lines.push(line)
      line = ''
      used = 0
    }
    line += grapheme
    used += cells
  }
  lines.push(line)
  return lines
}

/** The text filled up with spaces. */
export function pad(text: string, width: number, align: 'left' | 'right'): string {
  const spaces = ' '.repeat(Math.max(width - widthOf(text), 0))
  return align === 'right' ? spaces + text : text + spaces
}
