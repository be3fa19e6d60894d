/**
 * Time bounds: whether a question may reach only the newer ones of the daily files of sessions.
 *
 * A guess by its form, for what it is worth to plan it; what it reaches, its plan says (reach.ts).
 */

import type { Select } from './guard.ts'
import { nodesOf } from './statement-tree.ts'
import { isSessionTime } from './run-filter.ts'

/** Sides of a comparison, by its type, on which a time is bounded from below. */
const SIDES: Record<string, readonly string[]> = {
  COMPARE_GREATERTHAN: ['left'],
  COMPARE_GREATERTHANOREQUALTO: ['left'],
  COMPARE_LESSTHAN: ['right'],
  COMPARE_LESSTHANOREQUALTO: ['right'],
  COMPARE_EQUAL: ['left', 'right'],
  COMPARE_BETWEEN: ['input'],
}

/** Whether it compares a time of sessions so that older ones are left out. */
export function boundsTimes({ tree }: Select): boolean {
  return Object.entries(SIDES).some(([type, sides]) =>
    nodesOf(tree, type).some((node) =>
      Object.entries(node).some(([side, value]) => sides.includes(side) && isTime(value)),
    ),
  )
}

function isTime(node: unknown): boolean {
  if (typeof node !== 'object' || node === null || !('column_names' in node)) return false
  const { column_names: names } = node
  return Array.isArray(names) && isSessionTime(String(names.at(-1)).toLowerCase())
}
