/**
 * Reports what came of the closed days: in a sentence, as a table, or as a document for scripts.
 */

import type { Cell, CompactedDay } from '../../domain/edges.ts'
import { formatBytes } from '../../domain/units.ts'
import { counted, rowReader } from '../output/human.ts'
import type { ColumnLook } from '../output/look.ts'
import { writeTable } from '../output/table.ts'
import type { Output } from '../terminal.ts'
import { OUTCOME_STYLES } from './day-progress.ts'

export type DaysFormat = 'table' | 'json'

export function summaryOf(
  days: readonly CompactedDay[],
  { dryRun, interrupted }: { dryRun: boolean; interrupted: boolean },
): string {
  const done = days.filter(({ outcome }) => outcome === (dryRun ? 'ready' : 'compacted'))
  const ending = interrupted ? 'Interrupted: ' : ''
  if (done.length === 0) return `${ending}Nothing ${dryRun ? 'to compact' : 'was compacted'}`
  if (dryRun) return `${ending}Would compact ${counted(done.length, 'day')}`
  const sum = (of: (day: CompactedDay) => number | null) =>
    done.reduce((total, day) => total + (of(day) ?? 0), 0)
  const sizes = `${formatBytes(sum((day) => day.rawBytes))} → ${formatBytes(sum((day) => day.dailyBytes))}`
  return `${ending}Compacted ${counted(done.length, 'day')}: ${sizes}`
}

export async function printDays(
  days: readonly CompactedDay[],
  stdout: Output,
  { format, dryRun }: { format: DaysFormat; dryRun: boolean },
): Promise<void> {
  if (format === 'json') {
    await stdout.write(`${JSON.stringify(daysDocument(days, dryRun), null, 2)}\n`)
    return
  }
  const answer = {
    columns: COLUMNS,
    async *batches() {
      yield days.map((day): Cell[] => [
        day.date,
        day.outcome,
        day.runs,
        day.rows,
        day.rawBytes,
        day.dailyBytes,
        day.why,
      ])
    },
  }
  await writeTable(answer, stdout, { looks: LOOKS, nothing: '—' })
}

/** What `compact` prints for scripts. */
export function daysDocument(days: readonly CompactedDay[], dryRun: boolean) {
  const lists = Object.groupBy(days, ({ outcome }) =>
    outcome === 'compacted' || outcome === 'ready' ? outcome : 'others',
  )
  return {
    dry_run: dryRun,
    compacted: (lists.compacted ?? []).map(({ date, runs, rows, rawBytes, dailyBytes }) => ({
      date,
      runs,
      rows,
      raw_bytes: rawBytes,
      daily_bytes: dailyBytes,
    })),
    ready: (lists.ready ?? []).map(({ date, runs }) => ({ date, runs })),
    not_compacted: (lists.others ?? []).map(({ date, outcome, runs, why }) => ({
      date,
      outcome,
      runs,
      why,
    })),
  }
}

const COLUMNS = [
  { name: 'date', type: 'DATE' },
  { name: 'outcome', type: 'VARCHAR' },
  { name: 'runs', type: 'BIGINT' },
  { name: 'rows', type: 'BIGINT' },
  { name: 'raw_bytes', type: 'BIGINT' },
  { name: 'daily_bytes', type: 'BIGINT' },
  { name: 'why', type: 'VARCHAR' },
]

const LOOKS = looksOf()

function looksOf(): ColumnLook[] {
  const { text, number } = rowReader(COLUMNS)
  const whole = { align: 'right', whole: true } as const
  const count = (name: string) => (row: readonly Cell[]) =>
    number(name)(row)?.toLocaleString('en') ?? null
  const [before, after] = [number('raw_bytes'), number('daily_bytes')]
  const sizes = (row: readonly Cell[]) => {
    const [from, to] = [before(row), after(row)]
    return from === null || to === null ? null : `${formatBytes(from)} → ${formatBytes(to)}`
  }
  const outcome = text('outcome')
  return [
    { title: 'Day', text: text('date'), whole: true },
    {
      title: 'Outcome',
      text: outcome,
      style: (row) =>
        Object.entries(OUTCOME_STYLES).find(([name]) => name === outcome(row))?.[1] ?? null,
      whole: true,
    },
    { title: 'Runs', text: count('runs'), ...whole },
    { title: 'Rows', text: count('rows'), ...whole, optional: true },
    { title: 'Size', text: sizes, ...whole, optional: true },
    { title: 'Why', text: text('why'), optional: true },
  ]
}
