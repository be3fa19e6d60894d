/**
 * `rules`: which rules there are, what each asks, and how to change it.
 */

import type { Command } from 'commander'

import { LedgerError } from '../../domain/errors.ts'
import type { Context } from '../context.ts'
import { addNotes, introduce } from '../help.ts'
import { orList } from '../flag-values.ts'
import { invocation } from '../program-name.ts'
import { addRowFlags, type RowFlags } from '../ready-rows.ts'
import { defineSchema } from '../rules/schema.ts'
import { addRuleSettings, readRuleSettings, type Subcommand } from '../rules/subcommand.ts'
import { defineShow } from '../rules/show.ts'
import { defineTest } from '../rules/test.ts'

/** Each is one file in rules/. */
const SUBCOMMANDS: readonly Subcommand[] = [
  {
    name: 'show',
    summary: 'Show one rule: what it asks, its parameters, and how to change it',
    define: defineShow,
  },
  {
    name: 'test',
    summary: 'Test rules: which alerts fire where hosts answer as a file says',
    define: defineTest,
  },
  {
    name: 'schema',
    summary: 'Print the JSON Schema of the rules file, for editors',
    define: defineSchema,
  },
]

const NOTES = [
  'Rules come with the program. A YAML file, named by LEDGER_RULES or --rules, changes them and adds ' +
    'your own.',
]

export function defineRules(command: Command, context: Context): void {
  introduce(
    command,
    context.terminal,
    'Lists the rules: questions in SQL whose rows are what somebody should know of.',
    [
      ['rules', 'all, and which are on'],
      ['rules show long-session', 'one of them'],
      ['rules test rules.test.yaml', 'whether rules find what they are to find'],
      ['rules schema > rules.schema.json', 'for the editor that the rules file is written with'],
    ],
  )
  addRowFlags(command)
  addRuleSettings(command)
  addNotes(command, context.terminal, NOTES)
  command.allowExcessArguments().action(async (flags: RowFlags) => {
    const [unknown] = command.args
    if (unknown !== undefined) throw noSubcommand(unknown, context)
    const settings = readRuleSettings(command, context)
    const { listRules } = await import('../rules/list-rules.ts')
    await listRules(context, settings, flags)
  })
  for (const { name, summary, define } of SUBCOMMANDS) {
    const subcommand = command.command(name).summary(summary).allowExcessArguments(false)
    define(subcommand, context)
    subcommand
      .optionsGroup('Options:')
      .option('--debug', 'Show where an unexpected error came from')
  }
}

function noSubcommand(name: string, { terminal }: Context): LedgerError {
  const names = orList(SUBCOMMANDS.map((one) => one.name))
  return new LedgerError('usage', `Cannot run "rules ${name}": there is only rules ${names}`, {
    hint: `See ${invocation(terminal)} rules --help`,
  })
}
