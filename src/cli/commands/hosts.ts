/**
 * `hosts`: every host that the ledger knows, and when it last answered.
 */

import type { Command } from 'commander'

import type { Cell } from '../../domain/edges.ts'
import { ask } from '../ask.ts'
import type { Context } from '../context.ts'
import { introduce } from '../help.ts'
import { addOutputFlags, type OutputFlags } from '../output-flags.ts'
import type { AnswerColumn } from '../output/answer.ts'
import { ago, outcomeStyle, rowReader } from '../output/human.ts'
import type { ColumnLook } from '../output/look.ts'
import { addSettingFlags, readSettings } from '../setting-flags.ts'

const SQL =
  'FROM hosts ORDER BY listed DESC, lower(subscription_name), subscription_id, lower(host_name), host_id'

export function defineHosts(command: Command, context: Context): void {
  introduce(command, context.terminal, 'Lists every known host, and when it last answered.', [
    ['hosts', 'for people'],
    ['hosts -o csv > hosts.csv', 'with every column'],
    [`query "FROM hosts WHERE last_outcome <> 'ok'"`, 'those that did not answer'],
  ])
  addOutputFlags(command)
  addSettingFlags(command, ['warehouse', 'memoryLimit', 'queryTimeoutMs'])
  command.action(async (flags: OutputFlags) => {
    const settings = readSettings(command, context)
    const now = context.terminal.now()
    const look = (columns: readonly AnswerColumn[]) => ({ looks: hostLooks(columns, now) })
    await ask(context, settings, { sql: SQL, table: look }, flags)
  })
}

/** How people see hosts. The number of sessions is shown only where the latest answer proves it. */
export function hostLooks(columns: readonly AnswerColumn[], now: Date): ColumnLook[] {
  const { text, time } = rowReader(columns)
  const outcome = text('last_outcome')
  const isGone = (row: readonly Cell[]) => text('listed')(row) === 'false'
  const sessions = text('last_ok_sessions')
  const okAt = time('last_ok_at')
  const subscription = text('subscription_name')
  const subscriptionId = text('subscription_id')
  const message = text('last_error_message')
  const code = text('last_error_code')
  return [
    { title: 'Host', text: text('host_name') },
    {
      title: 'Sessions',
      text: (row) => (outcome(row) === 'ok' ? sessions(row) : null),
      align: 'right',
      whole: true,
    },
    {
      title: 'Outcome',
      text: (row) => (isGone(row) ? 'gone' : outcome(row)),
      style: (row) => (isGone(row) ? 'dim' : outcomeStyle(outcome(row))),
      whole: true,
    },
    {
      title: 'Last ok',
      text(row) {
        const at = okAt(row)
        return at === null ? 'never' : ago(at, now)
      },
      align: 'right',
      whole: true,
    },
    {
      title: 'Subscription',
      text: (row) => subscription(row) ?? subscriptionId(row),
      optional: true,
    },
    { title: 'Region', text: text('host_location'), optional: true },
    { title: 'SKU', text: text('sku'), whole: true, optional: true },
    { title: 'Why', text: (row) => message(row) ?? code(row), optional: true },
  ]
}
