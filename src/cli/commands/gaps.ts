/**
 * `gaps`: when nothing proves who was connected, and why. Those that last first, then the newest.
 */

import type { Command } from 'commander'

import { formatMinutes } from '../../domain/units.ts'
import { ask, type Question } from '../ask.ts'
import type { Context } from '../context.ts'
import { type Period, readDuration, readLimit, readPeriod } from '../flag-values.ts'
import { introduce } from '../help.ts'
import {
  addHostFlags,
  type HostNames,
  type KnownHosts,
  readHostNames,
  whetherHosts,
} from '../host-flags.ts'
import { addOutputFlags, type OutputFlags } from '../output-flags.ts'
import type { AnswerColumn } from '../output/answer.ts'
import { counted, rowReader, shortTime } from '../output/human.ts'
import type { ColumnLook } from '../output/look.ts'
import { createValues, namedHosts } from '../sessions/session-filter.ts'
import { addSettingFlags, readSettings } from '../setting-flags.ts'

// What fits a screen, so that the newest is not scrolled away.
const TERMINAL_ROWS = 20

interface GapsFlags extends OutputFlags, HostNames {
  from?: string
  to?: string
  longerThan?: string
  limit?: string
}

export function defineGaps(command: Command, context: Context): void {
  introduce(
    command,
    context.terminal,
    'Lists the gaps: when nothing proves who was connected through a host, and why. Those that last\ncome first, then the newest.',
    [
      ['gaps', `the last ${TERMINAL_ROWS}`],
      ['gaps --from -7d --longer-than 30m', 'long ones of the last week'],
      ["gaps --host 'bas-pay-*'", 'of some hosts'],
      ['gaps -o csv > gaps.csv', 'all, with every column'],
    ],
  )
  command
    .option('--from <TIME>', 'That lasted beyond then: RFC 3339, or back from now like -7d')
    .option('--to <TIME>', 'That began before then')
    .option('--longer-than <DURATION>', 'Only those of at least so long, such as 30m')
    .option(
      '--limit <N>',
      `Show so many, lasting and new ones first (on a terminal ${TERMINAL_ROWS}, else all)`,
    )
  addHostFlags(command)
  addOutputFlags(command)
  addSettingFlags(command, ['warehouse', 'intervalMs', 'memoryLimit', 'queryTimeoutMs'])
  command.action(async (flags: GapsFlags) => {
    const settings = readSettings(command, context)
    await ask(context, settings, gapsQuestion(flags, context.terminal.now()), flags)
  })
}

/** @throws {LedgerError} `usage` */
function gapsQuestion({ limit, longerThan, ...flags }: GapsFlags, now: Date): Question {
  const period = readPeriod('list gaps', flags, now)
  const names = readHostNames(flags)
  const longerThanMs = longerThan === undefined ? null : readDuration('--longer-than', longerThan)
  const values = createValues()
  const time = (at: Date) => `${values.bind(at.toISOString())}::TIMESTAMPTZ`
  const conditions = [
    ...(period.from ? [`(to_at IS NULL OR to_at > ${time(period.from)})`] : []),
    ...(period.to ? [`from_at < ${time(period.to)}`] : []),
    ...(longerThanMs === null ? [] : [`minutes * 60000 >= ${values.bind(longerThanMs)}`]),
    ...namedHosts(names, values),
  ]
  const where = conditions.length > 0 ? ` WHERE ${conditions.join(' AND ')}` : ''
  const most = limit === undefined ? '' : ` LIMIT ${readLimit('--limit', limit)}`
  return {
    sql: `FROM gaps${where} ORDER BY to_at IS NULL DESC, from_at DESC, lower(host_name), host_id${most}`,
    parameters: values.all,
    table: (columns) => ({
      looks: gapLooks(columns, now),
      ...(limit === undefined ? { terminalRows: TERMINAL_ROWS } : {}),
    }),
    nothing: whetherHosts(names, (known) => sayNone(known, { ...period, longerThan, now })),
  }
}

interface Asked extends Period {
  longerThan: string | undefined
  now: Date
}

/** Never that there are none in a time of which nothing is known. */
function sayNone({ hosts, unsupported, since }: KnownHosts, { from, to, longerThan, now }: Asked) {
  const start = from && from > since ? from : since
  const end = to && to < now ? to : now
  if (start >= end)
    return `0 rows: nothing is known of that time (first run ${shortTime(since, now)})`
  const time =
    end === now
      ? `since ${shortTime(start, now)}`
      : `from ${shortTime(start, now)} to ${shortTime(end, now)}`
  if (longerThan !== undefined) return `No gap of ${longerThan} or longer ${time}`
  const but = unsupported > 0 ? ` (${unsupported} with no sessions to list)` : ''
  return `No gaps: ${counted(hosts, 'host')}${but}, read in every slot ${time}`
}

/** How people see gaps. On a narrow terminal, the last columns go first. */
function gapLooks(columns: readonly AnswerColumn[], now: Date): ColumnLook[] {
  const { text, number, time } = rowReader(columns)
  const [from, to] = [time('from_at'), time('to_at')]
  const minutes = number('minutes')
  const [message, code] = [text('error_message'), text('error_code')]
  return [
    { title: 'Host', text: text('host_name') },
    {
      title: 'From (UTC)',
      text(row) {
        const at = from(row)
        return at && shortTime(at, now)
      },
      align: 'right',
      whole: true,
    },
    {
      title: 'Lasted',
      text(row) {
        const length = formatMinutes(minutes(row) ?? 0)
        return to(row) ? length : `≥ ${length}`
      },
      style: (row) => (to(row) ? null : 'yellow'),
      align: 'right',
      whole: true,
    },
    { title: 'Why', text: text('why'), optional: true },
    {
      title: 'To (UTC)',
      text(row) {
        const at = to(row)
        return at ? shortTime(at, now) : 'lasts'
      },
      style: (row) => (to(row) ? null : 'yellow'),
      align: 'right',
      whole: true,
      optional: true,
    },
    { title: 'Slots', text: text('slots'), align: 'right', whole: true, optional: true },
    { title: 'Error', text: (row) => message(row) ?? code(row), optional: true },
    { title: 'Subscription', text: text('subscription_id'), optional: true },
  ]
}
