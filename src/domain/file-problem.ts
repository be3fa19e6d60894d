/**
 * A problem of a file that a person wrote: where in it, what is wrong, and what is allowed.
 *
 * Places are paths of keys. Only who read the file knows their lines (rules/read-yaml.ts).
 */

import type { z } from 'zod'

import { didYouMean } from './nearest.ts'

export type FilePath = readonly (string | number)[]

/** Its message names the place and what is wrong, without the file and the line. */
export class FileProblem extends Error {
  override readonly name = 'FileProblem'
  readonly path: FilePath
  readonly hint: string | undefined

  constructor(path: FilePath, message: string, hint?: string) {
    super(message)
    this.path = path
    this.hint = hint
  }
}

/**
 * Reads a part of a file by a schema whose errors are what it takes, as written by `mapping` and
 * `written`.
 *
 * @param at Where in the file it is.
 * @throws {FileProblem} Of all problems, a key that is unknown first: it is why another is missing.
 */
export function parsePart<Schema extends z.ZodType>(
  schema: Schema,
  part: unknown,
  at: FilePath,
): z.output<Schema> {
  const parsed = schema.safeParse(part, { reportInput: true })
  if (parsed.success) return parsed.data
  const { issues } = parsed.error
  const first = issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0]
  if (!first) throw parsed.error
  throw problemOf(first, at)
}

function problemOf(issue: z.core.$ZodIssue, at: FilePath): FileProblem {
  const path = [...at, ...issue.path.map((key) => (typeof key === 'symbol' ? '' : key))]
  if (issue.code === 'unrecognized_keys') {
    const [key = ''] = issue.keys
    return unknownKey(path, key, issue.message.split(', '))
  }
  if (issue.code === 'invalid_key') {
    const form = issue.issues[0]?.message ?? issue.message
    return new FileProblem(path, `${placeText(path)} cannot have this name: it takes ${form}`)
  }
  if (issue.input === undefined) {
    const [within, key] = [path.slice(0, -1), path.at(-1)]
    return new FileProblem(
      within,
      `${placeText(within)} lacks "${key}", which takes ${formOf(issue)}`,
    )
  }
  const values = issue.code === 'invalid_value' ? issue.values.map(String) : []
  return wrongValue(path, issue.input, formOf(issue), values)
}

/** What a mapping's schema says is the list of its keys. */
function formOf({ code, message, ...issue }: z.core.$ZodIssue): string {
  const ofKeys = code === 'invalid_type' && 'expected' in issue && issue.expected === 'object'
  return ofKeys ? `a mapping of ${message}` : message
}

/** The problem of a key that is none of those allowed. */
export function unknownKey(at: FilePath, key: string, allowed: readonly string[]): FileProblem {
  return new FileProblem(
    [...at, key],
    `${placeText(at)} has no key ${described(key)}: it takes ${allowed.join(', ')}`,
    didYouMean(key, allowed),
  )
}

/**
 * The problem of a value that is not what its place takes.
 *
 * @param form What it takes.
 * @param allowed The words it takes, where these are few.
 */
export function wrongValue(
  path: FilePath,
  value: unknown,
  form: string,
  allowed: readonly string[] = [],
): FileProblem {
  const hint = typeof value === 'string' ? didYouMean(value, allowed) : undefined
  return new FileProblem(path, `${placeText(path)} takes ${form}, not ${described(value)}`, hint)
}

/** A place as people write it: `rules[1].parameters.machines`. */
export function placeText(path: FilePath): string {
  if (path.length === 0) return 'the file'
  return path
    .map((key) => (typeof key === 'number' ? `[${key}]` : `.${key}`))
    .join('')
    .replace(/^\./, '')
}

const LONGEST = 60

/** A value in a few words. It may be a list that holds itself. */
function described(value: unknown): string {
  if (value === null) return 'nothing'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'a mapping'
  // YAML has infinite numbers, and JSON has not.
  const text = typeof value === 'number' ? `${value}` : JSON.stringify(value)
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text
}
