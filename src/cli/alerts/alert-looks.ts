/**
 * How people see alerts.
 */

import type { AnswerColumn } from '../output/answer.ts'
import { rowReader, shortTime } from '../output/human.ts'
import type { ColumnLook } from '../output/look.ts'
import { severityLook } from '../rules/severity-look.ts'
import type { Style } from '../terminal.ts'

const STATE_STYLES: Record<string, Style> = { firing: 'red', pending: 'yellow', resolved: 'green' }

/** Rows of `alerts`. On a narrow terminal, the last columns go first. */
export function alertLooks(columns: readonly AnswerColumn[], now: Date): ColumnLook[] {
  const { text, time } = rowReader(columns)
  const [state, firing, pending] = [text('state'), time('firing_at'), time('pending_at')]
  const [stale, muted, why] = [text('stale'), text('muted_by'), text('resolved_why')]
  const resolved = time('resolved_at')
  return [
    {
      title: 'State',
      text: state,
      style: (row) => STATE_STYLES[state(row) ?? ''] ?? null,
      whole: true,
    },
    { ...severityLook(text('severity')), optional: true },
    { title: 'Alert', text: text('summary') },
    {
      title: 'Since (UTC)',
      text(row) {
        const at = firing(row) ?? pending(row)
        return at && shortTime(at, now)
      },
      align: 'right',
      whole: true,
    },
    {
      title: 'Until (UTC)',
      text(row) {
        const at = resolved(row)
        return at && shortTime(at, now)
      },
      align: 'right',
      whole: true,
      optional: true,
    },
    { title: 'Rule', text: text('rule'), whole: true, optional: true },
    {
      title: 'Note',
      text(row) {
        const reason = stale(row)
        const notes = [reason === null ? why(row) : `stale: ${reason}`, muted(row)]
        return notes.filter((note) => note !== null).join('; ') || null
      },
      optional: true,
    },
  ]
}
