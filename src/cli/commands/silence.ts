/**
 * `silence`: holds the notices of some alerts back for a while, or lists what is held back.
 */

import type { Command } from 'commander'

import type { Context } from '../context.ts'
import { addNotes, introduce } from '../help.ts'
import { addRowFlags, type RowFlags } from '../ready-rows.ts'
import { addSettingFlags, readSettings } from '../setting-flags.ts'
import type { SilenceFlags } from '../silence/read-silence.ts'

const NOTES = [
  'A silenced alert lives on, is listed and counted, and nobody is told of it. What is excepted is ' +
    'no alert at all. Both need an owner, a reason and an end.',
  'They are kept in the YAML file that LEDGER_SILENCES or --silences names, which is made where ' +
    'there is none. To end one sooner, change it there.',
]

export function defineSilence(command: Command, context: Context): void {
  introduce(
    command,
    context.terminal,
    'Holds the notices of some alerts back for a while, or lists what is held back.',
    [
      ['silence', 'what is held back now, and what was'],
      ["silence --rule long-session --for 4h --owner ops --reason 'Patch night'", 'one rule'],
      [
        "silence --exception --match 'user_name=svc-*' --for 90d --owner ops --reason Backups",
        'no alerts of these users at all',
      ],
    ],
  )
  command
    .option('--rule <RULE>', 'Alerts of this rule: its name, or a glob')
    .option(
      '--match <COLUMN=TEXT>',
      'Only where a column is this text or glob, in any case; may be given again for another column',
      (text: string, others: string[] | undefined) => [...(others ?? []), text],
    )
    .option('--for <DURATION>', 'For so long from now, such as 4h')
    .option('--until <TIME>', 'Until then: RFC 3339')
    .option('--owner <NAME>', 'Who decided it')
    .option('--reason <TEXT>', 'Why')
    .option('--exception', 'An exception instead: no alert at all')
    .option('--list', 'List them, as is done without a flag')
  addRowFlags(command)
  addSettingFlags(command, ['silences', 'rules', 'longSessionMs'])
  addNotes(command, context.terminal, NOTES)
  command.action(
    async ({ list = false, ...flags }: SilenceFlags & RowFlags & { list?: boolean }) => {
      const settings = readSettings(command, context)
      const { isAsked } = await import('../silence/read-silence.ts')
      if (isAsked(flags, list)) {
        const { makeSilence } = await import('../silence/make-silence.ts')
        await makeSilence(context, settings, flags)
      } else {
        const { listSilences } = await import('../silence/list-silences.ts')
        await listSilences(context, settings, flags)
      }
    },
  )
}
