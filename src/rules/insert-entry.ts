/**
 * Another entry in a YAML file of lists. Every other character stays as it was: `yaml` itself would
 * write the whole file anew, fold its texts and move comments to other entries.
 */

import {
  Document,
  isAlias,
  isCollection,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  visit,
} from 'yaml'

const INDENT = '  '

/**
 * The text with the entry at the end of its list, which is made where there is none.
 *
 * @param document Of the text, without errors.
 * @param entry Its values: texts on one line, and mappings of such.
 * @returns null where the list is not written as lines, so that there is no place for a line.
 */
export function insertEntry(
  text: string,
  document: Document,
  list: string,
  entry: object,
): string | null {
  const root = document.contents
  const newline = text.includes('\r\n') ? '\r\n' : '\n'
  const put = (at: number, lines: readonly string[], before = text.slice(0, at)) => {
    const ended = before === '' || before.endsWith('\n') ? before : before + newline
    return ended + lines.map((line) => line + newline).join('') + text.slice(at)
  }
  if (!isMap(root)) return put(text.length, [`${list}:`, ...linesOf(entry, INDENT)])
  if (root.flow) return null
  const margin = columnOf(text, startOf(root))
  const pair = root.items.find(({ key }) => isScalar(key) && key.value === list)
  if (!pair) return put(text.length, [`${margin}${list}:`, ...linesOf(entry, margin + INDENT)])

  const { key, value } = pair
  if (isSeq(value) && !value.flow && value.items.length > 0) {
    const column = columnOf(text, startOf(value))
    const apart = value.items.some((one, at) => at > 0 && isNode(one) && one.spaceBefore)
    const lines = linesOf(entry, column)
    return put(endOfItem(text, endOf(value), column), apart ? ['', ...lines] : lines)
  }
  if (isCollection(value) && value.items.length > 0) return null
  if (isAlias(value)) return null
  // Nothing, or `[]`, which goes.
  const [from, to] = [endOf(key) + 1, Math.max(endOf(value), endOf(key) + 1)]
  const at = endOfLine(text, to)
  const before = text.slice(0, from) + text.slice(to, at).replace(/^\s+(?=\r?\n|$)/, '')
  return put(at, linesOf(entry, margin + INDENT), before)
}

/** An entry of a list, its dash in that column. */
function linesOf(entry: object, column: string): string[] {
  const document = new Document(entry)
  visit(document, {
    // The entry itself has the key null.
    Map(key, node) {
      if (key !== null) node.flow = true
    },
  })
  const lines = document.toString({ lineWidth: 0 }).trimEnd().split('\n')
  return lines.map((line, index) => `${column}${index === 0 ? '- ' : INDENT}${line}`)
}

/** Behind the last line of an item, and behind comments that are indented like it. */
function endOfItem(text: string, end: number, column: string): number {
  let at = text[end - 1] === '\n' ? end : endOfLine(text, end)
  const comment = new RegExp(`${column}[ ]+#[^\\n]*(\\n|$)`, 'y')
  for (;;) {
    comment.lastIndex = at
    if (!comment.test(text)) return at
    at = comment.lastIndex
  }
}

function endOfLine(text: string, from: number): number {
  const at = text.indexOf('\n', from)
  return at === -1 ? text.length : at + 1
}

/** The space before that place in its line. */
function columnOf(text: string, at: number): string {
  return ' '.repeat(at - (text.lastIndexOf('\n', at - 1) + 1))
}

function startOf(node: unknown): number {
  return isNode(node) ? (node.range?.[0] ?? 0) : 0
}

/** Behind the last character of a node, comments after it left out. */
function endOf(node: unknown): number {
  if (isPair(node)) return isNode(node.value) ? endOf(node.value) : endOf(node.key)
  if (isCollection(node) && !node.flow && node.items.length > 0) return endOf(node.items.at(-1))
  return isNode(node) ? (node.range?.[1] ?? 0) : 0
}
