/**
 * Layout: how wide the columns of a table are, so that it fits the terminal.
 *
 * Numbers and times are never cut. Text columns give way, the widest first, as long as they stay
 * comfortable to read; then columns that a reader can do without are left out; then text gives way
 * to its least width. If that is still too much, the table is shown as records, one line a value
 * (record.ts).
 */

export interface ColumnWish {
  /** Cells that the longest of its texts takes. */
  natural: number
  /** Cells in which it is pleasant to read. */
  comfortable: number
  /** Cells below which it is not worth showing. */
  least: number
  /** Whether the table makes sense without it. */
  optional: boolean
}

/** Cells between two columns. */
export const GAP = 2

/**
 * Shares the width out.
 *
 * @param available Cells in a line; null where nothing limits it.
 * @returns The width of each column, 0 for one left out; null where they cannot fit.
 */
export function fitColumns(
  wishes: readonly ColumnWish[],
  available: number | null,
): number[] | null {
  if (available === null) return wishes.map(({ natural }) => natural)
  const comfortable = wishes.map((wish) => Math.min(wish.natural, wish.comfortable))
  while (spareCells(comfortable, available) < 0) {
    const last = wishes.findLastIndex(({ optional }, i) => optional && comfortable[i] !== 0)
    if (last === -1) break
    comfortable[last] = 0
  }
  const least = wishes.map((wish, i) => Math.min(comfortable[i] ?? 0, wish.least))
  for (const widths of [comfortable, least]) {
    const spare = spareCells(widths, available)
    if (spare >= 0) return grow(widths, wishes, spare)
  }
  return null
}

/** Cells that columns of these widths leave free. */
function spareCells(widths: readonly number[], available: number): number {
  return available - widths.reduce((sum, width) => sum + (width > 0 ? width + GAP : 0), -GAP)
}

/** Gives what is left to the narrowest column that wants more, cell by cell. */
function grow(widths: readonly number[], wishes: readonly ColumnWish[], spare: number): number[] {
  const grown = [...widths]
  for (let left = spare; left > 0; left--) {
    let next = -1
    for (const [i, width] of grown.entries()) {
      const wants = width > 0 && width < (wishes[i]?.natural ?? 0)
      if (wants && (next === -1 || width < (grown[next] ?? 0))) next = i
    }
    if (next === -1) break
    grown[next] = (grown[next] ?? 0) + 1
  }
  return grown
}
