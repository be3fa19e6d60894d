/**
 * The nearest word: what somebody who mistyped one probably meant.
 */

/** The most like a word of those allowed; null where none is like it. */
export function nearestOf(word: string, allowed: readonly string[]): string | null {
  const typed = word.toLowerCase()
  // One letter in three may be wrong: beyond that a guess is no help.
  let least = Math.floor(Math.max(typed.length, 3) / 3) + 1
  let nearest: string | null = null
  for (const one of allowed) {
    const edits = editsBetween(typed, one.toLowerCase())
    if (edits < least) [least, nearest] = [edits, one]
  }
  return nearest
}

/** `Did you mean "…"?`, or undefined where nothing is like the word. */
export function didYouMean(word: string, allowed: readonly string[]): string | undefined {
  const nearest = nearestOf(word, allowed)
  return nearest === null ? undefined : `Did you mean "${nearest}"?`
}

/**
 * Letters put in, left out, changed, or swapped with their neighbour.
 *
 * @see https://en.wikipedia.org/wiki/Damerau%E2%80%93Levenshtein_distance#Optimal_string_alignment_distance
 */
function editsBetween(a: string, b: string): number {
  let before: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      row[j] = Math.min(
        at(last, j) + 1,
        at(row, j - 1) + 1,
        at(last, j - 1) + (same ? 0 : 1),
        swapped ? at(before, j - 2) + 1 : Infinity,
      )
    }
    ;[before, last] = [last, row]
  }
  return at(last, b.length)
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Infinity
}
