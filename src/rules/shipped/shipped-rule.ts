/**
 * What the rules that come with the product have in common.
 */

import type { Rule } from '../../domain/rule.ts'

/** What a rule says of itself; all else has a default. */
export type ShippedRule = Omit<Rule, keyof typeof DEFAULTS> & Partial<Rule>

const DEFAULTS = {
  enabled: true,
  forMs: 0,
  keepFiringForMs: 0,
  repeatMs: 4 * 3_600_000,
  parameters: {},
  inhibitedBy: [],
} satisfies Partial<Rule>

/** A rule with defaults: on, without delays, and told again after four hours. */
export function shippedRule(given: ShippedRule): Rule {
  return { ...DEFAULTS, ...given }
}
