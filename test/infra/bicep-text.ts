/**
 * The deployment's files as text, for tests that look for what must and must not be in them.
 *
 * Comments are taken out first: they name what is forbidden in order to say why. No compiler is
 * needed, and nothing is asked of Azure.
 */

import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'

const ROOT = join(import.meta.dirname, '../..')

/** Text of each file, by its path in the repository. */
export type Files = ReadonlyMap<string, string>

/** Reads infra/ and azure.yaml; Bicep without its comments. */
export function readDeployment(): Files {
  const infra = readdirSync(join(ROOT, 'infra'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
  return new Map(
    [...infra, join(ROOT, 'azure.yaml')].map((file) => {
      const text = readFileSync(file, 'utf8')
      const path = relative(ROOT, file).replaceAll('\\', '/')
      return [path, path.endsWith('.bicep') ? withoutComments(text) : text]
    }),
  )
}

/** The same files, and one more: what a check must notice is planted so. */
export function plant(files: Files, text: string, path = 'infra/planted.bicep'): Files {
  return new Map([...files, [path, withoutComments(text)]])
}

/** The same files, with one text in one of them replaced. */
export function replaceIn(files: Files, path: string, from: string, to: string): Files {
  const text = files.get(path)
  if (text?.includes(from) !== true) throw new Error(`"${path}" has no ${JSON.stringify(from)}`)
  return new Map([...files, [path, text.replace(from, to)]])
}

// A string of several lines, a string, or a comment: only comments go.
const STRING_OR_COMMENT = /'''[^]*?'''|'(?:\\.|[^'\\\n])*'|\/\/[^\n]*|\/\*[^]*?\*\//g

export function withoutComments(bicep: string): string {
  return bicep.replace(STRING_OR_COMMENT, (found) => (found.startsWith("'") ? found : ''))
}

/** Every match in every file, as `path: match`. */
export function findAll(files: Files, pattern: RegExp): string[] {
  return [...files].flatMap(([path, text]) =>
    [...text.matchAll(pattern)].map(([match]) => `${path}: ${match.trim()}`),
  )
}

/** The strings of the array that follows this text. */
export function stringsAfter(text: string, start: string): string[] {
  const from = text.indexOf(start)
  if (from < 0) throw new Error(`There is no ${JSON.stringify(start)}`)
  const array = /\[([^\]]*)\]/.exec(text.slice(from + start.length))?.[1] ?? ''
  return [...array.matchAll(/'([^']*)'/g)].map(([, value]) => value ?? '')
}

/** The bodies of all resources of a type, each with the path of its file. */
export function resourcesOf(files: Files, type: string): { path: string; body: string }[] {
  return [...files].flatMap(([path, text]) =>
    text
      .split(/^(?=resource )/m)
      .filter((part) => part.startsWith('resource ') && part.includes(`'${type}@`))
      .filter((part) => !/^resource \S+ '[^']*' existing/.test(part))
      .map((part) => ({ path, body: part.split(/\n\}\n|\n\]\n/)[0] ?? '' })),
  )
}
