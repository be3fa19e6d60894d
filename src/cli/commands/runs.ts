/**
 * `runs`: what was asked when, and what came of it. Newest first.
 */

import type { Command } from 'commander'

import type { Cell } from '../../domain/edges.ts'
import { formatDuration } from '../../domain/units.ts'
import { ask } from '../ask.ts'
import type { Context } from '../context.ts'
import { readLimit, readPeriod } from '../flag-values.ts'
import { introduce } from '../help.ts'
import { addOutputFlags, type OutputFlags } from '../output-flags.ts'
import type { AnswerColumn } from '../output/answer.ts'
import { outcomeStyle, rowReader, shortTime } from '../output/human.ts'
import type { ColumnLook } from '../output/look.ts'
import { addSettingFlags, readSettings } from '../setting-flags.ts'

// What fits a screen, so that the newest is not scrolled away.
const TERMINAL_ROWS = 20

interface RunsFlags extends OutputFlags {
  from?: string
  to?: string
  limit?: string
}

export function defineRuns(command: Command, context: Context): void {
  introduce(command, context.terminal, 'Lists the runs and what came of them, newest first.', [
    ['runs', `the last ${TERMINAL_ROWS}`],
    ['runs --from -7d -o csv > runs.csv', 'all of the last seven days'],
    ['runs --from 2026-11-01T00:00:00Z --to 2026-12-01T00:00:00Z', 'a month'],
  ])
  command
    .option('--from <TIME>', 'Started then or later: RFC 3339, or back from now like -7d')
    .option('--to <TIME>', 'Started before then')
    .option('--limit <N>', `Show so many, the newest (on a terminal ${TERMINAL_ROWS}, else all)`)
  addOutputFlags(command)
  addSettingFlags(command, ['warehouse', 'memoryLimit', 'queryTimeoutMs'])
  command.action(async (flags: RunsFlags) => {
    const settings = readSettings(command, context)
    const now = context.terminal.now()
    const table = (columns: readonly AnswerColumn[]) => ({
      looks: runLooks(columns, now),
      ...(flags.limit === undefined ? { terminalRows: TERMINAL_ROWS } : {}),
    })
    await ask(context, settings, { ...runsQuestion(flags, now), table }, flags)
  })
}

/**
 * The SQL for the flags.
 *
 * @throws {LedgerError} `usage`.
 */
function runsQuestion({ limit, ...flags }: RunsFlags, now: Date) {
  const { from: since, to: until } = readPeriod('list runs', flags, now)
  const parameters: string[] = []
  const conditions = [
    ...(since ? [`started_at >= $${parameters.push(since.toISOString())}::TIMESTAMPTZ`] : []),
    ...(until ? [`started_at < $${parameters.push(until.toISOString())}::TIMESTAMPTZ`] : []),
  ]
  const where = conditions.length > 0 ? ` WHERE ${conditions.join(' AND ')}` : ''
  const most = limit === undefined ? '' : ` LIMIT ${readLimit('--limit', limit)}`
  return { sql: `FROM runs${where} ORDER BY started_at DESC, run_id DESC${most}`, parameters }
}

/** How people see runs. */
export function runLooks(columns: readonly AnswerColumn[], now: Date): ColumnLook[] {
  const { text, number, time } = rowReader(columns)
  const startedAt = time('started_at')
  const outcome = text('outcome')
  const durationMs = number('duration_ms')
  const share = (ok: string, of: string) => {
    const [okOf, allOf] = [text(ok), text(of)]
    return (row: readonly Cell[]) => `${okOf(row)} of ${allOf(row)}`
  }
  return [
    {
      title: 'Started (UTC)',
      text(row) {
        const at = startedAt(row)
        return at && shortTime(at, now)
      },
      align: 'right',
      whole: true,
    },
    {
      title: 'Outcome',
      text: outcome,
      style: (row) => outcomeStyle(outcome(row)),
      whole: true,
    },
    { title: 'Hosts', text: share('hosts_ok', 'hosts_expected'), align: 'right', whole: true },
    {
      title: 'Sessions',
      text: text('sessions'),
      align: 'right',
      whole: true,
      optional: true,
    },
    {
      title: 'Took',
      text(row) {
        const ms = durationMs(row)
        return ms === null ? null : formatDuration(ms)
      },
      align: 'right',
      whole: true,
      optional: true,
    },
    { title: 'Run', text: text('run_id'), whole: true, optional: true },
    {
      title: 'Subscriptions',
      text: share('subscriptions_ok', 'subscriptions_expected'),
      align: 'right',
      whole: true,
      optional: true,
    },
    { title: 'Why', text: text('error_message'), optional: true },
  ]
}
