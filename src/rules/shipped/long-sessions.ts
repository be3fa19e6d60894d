/**
 * Rules about sessions that last long.
 *
 * They count what is certain (`duration_mins_min`): from Azure's start, where that can be, to when the
 * host was last asked and had the session. So an alert does not begin because nobody asked.
 */

import type { Rule } from '../../domain/rule.ts'
import { IS_ON, SESSION_COLUMNS, SESSION_LABELS, SESSION_SUMMARY } from './session-sql.ts'
import { shippedRule } from './shipped-rule.ts'

const SQL = `
SELECT ${SESSION_COLUMNS},
  ${SESSION_SUMMARY}
FROM sessions
WHERE ${IS_ON} AND to_minutes(duration_mins_min) >= $longer_than`

function longerThan(ms: number): Rule['parameters'] {
  return { longer_than: { type: 'duration', value: { ms }, doc: 'From when on it is reported.' } }
}

/** @param longSessionMs From when on a session is long. Three times as long is very long. */
export function longSessions(longSessionMs: number): Rule[] {
  return [
    shippedRule({
      name: 'long-session',
      title: 'Long session',
      severity: 'medium',
      description:
        'A session has been on for longer than a working day should need. It may only be a window ' +
        'that somebody forgot; but whoever comes to that screen has its rights, and nobody looks. ' +
        'Ask the person whether it is still needed, and end it if not.',
      tags: ['sessions'],
      sql: SQL,
      labels: SESSION_LABELS,
      host: 'host_id',
      parameters: longerThan(longSessionMs),
      inhibitedBy: [{ rule: 'very-long-session', equal: SESSION_LABELS }],
    }),
    shippedRule({
      name: 'very-long-session',
      title: 'Very long session',
      severity: 'high',
      description:
        'A session has been on for so long that no one person can have been at work all the time. ' +
        'It is forgotten, shared, or kept open on purpose as a way back in. Find out who uses it, ' +
        'look at what was done on the machine, and end it.',
      tags: ['sessions'],
      sql: SQL,
      labels: SESSION_LABELS,
      host: 'host_id',
      parameters: longerThan(3 * longSessionMs),
    }),
  ]
}
