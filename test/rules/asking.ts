/** Asks rules that come with the product, of a ledger in a temporary folder. */

import type { BatchRows, Cell, Queries } from '../../src/domain/edges.ts'
import type { ParameterValue } from '../../src/domain/rule-parameter.ts'
import { MOST_FINDINGS, type Rule, valuesOf } from '../../src/domain/rule.ts'
import { shippedRules } from '../../src/rules/shipped.ts'
import { textOf } from '../warehouse/temp-warehouse.ts'

export const INTERVAL_MS = 300_000
export const HOUR_MS = 3_600_000
export const RULES = shippedRules({ longSessionMs: 8 * HOUR_MS })

export interface Asking {
  rule: string
  /** In the place of the rule's own values. */
  values?: Record<string, ParameterValue>
}

export function ruleOf(name: string): Rule {
  const rule = RULES.find((one) => one.name === name)
  if (!rule) throw new RangeError(`No rule is called "${name}"`)
  return rule
}

/**
 * Asks all of these at one moment, in one batch.
 *
 * @param asking By a name of the caller's.
 * @returns The answer of each name.
 */
export async function askRules(
  { queries }: { queries: Queries },
  now: string,
  asking: Readonly<Record<string, Asking>>,
): Promise<(name: string) => BatchRows> {
  const { answers } = await queries.batch(
    Object.values(asking).map(({ rule, values }) => {
      const own = valuesOf(ruleOf(rule), { now: new Date(now), intervalMs: INTERVAL_MS })
      return { sql: ruleOf(rule).sql, parameters: { ...own, ...values }, mostRows: MOST_FINDINGS }
    }),
    { now: new Date(now) },
  )
  return (name) => {
    const answer = answers[Object.keys(asking).indexOf(name)]
    if (!answer) throw new RangeError(`Nothing was asked as "${name}"`)
    if ('error' in answer) throw answer.error
    return answer
  }
}

/** The row with this value in a column. */
export function rowWith(
  { rows }: BatchRows,
  column: string,
  value: Cell,
): BatchRows['rows'][number] {
  const row = rows.find((one) => one[column] === value)
  if (!row) throw new RangeError(`No row has "${column}" ${JSON.stringify(value)}`)
  return row
}

/** The values of one column as texts, sorted. */
export function textsIn({ rows }: BatchRows, column: string): string[] {
  return rows.map((row) => textOf(row[column])).toSorted()
}
