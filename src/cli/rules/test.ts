/**
 * `rules test`: whether rules find what they are to find, over ledgers that are made for it.
 */

import type { Command } from 'commander'

import type { Context } from '../context.ts'
import { choiceOf } from '../flag-values.ts'
import { addNotes, introduce } from '../help.ts'
import { addSettingFlags } from '../setting-flags.ts'
import { readRuleSettings } from './subcommand.ts'

const FORMATS = ['text', 'json'] as const
export type TestFormat = (typeof FORMATS)[number]

const NOTES = [
  'A file has tests: what hosts answered at which times, and which alerts are to fire then. Each is ' +
    'lived through in a ledger of its own, which is removed. Nobody is asked or told anything.',
  'The exit code is 2 where a test failed, and 1 where a file cannot be used.',
]

export function defineTest(command: Command, context: Context): void {
  introduce(
    command,
    context.terminal,
    'Tests rules: lives through made-up polls, and compares which alerts fire with what is expected.',
    [
      ['rules test rules.test.yaml', 'one file'],
      ['rules test tests/*.yaml --rules rules.yaml', 'all files, of the rules in another one'],
      ['rules schema tests > rules-test.schema.json', 'for the editor that tests are written with'],
    ],
  )
  command
    .argument('<FILE...>', 'YAML files of tests')
    .option(
      '-o, --output <FORMAT>',
      'Print text or json (default text)',
      choiceOf('--output', FORMATS),
    )
  addSettingFlags(command, ['rules', 'longSessionMs', 'intervalMs'])
  addNotes(command, context.terminal, NOTES)
  command.action(async (files: string[], { output = 'text' }: { output?: TestFormat }) => {
    const settings = readRuleSettings(command, context)
    const { testFiles } = await import('./test-files.ts')
    await testFiles(context, settings, { files, format: output })
  })
}
