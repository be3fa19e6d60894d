/**
 * The page about alerts, taken apart: its blocks, each with the name that a comment before it gives,
 * and its table of rules.
 */

export interface Block {
  /** Of the comment before it, such as `<!-- rules.yaml -->`; null where there is none. */
  name: string | null
  language: string
  text: string
}

const BLOCK = /(?:<!-- (?<name>.+) -->\n\n)?```(?<language>\w*)\n(?<text>[^]*?)```\n/g

/** The blocks of a page, in order. */
export function blocksOf(page: string): Block[] {
  return Array.from(page.matchAll(BLOCK), ({ groups }) => ({
    name: groups?.['name'] ?? null,
    language: groups?.['language'] ?? '',
    text: groups?.['text'] ?? '',
  }))
}

/** A line of a block in which something was left out. */
const LEFT_OUT = /^ *…\n/m

/** Whether a shortened text is another one with stretches of lines left out, where it says so. */
export function isShortened(shortened: string, whole: string): boolean {
  const parts = shortened.split(LEFT_OUT)
  const [first = '', last = ''] = [parts[0], parts.at(-1)]
  if (!whole.startsWith(first) || !whole.endsWith(last)) return false
  let at = 0
  for (const part of parts) {
    const found = whole.indexOf(part, at)
    if (found === -1 || (found > 0 && whole[found - 1] !== '\n')) return false
    at = found + part.length
  }
  return true
}

/** The cells of a table's rows below a heading, without its head. */
export function tableUnder(page: string, heading: string): string[][] {
  const [, section = ''] = page.split(`\n## ${heading}\n`)
  const [table = ''] = /(?:^\|.*\n)+/m.exec(section) ?? []
  return table
    .split('\n')
    .filter((line) => line !== '')
    .slice(2)
    .map((line) =>
      line
        .split(/(?<!\\)\|/)
        .slice(1, -1)
        .map((cell) => cell.trim()),
    )
}
