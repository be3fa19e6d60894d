/**
 * YAML that people write, read strictly: what is wrong is told with its line and column.
 *
 * Only plain YAML 1.2 is read. Tags could make values that no schema expects, a key that is there
 * twice hides one of them, and aliases of aliases can make gigabytes of a few lines.
 */

import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  visit,
  type YAMLError,
} from 'yaml'

import { LedgerError } from '../domain/errors.ts'
import { FileProblem, type FilePath } from '../domain/file-problem.ts'
import { readText, type TextFile } from './text-file.ts'

// More aliases than anybody writes.
const MOST_ALIASES = 100

/**
 * Reads a YAML file.
 *
 * @param read Takes it as plain data; null where there is nothing in it.
 * @throws {LedgerError} `usage`, with the line and the column of what `read` found wrong.
 */
export async function readYaml<Read>(file: TextFile, read: (data: unknown) => Read): Promise<Read> {
  return parseYaml(await readText(file), file.name, read).data
}

/**
 * Parses YAML, and keeps its document for whoever changes it, and its lines for whoever tells where
 * something is written: a place is the file's name, a line and a column.
 *
 * @param name Of the file, for messages.
 * @throws {LedgerError} `usage`
 */
export function parseYaml<Read>(
  text: string,
  name: string,
  read: (data: unknown) => Read,
): { document: Document; data: Read; placeOf: (path: FilePath) => string } {
  const lines = new LineCounter()
  const document = parseDocument(text, {
    lineCounter: lines,
    schema: 'core',
    customTags: [],
    resolveKnownTags: false,
    merge: false,
    stringKeys: true,
    uniqueKeys: true,
    prettyErrors: false,
  })
  const placeAt = (offset: number | null) => {
    const { line, col } = lines.linePos(offset ?? 0)
    return offset === null ? name : `${name}:${line}:${col}`
  }
  const wrong = (offset: number | null, why: string, more: { hint?: string; cause?: unknown }) =>
    new LedgerError('usage', `Cannot use "${placeAt(offset)}": ${why}`, more)
  const [problem] = [...document.errors, ...document.warnings]
  if (problem) throw wrong(problem.pos[0], wordsOf(problem), { cause: problem })
  try {
    refuseProto(document)
    const data = read(plainData(document))
    return { document, data, placeOf: (path) => placeAt(offsetOf(document, path)) }
  } catch (error) {
    if (!(error instanceof FileProblem)) throw error
    const { message, hint } = error
    const more = hint === undefined ? {} : { hint }
    throw wrong(offsetOf(document, error.path), message, { ...more, cause: error })
  }
}

function plainData(document: Document): unknown {
  try {
    return document.toJS({ maxAliasCount: MOST_ALIASES })
  } catch (cause) {
    // https://eemeli.org/yaml/#document-options (maxAliasCount)
    if (!(cause instanceof ReferenceError)) throw cause
    throw new FileProblem([], 'its aliases stand for too much, or for nothing')
  }
}

/** The one key that schemas of records leave out without a word. */
function refuseProto(document: Document): void {
  visit(document, {
    Pair(_, { key }) {
      if (isScalar(key) && key.value === '__proto__') {
        throw new FileProblem([], 'no key can be called __proto__')
      }
    },
  })
}

/** Where a place begins: at its key, or in a list at its value. Null for the file as a whole. */
function offsetOf(document: Document, path: FilePath): number | null {
  let node: unknown = document.contents
  let offset: number | null = null
  for (const key of path) {
    if (isAlias(node)) node = node.resolve(document)
    if (isMap(node)) {
      const pair = node.items.find((one) => isScalar(one.key) && String(one.key.value) === key)
      if (!pair) break
      offset = startOf(pair.key) ?? offset
      node = pair.value
    } else if (isSeq(node) && typeof key === 'number') {
      node = node.items[key]
      offset = startOf(node) ?? offset
    } else break
  }
  return offset
}

function startOf(node: unknown): number | null {
  const within = isMap(node) || isSeq(node) || isScalar(node) || isAlias(node) ? node.range : null
  return within?.[0] ?? null
}

function wordsOf({ code, message }: YAMLError): string {
  if (code === 'DUPLICATE_KEY') return 'this key is there twice'
  if (code === 'TAG_RESOLVE_FAILED') return 'tags are not allowed'
  if (code === 'MULTIPLE_DOCS') return 'a second document begins here, and one is allowed'
  if (code === 'RESOURCE_EXHAUSTION') return 'it is nested too deep'
  const words = message.replace(/\.$/, '')
  return `this is no YAML: ${words.charAt(0).toLowerCase()}${words.slice(1)}`
}
