/**
 * What the rules that come with the product have in common.
 */

import type { Rule, Severity } from '../../domain/rule.ts'

const HOUR_MS = 3_600_000
const REPEAT_MS: Record<Severity, number> = {
  critical: 4 * HOUR_MS,
  high: 12 * HOUR_MS,
  medium: 24 * HOUR_MS,
  low: 24 * HOUR_MS,
  informational: 24 * HOUR_MS,
}

/** What a rule says of itself; all else has a default. */
export type ShippedRule = Omit<Rule, keyof typeof DEFAULTS | 'repeatMs'> & Partial<Rule>

const DEFAULTS = {
  enabled: true,
  forMs: 0,
  keepFiringForMs: 0,
  parameters: {},
  inhibitedBy: [],
} satisfies Partial<Rule>

/** A rule with defaults: on, without delays, and told again the sooner the more severe it is. */
export function shippedRule(given: ShippedRule): Rule {
  return { ...DEFAULTS, repeatMs: REPEAT_MS[given.severity], ...given }
}
