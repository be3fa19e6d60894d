/**
 * `compact`: turns each closed day into one sorted file a table.
 */

import type { Command } from 'commander'

import type { DaysFormat } from '../compact/report-days.ts'
import type { Context } from '../context.ts'
import { choiceOf } from '../flag-values.ts'
import { addNotes, introduce } from '../help.ts'
import { addSettingFlags, readSettings } from '../setting-flags.ts'

const FORMATS: readonly DaysFormat[] = ['table', 'json']

interface CompactFlags {
  dryRun?: boolean
  leaveOutDamaged?: boolean
  output?: DaysFormat
  progress: boolean
}

const NOTES = [
  'A day is closed two hours after its midnight (UTC). It is compacted whole or not at all, and ' +
    'compared with the records of its runs first. No raw file is removed or changed.',
  'Where a raw file is damaged, its day is not compacted, nor any day after it, and the exit code ' +
    'is 3.',
]

export function defineCompact(command: Command, context: Context): void {
  introduce(
    command,
    context.terminal,
    'Turns every closed day into one small sorted file a table, which questions then read.',
    [
      ['compact', 'all days that are closed and not compacted yet'],
      ['compact --dry-run', 'only say which these are'],
      ['compact -o json', 'with what came of each day, for a script'],
    ],
  )
  command
    .option('--dry-run', 'Only say what would be done')
    .option(
      '--leave-out-damaged',
      "Compact a day without its damaged raw files; the day's record names them",
    )
    .option(
      '-o, --output <FORMAT>',
      'Print the days as table or json (default json where stdout is no terminal)',
      choiceOf('--output', FORMATS),
    )
    .option('--no-progress', 'Show no progress line')
  addSettingFlags(command, ['warehouse', 'memoryLimit'])
  addNotes(command, context.terminal, NOTES)
  command.action(async (flags: CompactFlags) => {
    const settings = readSettings(command, context)
    const { compactDays } = await import('../compact/compact-days.ts')
    await compactDays(context, settings, flags)
  })
}
