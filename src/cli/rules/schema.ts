/**
 * `rules schema`: what editors need to complete and check the files that people write.
 */

import type { Command } from 'commander'

import type { Context } from '../context.ts'
import { choiceOf } from '../flag-values.ts'
import { addNotes, introduce } from '../help.ts'

const FILES = ['rules', 'silences', 'tests'] as const

const NOTES = [
  'Editors with the YAML language server take it from the first line of the file:',
  '  # yaml-language-server: $schema=rules.schema.json',
]

export function defineSchema(command: Command, context: Context): void {
  introduce(
    command,
    context.terminal,
    'Prints the JSON Schema of the rules file, or of another file that people write.',
    [
      ['rules schema > rules.schema.json', 'of the rules file'],
      ['rules schema silences > silences.schema.json', 'of the file of silences'],
      ['rules schema tests > rules-test.schema.json', 'of a file of tests'],
    ],
  )
  command.argument('[FILE]', 'rules, silences or tests (default rules)', choiceOf('FILE', FILES))
  addNotes(command, context.terminal, NOTES)
  command.action(async (file: (typeof FILES)[number] = 'rules') => {
    const { fileSchemas } = await import('./file-schemas.ts')
    await context.terminal.stdout.write(fileSchemas()[file])
  })
}
