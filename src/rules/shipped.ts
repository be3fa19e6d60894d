/**
 * The rules that come with the product.
 *
 * They are asked every minute of a ledger that may hold years. So those that are on read the last day
 * or two only: `latest_polls` and the `recent_…` views instead of `hosts` and `runs`, sessions that
 * are not over, and polls from a run's id on.
 */

import type { Rule } from '../domain/rule.ts'
import { HABITS } from './shipped/habits.ts'
import { HOSTS } from './shipped/hosts.ts'
import { longSessions } from './shipped/long-sessions.ts'
import { LOST_SIGHT } from './shipped/lost-sight.ts'
import { PEOPLE } from './shipped/people.ts'

export interface ShippedRulesSettings {
  /** From when on a session is long. */
  longSessionMs: number
}

/** All of them, those that are off too. */
export function shippedRules({ longSessionMs }: ShippedRulesSettings): Rule[] {
  return [...longSessions(longSessionMs), ...LOST_SIGHT, ...PEOPLE, ...HABITS, ...HOSTS]
}
