/**
 * The rules file as people write it: changes to rules that come with the program, and rules of their
 * own.
 */

import { z } from 'zod'

import { editorSchema, line, listOf, mapping, span, written, yesNo } from './file-schema.ts'
import { PARAMETER_TYPES } from './rule-parameter.ts'
import { SEVERITIES } from './rule.ts'

const YEAR_MS = 365 * 86_400_000

const NAME_FORM = 'a name in lower case with hyphens, such as rdp-to-domain-controller'
const name = written(NAME_FORM, /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/)
const column = line('the name of a column')

// What begins like an id of ATT&CK must be one, or a filter by it would miss the rule.
// https://attack.mitre.org/techniques/T1021/001/ (T1021.001), https://attack.mitre.org/tactics/TA0008/
const tag = written(
  'one word, or an id of MITRE ATT&CK such as T1021, T1021.001 or TA0008',
  /^(T\d{4}(\.\d{3})?|TA\d{4}|(?![Tt][Aa]?\d{3})\S+)$/,
)

const title = line('one line of text').meta({ description: 'What it finds, in a few words.' })
const severity = z
  .enum(SEVERITIES, { error: `${SEVERITIES.slice(0, -1).join(', ')} or ${SEVERITIES.at(-1)}` })
  .meta({ description: 'How much it matters.' })
const description = written('a text')
  .transform((text) => text.trim())
  .meta({ description: 'What it finds, why that matters, and what to do about it.' })
const tags = listOf('a list of words', tag).meta({
  description: 'Free words, and ids of MITRE ATT&CK techniques such as T1021.001.',
})
const enabled = yesNo().meta({ description: 'Whether it is asked.' })
const forMs = span(0, YEAR_MS).meta({
  description: 'How long a finding must be there before its alert fires, such as 15m.',
})
const keepFiringFor = span(0, YEAR_MS).meta({
  description: 'How long an alert goes on firing after its finding is gone, such as 10m.',
})
const repeat = span(60_000, YEAR_MS).meta({
  description: 'After how long a firing alert is told again, such as 4h.',
})

const value = z
  .union([z.string(), z.number(), z.boolean(), z.array(z.string())], {
    error: 'a text, a number, true or false, or a list of texts',
  })
  .meta({ description: 'Its value. A time of day is in quotes: "07:30".' })

const parameter = mapping({
  type: z
    .enum(PARAMETER_TYPES, {
      error: `${PARAMETER_TYPES.slice(0, -1).join(', ')} or ${PARAMETER_TYPES.at(-1)}`,
    })
    .meta({ description: 'What kind of value it takes.' }),
  value,
  doc: written('a text').optional().meta({ description: 'What it means.' }),
}).meta({
  description: 'A value that the SQL uses by the name of the parameter, such as $machines.',
})

const parameterName = written(
  'a name in lower case with underscores, other than now and interval, which every rule has',
  /^(?!(now|interval)$)[a-z][a-z0-9_]*$/,
)

const inhibition = mapping({
  rule: name.meta({ description: 'The other rule.' }),
  equal: listOf('a list of columns', column).meta({
    description: 'Columns in which both must have the same values.',
  }),
}).meta({ description: 'Alerts of another rule that hold the notices of this one back.' })

/** A rule of one's own. */
export const ownRule = mapping({
  name: name.meta({ description: 'Its name: lower case with hyphens, not that of another rule.' }),
  title,
  severity,
  description,
  tags: tags.prefault([]),
  sql: written('a SELECT').meta({
    description:
      "One SELECT over the ledger's views; each row is a finding. A column summary is its line of " +
      'text. It may use its parameters, $now and $interval.',
  }),
  labels: listOf('a list of columns', column).meta({
    description: 'The columns that say which alert a row belongs to. Others may change over time.',
  }),
  host: line('the name of a column, or none')
    .prefault('host_id')
    .meta({
      description:
        'The column with the id, or the list of ids, of the hosts whose answers a finding rests on: ' +
        'while they cannot be read, its alert is not resolved. "none" where it rests on no host.',
    }),
  for: forMs.prefault('0s'),
  keep_firing_for: keepFiringFor.prefault('0s'),
  repeat: repeat.prefault('4h'),
  enabled: enabled.prefault(true),
  inhibited_by: listOf('a list of rules', inhibition).prefault([]).meta({
    description: 'Rules whose alerts hold the notices of this one back while they fire.',
  }),
  parameters: z
    .record(parameterName, parameter, { error: 'a mapping of parameters by name' })
    .prefault({})
    .meta({ description: 'Values that the SQL uses by name.' }),
})

const changes = {
  title: title.optional(),
  severity: severity.optional(),
  description: description.optional(),
  tags: tags.optional(),
  for: forMs.optional(),
  keep_firing_for: keepFiringFor.optional(),
  repeat: repeat.optional(),
  enabled: enabled.optional(),
  parameters: z
    .record(z.string(), value, { error: 'a mapping of values by the name of the parameter' })
    .optional()
    .meta({ description: 'Other values for its parameters.' }),
}

/** A change to a rule that comes with the program. */
export const changedRule = mapping({ name, ...changes })
export type ChangedRule = z.output<typeof changedRule>

/** What an entry must have before it is known which of both it is. */
export const namedRule = z.looseObject(
  { name },
  { error: (issue) => (issue.code === 'invalid_type' ? 'name, title, severity …' : undefined) },
)

/** The file, its entries still unread. */
export const rulesFile = mapping({
  rules: listOf('a list of rules', z.unknown()).nullish(),
})

/**
 * The rules file for editors.
 *
 * @param shipped The names of the rules that come with the program.
 */
export function rulesFileSchema(shipped: readonly string[]): object {
  const change = mapping({
    name: z.enum(shipped).meta({ description: 'A rule that comes with the program.' }),
    ...changes,
  }).meta({ title: 'A change', description: 'A change to a rule that comes with the program.' })
  const own = ownRule.meta({ title: 'A rule', description: 'A rule of your own.' })
  const entries = z.array(z.union([change, own])).nullable()
  const file = mapping({
    rules: entries.optional().meta({
      description: 'Rules of your own, and changes to those that come with the program.',
    }),
  })
  return editorSchema(file, 'Rules of Bastion Ledger')
}
