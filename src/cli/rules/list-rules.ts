/**
 * All rules as rows: first those that come with the program.
 */

import { openRules } from '../../connect-rules.ts'
import type { Cell } from '../../domain/edges.ts'
import type { ListedRule } from '../../domain/rules-file.ts'
import type { Settings } from '../../domain/settings.ts'
import type { Context } from '../context.ts'
import { rowReader } from '../output/human.ts'
import type { ColumnLook } from '../output/look.ts'
import { type RowFlags, writeRows } from '../ready-rows.ts'
import { severityLook } from './severity-look.ts'
import { writtenDuration } from './rule-values.ts'

const COLUMNS = [
  { name: 'rule', type: 'VARCHAR' },
  { name: 'severity', type: 'VARCHAR' },
  { name: 'enabled', type: 'BOOLEAN' },
  { name: 'for_ms', type: 'BIGINT' },
  { name: 'title', type: 'VARCHAR' },
  { name: 'source', type: 'VARCHAR' },
  { name: 'tags', type: 'VARCHAR[]' },
]

/** @throws {LedgerError} `usage` */
export async function listRules(
  context: Context,
  settings: Settings,
  flags: RowFlags,
): Promise<void> {
  const listed = await openRules(settings, context.terminal.cwd).listed()
  await writeRows(context, { columns: COLUMNS, rows: listed.map(rowOf), looks: looksOf() }, flags)
}

function rowOf({ rule, from }: ListedRule): Cell[] {
  const { name, severity, enabled, forMs, title, tags } = rule
  return [name, severity, enabled, forMs, title, from, [...tags]]
}

function looksOf(): ColumnLook[] {
  const { text, number } = rowReader(COLUMNS)
  const [enabled, forMs] = [text('enabled'), number('for_ms')]
  return [
    { title: 'Rule', text: text('rule'), whole: true },
    {
      title: 'State',
      text: (row) => (enabled(row) === 'true' ? 'on' : 'off'),
      style: (row) => (enabled(row) === 'true' ? 'green' : 'dim'),
      whole: true,
    },
    { ...severityLook(text('severity')), optional: true },
    {
      title: 'For',
      text(row) {
        const ms = forMs(row)
        return ms ? writtenDuration(ms) : null
      },
      align: 'right',
      whole: true,
      optional: true,
    },
    { title: 'Title', text: text('title'), optional: true },
    { title: 'From', text: text('source'), whole: true, optional: true },
  ]
}
