/**
 * Silences and exceptions as rows: those in force, those that are not yet, and those that ended.
 */

import { openRules } from '../../connect-rules.ts'
import { ALERT_SETTINGS } from '../../domain/alert-settings.ts'
import type { Cell } from '../../domain/edges.ts'
import type { Settings } from '../../domain/settings.ts'
import type { Silence } from '../../domain/silence.ts'
import { formatTime } from '../../domain/time.ts'
import type { Context } from '../context.ts'
import { cellText } from '../output/answer.ts'
import { rowReader, shortTime } from '../output/human.ts'
import type { ColumnLook } from '../output/look.ts'
import { visible } from '../output/visible.ts'
import { type RowFlags, writeRows } from '../ready-rows.ts'
import { type Style, styled } from '../terminal.ts'

const STATES = ['in_force', 'not_yet', 'ended'] as const
type State = (typeof STATES)[number]

const STATE_STYLES: Record<State, Style> = { in_force: 'yellow', not_yet: 'cyan', ended: 'dim' }

const COLUMNS = [
  { name: 'state', type: 'VARCHAR' },
  { name: 'kind', type: 'VARCHAR' },
  { name: 'rule', type: 'VARCHAR' },
  { name: 'match', type: 'MAP(VARCHAR, VARCHAR)' },
  { name: 'from_at', type: 'TIMESTAMP WITH TIME ZONE' },
  { name: 'until_at', type: 'TIMESTAMP WITH TIME ZONE' },
  { name: 'owner', type: 'VARCHAR' },
  { name: 'reason', type: 'VARCHAR' },
]

/** @throws {LedgerError} `usage` */
export async function listSilences(
  context: Context,
  settings: Settings,
  flags: RowFlags,
): Promise<void> {
  const { stderr, cwd } = context.terminal
  const now = context.terminal.now()
  const { silences, exceptions } = await openRules(settings, cwd).silences()
  const rows = [
    ...silences.map((one) => ({ one, kind: 'silence', state: stateOf(one, now) })),
    ...exceptions.map((one) => ({ one, kind: 'exception', state: stateOf(one, now) })),
  ].toSorted(
    (a, b) =>
      STATES.indexOf(a.state) - STATES.indexOf(b.state) ||
      // The one that ends next comes first, and of those that ended the last.
      (a.one.until.getTime() - b.one.until.getTime()) * (a.state === 'ended' ? -1 : 1),
  )
  await writeRows(
    context,
    {
      columns: COLUMNS,
      rows: rows.map(({ one, ...more }) => rowOf(one, more)),
      looks: looksOf(now),
    },
    flags,
  )
  if (rows.length === 0) await stderr.write(`${styled(stderr, 'dim', noneText(settings))}\n`)
}

function stateOf({ from, until }: Silence, now: Date): State {
  if (until <= now) return 'ended'
  return from && from > now ? 'not_yet' : 'in_force'
}

function rowOf(
  { rule, match, from, until, owner, reason }: Silence,
  { kind, state }: { kind: string; state: State },
): Cell[] {
  return [
    state,
    kind,
    rule,
    { ...match },
    from && formatTime(from),
    formatTime(until),
    owner,
    reason,
  ]
}

function noneText({ silences: file }: Settings): string {
  if (file !== null) return `No silence and no exception in "${visible(file)}"`
  const { env, flag } = ALERT_SETTINGS.silences
  return `No silence and no exception: ${env} or --${flag} names no file of them`
}

function looksOf(now: Date): ColumnLook[] {
  const { text, time } = rowReader(COLUMNS)
  const at = (name: string) => {
    const valueOf = time(name)
    return (row: readonly Cell[]) => {
      const value = valueOf(row)
      return value && shortTime(value, now)
    }
  }
  return [
    {
      title: 'State',
      text: (row) => stateIn(row).replace('_', ' '),
      style: (row) => STATE_STYLES[stateIn(row)],
      whole: true,
    },
    { title: 'Rule', text: text('rule') },
    { title: 'Where', text: (row) => matchText(row[3] ?? null), optional: true },
    { title: 'Until (UTC)', text: at('until_at'), align: 'right', whole: true },
    { title: 'Kind', text: text('kind'), whole: true, optional: true },
    { title: 'Owner', text: text('owner'), optional: true },
    { title: 'Reason', text: text('reason'), optional: true },
    { title: 'From (UTC)', text: at('from_at'), align: 'right', whole: true, optional: true },
  ]
}

function stateIn([state]: readonly Cell[]): State {
  return STATES.find((one) => one === state) ?? 'ended'
}

function matchText(match: Cell): string | null {
  const pairs = typeof match === 'object' && match !== null ? Object.entries(match) : []
  if (pairs.length === 0) return null
  return pairs.map(([column, glob]) => `${column}=${cellText(glob)}`).join(', ')
}
