/**
 * A rule: a question in SQL whose rows are what somebody should know of. A row is a finding; what
 * becomes of a finding over time is an alert (alert.ts).
 *
 * The label columns alone say which alert a row belongs to. All other columns may change from one
 * evaluation to the next: a session that grows longer is still the same alert.
 */

import type { ParameterValue, RuleParameter } from './rule-parameter.ts'

/** As Microsoft Sentinel and Defender name them, and `critical` above. */
export const SEVERITIES = ['informational', 'low', 'medium', 'high', 'critical'] as const
export type Severity = (typeof SEVERITIES)[number]

export interface Rule {
  /** In lower case, with hyphens. */
  name: string
  title: string
  severity: Severity
  description: string
  /** Free words; ids of MITRE ATT&CK techniques, such as `T1021.001`. */
  tags: readonly string[]
  /**
   * One SELECT over the ledger's views. A column `summary` is the alert's line of text. It may use
   * the rule's parameters, `$now` (TIMESTAMPTZ) and `$interval` (INTERVAL).
   */
  sql: string
  /** The columns that are the alert's identity; none where the rule has one alert at most. */
  labels: readonly string[]
  /**
   * The column with the id, or the list of ids, of the hosts whose answers a finding rests on. While
   * one of them cannot be read, an alert that is not found any more stays as it is, marked stale.
   * Null where it rests on no host's answer.
   */
  host: string | null
  /** How long a finding must be there before the alert fires. */
  forMs: number
  /** How long an alert goes on firing after its finding is gone. */
  keepFiringForMs: number
  /** After how long a firing alert is told again. */
  repeatMs: number
  enabled: boolean
  parameters: Readonly<Record<string, RuleParameter>>
  /**
   * Alerts of these rules hold the notices of this one's alerts back, where both have the same values
   * in the columns named. They are told when the other is resolved and they still fire.
   */
  inhibitedBy: readonly Inhibition[]
}

export interface Inhibition {
  rule: string
  equal: readonly string[]
}

/** The longest list of findings that one rule may have. */
export const MOST_FINDINGS = 10_000

/** The values that a rule's SQL is given, by name. */
export function valuesOf(
  rule: Pick<Rule, 'parameters'>,
  { now, intervalMs }: { now: Date; intervalMs: number },
): Record<string, ParameterValue> {
  const own = Object.entries(rule.parameters).map(([name, { value }]) => [name, value] as const)
  return { now, interval: { ms: intervalMs }, ...Object.fromEntries(own) }
}
