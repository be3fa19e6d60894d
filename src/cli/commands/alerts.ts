/**
 * `alerts`: what fires now, what did before, and with `--send` the telling of it.
 */

import type { Command } from 'commander'

import { LedgerError } from '../../domain/errors.ts'
import { addAlertSettings } from '../alerts/alert-settings.ts'
import { historyQuestion, type HistoryFlags, HISTORY_ROWS } from '../alerts/history.ts'
import { ask } from '../ask.ts'
import type { Context } from '../context.ts'
import { addNotes, introduce } from '../help.ts'
import { addOutputFlags, type OutputFlags } from '../output-flags.ts'
import { readSettings } from '../setting-flags.ts'

interface AlertsFlags extends OutputFlags, HistoryFlags {
  send?: boolean
  history?: boolean
}

const NOTES = [
  'Without flags the rules are asked now; nothing is written, and nobody is told. The exit code is 2 ' +
    'when an alert fires and no silence holds it back, and 3 when a rule, a host or a file could not ' +
    'be read.',
  '',
  'firing: found, for as long as its rule demands.',
  'pending: found, but not for so long yet.',
  'stale: it cannot be checked any more, for the reason given. It stays what it was: that a host ' +
    'cannot be read is no all-clear.',
]

export function defineAlerts(command: Command, context: Context): void {
  introduce(command, context.terminal, 'Lists the alerts: what the rules find.', [
    ['alerts', 'what fires now'],
    ['alerts --send', 'the same, recorded and told to whoever is to be told'],
    ['alerts --history --from -7d', 'all of the last week, as recorded'],
    ['alerts --history --rule long-session -o csv > alerts.csv', 'all of one rule'],
  ])
  command
    .option('--send', 'Record what changed, and send notices')
    .option('--history', 'List what was recorded, instead of asking the rules')
    .option('--rule <NAME>', 'Only of this rule')
    .option('--from <TIME>', 'In the history, since then: RFC 3339, or back from now like -7d')
    .option('--to <TIME>', 'In the history, that began before then')
    .option(
      '--limit <N>',
      `In the history, so many, the newest (on a terminal ${HISTORY_ROWS}, else all)`,
    )
  addOutputFlags(command)
  addAlertSettings(command)
  addNotes(command, context.terminal, NOTES)
  command.action(async (flags: AlertsFlags) => {
    const settings = readSettings(command, context)
    if (flags.history) {
      if (flags.send) throw new LedgerError('usage', 'Cannot use --history together with --send')
      await ask(context, settings, historyQuestion(flags, context.terminal.now()), flags)
      return
    }
    const other = (['from', 'to', 'limit'] as const).find((name) => flags[name] !== undefined)
    if (other) {
      throw new LedgerError('usage', `Cannot use --${other} without --history`, {
        hint: 'Without it the rules are asked now, and now only',
      })
    }
    const { showAlerts } = await import('../alerts/show-alerts.ts')
    await showAlerts(context, settings, flags)
  })
}
