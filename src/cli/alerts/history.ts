/**
 * The question of `alerts --history`: the alerts that were recorded, newest first.
 */

import type { Question } from '../ask.ts'
import { readLimit, readPeriod } from '../flag-values.ts'
import { createValues } from '../sessions/session-filter.ts'
import { alertLooks } from './alert-looks.ts'

// What fits a screen, so that the newest is not scrolled away.
export const HISTORY_ROWS = 20

export interface HistoryFlags {
  rule?: string
  from?: string
  to?: string
  limit?: string
}

/** @throws {LedgerError} `usage` */
export function historyQuestion({ rule, limit, ...flags }: HistoryFlags, now: Date): Question {
  const period = readPeriod('list alerts', flags, now)
  const values = createValues()
  const time = (at: Date) => `${values.bind(at.toISOString())}::TIMESTAMPTZ`
  const conditions = [
    ...(rule === undefined ? [] : [`rule = ${values.bind(rule)}`]),
    ...(period.from ? [`(resolved_at IS NULL OR resolved_at >= ${time(period.from)})`] : []),
    ...(period.to ? [`pending_at < ${time(period.to)}`] : []),
  ]
  const where = conditions.length > 0 ? ` WHERE ${conditions.join(' AND ')}` : ''
  const most = limit === undefined ? '' : ` LIMIT ${readLimit('--limit', limit)}`
  return {
    sql: `FROM alerts${where} ORDER BY pending_at DESC, rule, summary${most}`,
    parameters: values.all,
    table: (columns) => ({
      looks: alertLooks(columns, now),
      ...(limit === undefined ? { terminalRows: HISTORY_ROWS } : {}),
    }),
  }
}
