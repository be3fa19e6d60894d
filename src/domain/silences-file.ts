/**
 * The file of silences and exceptions as people write it.
 *
 * One that has ended stays in the file, and says what was decided then.
 */

import { z } from 'zod'

import { editorSchema, line, listOf, mapping, written } from './file-schema.ts'
import { FileProblem, type FilePath, parsePart, placeText } from './file-problem.ts'
import type { Silence, Silences } from './silence.ts'
import { parseTime } from './time.ts'

export const SILENCE_KINDS = ['silences', 'exceptions'] as const
export type SilenceKind = (typeof SILENCE_KINDS)[number]

const TIME_FORM = 'a time with its zone, such as 2026-11-23T18:00:00Z'

// Of other times there is none that a person means: relative ones would move with every reading.
const time = written(TIME_FORM, /^\d{4}-\d{2}-\d{2}[Tt]\S+$/).transform((text, context) => {
  const at = parseTime(text, new Date(0))
  if (at !== null) return at
  context.addIssue(TIME_FORM)
  return z.NEVER
})

// picomatch refuses more than 65,536 characters, and would do so while alerts are told.
const glob = written('a text, in which * stands for any', /^(?=.*\S).{1,500}$/)

const silence = mapping({
  rule: glob.prefault('*').meta({ description: 'The rule: its name, or a glob such as long-*.' }),
  match: z
    .record(line('the name of a column'), glob, { error: 'a mapping of globs by column' })
    .prefault({})
    .meta({ description: "What the finding's columns must be, each a text or a glob: svc-*." }),
  owner: line('a name').meta({ description: 'Who decided it.' }),
  reason: written('a text')
    .transform((text) => text.trim().replaceAll(/\s+/g, ' '))
    .meta({ description: 'Why.' }),
  from: time.optional().meta({
    description: 'From when on (default: always), such as 2026-11-23T18:00:00Z.',
    format: 'date-time',
  }),
  until: time.meta({
    description: 'Until when: none lasts for ever. Such as 2026-11-23T18:00:00Z.',
    format: 'date-time',
  }),
})

/** The lists of the file. */
export const silenceLists = {
  silences: listOf('a list of silences', silence).nullish().meta({
    description: 'Alerts that nobody is told of. They live on, and count.',
  }),
  exceptions: listOf('a list of exceptions', silence).nullish().meta({
    description: 'Findings that are no alert at all.',
  }),
}
const silencesFile = mapping(silenceLists)

/** An entry as it is written into the file. */
export type WrittenSilence = z.input<typeof silence>

/**
 * Reads the file.
 *
 * @param data As parsed from YAML; null where there is nothing in it.
 * @throws {FileProblem}
 */
export function parseSilences(data: unknown): Silences {
  return silencesOf(parsePart(silencesFile, data ?? {}, []), [])
}

/**
 * The silences and exceptions of such lists.
 *
 * @param at Where in the file the lists are.
 * @throws {FileProblem}
 */
export function silencesOf(lists: z.output<typeof silencesFile>, at: FilePath): Silences {
  const [silences = [], exceptions = []] = SILENCE_KINDS.map((kind) =>
    (lists[kind] ?? []).map((entry, index) => checked(entry, [...at, kind, index])),
  )
  return { silences, exceptions }
}

function checked({ from, ...entry }: z.output<typeof silence>, at: FilePath): Silence {
  const one: Silence = { ...entry, from: from ?? null }
  if (isForAll(one)) {
    throw new FileProblem(
      at,
      `${placeText(at)} would hold for everything: it has neither a rule nor a match`,
    )
  }
  if (one.from && one.from >= one.until) {
    throw new FileProblem([...at, 'until'], `${placeText([...at, 'until'])} is not after from`)
  }
  return one
}

/** Whether it leaves nothing out. */
export function isForAll({ rule, match }: Pick<Silence, 'rule' | 'match'>): boolean {
  return [rule, ...Object.values(match)].every((one) => /^\*+$/.test(one))
}

/** The file for editors. */
export function silencesFileSchema(): object {
  return editorSchema(silencesFile, 'Silences and exceptions of Bastion Ledger')
}
