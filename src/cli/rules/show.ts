/**
 * `rules show`: one rule.
 */

import type { Command } from 'commander'

import type { Context } from '../context.ts'
import { choiceOf } from '../flag-values.ts'
import { introduce } from '../help.ts'
import { addRuleSettings, readRuleSettings } from './subcommand.ts'

const FORMATS = ['text', 'json'] as const
export type ShowFormat = (typeof FORMATS)[number]

export function defineShow(command: Command, context: Context): void {
  introduce(
    command,
    context.terminal,
    'Shows one rule: what it asks, its parameters, and how to change it.',
    [
      ['rules show long-session', 'for people'],
      ['rules show long-session -o json', 'for a script'],
    ],
  )
  command
    .argument('<RULE>', 'The name of a rule')
    .option(
      '-o, --output <FORMAT>',
      'Print text or json (default text)',
      choiceOf('--output', FORMATS),
    )
  addRuleSettings(command)
  command.action(async (name: string, { output = 'text' }: { output?: ShowFormat }) => {
    const settings = readRuleSettings(command, context)
    const { showRule } = await import('./show-rule.ts')
    await showRule(context, settings, { name, format: output })
  })
}
