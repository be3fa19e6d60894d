/**
 * `coverage`: how much of the time the polls of each host prove, and what the rest came to. Worst
 * first.
 */

import type { Command } from 'commander'

import type { Cell } from '../../domain/edges.ts'
import { POLL_OUTCOMES } from '../../domain/poll.ts'
import { utcDate } from '../../domain/time.ts'
import { ask, type Question } from '../ask.ts'
import type { Context } from '../context.ts'
import { readPeriod } from '../flag-values.ts'
import { introduce } from '../help.ts'
import { addHostFlags, type HostNames, readHostNames, whetherHosts } from '../host-flags.ts'
import { addOutputFlags, type OutputFlags } from '../output-flags.ts'
import type { AnswerColumn } from '../output/answer.ts'
import { counted, rowReader } from '../output/human.ts'
import type { ColumnLook } from '../output/look.ts'
import { createValues, namedHosts } from '../sessions/session-filter.ts'
import { addSettingFlags, readSettings } from '../setting-flags.ts'
import type { Style } from '../terminal.ts'

const DAYS = 7
const DAY_MS = 86_400_000

/** What a slot can come to that proves nothing, and how people say it. */
const UNPROVEN: readonly (readonly [column: string, words: string])[] = [
  ...POLL_OUTCOMES.filter((outcome) => outcome !== 'ok').map((one) => [one, one] as const),
  ['not_asked', 'not asked'],
  ['no_run', 'no run'],
]

interface CoverageFlags extends OutputFlags, HostNames {
  byDay?: boolean
  from?: string
  to?: string
}

export function defineCoverage(command: Command, context: Context): void {
  introduce(
    command,
    context.terminal,
    'Shows how much of the time is proven: the share of slots in which a host listed its sessions,\nand what the others came to. The worst hosts come first.',
    [
      ['coverage', `every host over the last ${DAYS} days`],
      ["coverage --by-day --host 'bas-pay-*'", 'some hosts, day by day'],
      ['coverage --from 2026-11-01T00:00:00Z --to 2026-12-01T00:00:00Z', 'a month'],
      ['coverage --by-day -o csv > coverage.csv', 'with every column'],
    ],
  )
  command
    .option('--by-day', 'One row a host and day, the newest first, instead of their sum')
    .option(
      '--from <TIME>',
      `From the day of then: RFC 3339, or back from now like -30d (default: the last ${DAYS} days)`,
    )
    .option('--to <TIME>', 'Only days that began before then')
  addHostFlags(command)
  addOutputFlags(command)
  addSettingFlags(command, ['warehouse', 'intervalMs', 'memoryLimit', 'queryTimeoutMs'])
  command.action(async (flags: CoverageFlags) => {
    const settings = readSettings(command, context)
    await ask(context, settings, coverageQuestion(flags, context.terminal.now()), flags)
  })
}

/** @throws {LedgerError} `usage` */
function coverageQuestion({ byDay = false, ...flags }: CoverageFlags, now: Date): Question {
  const { from, to } = readPeriod('show coverage', flags, now)
  const names = readHostNames(flags)
  // Days are whole: the last one is that of the last moment before --to.
  const lastDay = to ? new Date(to.getTime() - 1) : now
  const firstDay = from ?? new Date(lastDay.getTime() - (DAYS - 1) * DAY_MS)
  const values = createValues()
  const conditions = [
    `date >= ${values.bind(utcDate(firstDay))}::DATE`,
    ...(to ? [`date <= ${values.bind(utcDate(lastDay))}::DATE`] : []),
    ...namedHosts(names, values),
  ]
  const days = `FROM coverage WHERE ${conditions.join(' AND ')}`
  return {
    sql: `${byDay ? days : sumOf(days)} ORDER BY ${byDay ? 'date DESC, ' : ''}${WORST_FIRST}`,
    parameters: values.all,
    table: (columns) => ({ looks: coverageLooks(columns, { byDay }) }),
    nothing: whetherHosts(
      names,
      ({ hosts }) => `0 rows: ${counted(hosts, 'host')}, of which none was due in that time`,
    ),
  }
}

// A host that has no sessions to list misses nothing.
const WORST_FIRST = '(due - ok - skipped_unsupported) / due DESC, lower(host_name), host_id'

const COUNTS = ['due', 'ok', ...UNPROVEN.map(([column]) => column)]
const sumOf = (days: string) => `
  FROM (
    SELECT subscription_id, resource_group, host_id, host_name,
      ${COUNTS.map((column) => `sum(${column})::BIGINT AS ${column}`).join(', ')},
      sum(ok) / sum(due) AS proven_share
    ${days} GROUP BY subscription_id, resource_group, host_id, host_name
  )`

/** How people see coverage. On a narrow terminal, the last columns go first. */
function coverageLooks(
  columns: readonly AnswerColumn[],
  { byDay }: { byDay: boolean },
): ColumnLook[] {
  const { text, number } = rowReader(columns)
  const [due, ok] = [number('due'), number('ok')]
  const counts = UNPROVEN.map(([column, words]) => ({ words, count: number(column) }))
  return [
    { title: 'Host', text: text('host_name') },
    ...(byDay ? [{ title: 'Day (UTC)', text: text('date'), whole: true }] : []),
    {
      title: 'Proven',
      text: (row) => percent(ok(row) ?? 0, due(row) ?? 0),
      style: (row) => shareStyle(ok(row) ?? 0, due(row) ?? 0),
      align: 'right',
      whole: true,
    },
    { title: 'Slots', text: text('due'), align: 'right', whole: true },
    { title: 'Mostly', text: (row) => most(row, counts), optional: true },
    {
      title: 'Unproven',
      text: (row) => String((due(row) ?? 0) - (ok(row) ?? 0)),
      align: 'right',
      whole: true,
      optional: true,
    },
    { title: 'Subscription', text: text('subscription_id'), optional: true },
  ]
}

/** Rounded down, so that only what is whole is 100 %. */
function percent(ok: number, due: number): string {
  if (ok === due) return '100 %'
  const tenths = Math.floor((1000 * ok) / due)
  if (tenths === 0) return ok === 0 ? '0 %' : '< 0.1 %'
  return `${(tenths / 10).toFixed(1)} %`
}

function shareStyle(ok: number, due: number): Style {
  if (ok === due) return 'green'
  return ok === 0 ? 'red' : 'yellow'
}

interface Count {
  words: string
  count: (row: readonly Cell[]) => number | null
}

function most(row: readonly Cell[], counts: readonly Count[]): string | null {
  const [first] = counts
    .map(({ words, count }) => ({ words, slots: count(row) ?? 0 }))
    .toSorted((one, other) => other.slots - one.slots)
  return first && first.slots > 0 ? `${first.words} ${first.slots}` : null
}
