/**
 * Values of rules, as they are written in the rules file.
 */

import type { RuleParameter } from '../../domain/rule-parameter.ts'

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
] as const

/** A duration in the largest unit that leaves no rest: `90s`, `8h`, `30d`. */
export function writtenDuration(ms: number): string {
  if (ms === 0) return '0s'
  const [unit, one] = UNITS.find(([, each]) => ms % each === 0) ?? ['ms', 1]
  return `${ms / one}${unit}`
}

/** The value of a parameter as plain data. */
export function writtenValue({
  value,
}: Pick<RuleParameter, 'value'>): string | number | boolean | string[] {
  if (value instanceof Date) return value.toISOString()
  if (typeof value !== 'object') return value
  return 'ms' in value ? writtenDuration(value.ms) : [...value]
}

/** The value of a parameter as YAML, on one line. */
export function yamlOf(parameter: Pick<RuleParameter, 'type' | 'value'>): string {
  const value = writtenValue(parameter)
  if (Array.isArray(value)) return `[${value.map(textOf).join(', ')}]`
  if (typeof value !== 'string') return String(value)
  return parameter.type === 'time_of_day' ? JSON.stringify(value) : textOf(value)
}

/** A text bare where every YAML reads it as one, else in JSON's quotes, which are YAML's too. */
function textOf(text: string): string {
  const bare =
    /^[A-Za-z0-9][\w./@-]*$/.test(text) &&
    !/^(y|n|yes|no|on|off|true|false|null)$|^[\d.]+(e\d+)?$|^0[xo]/i.test(text)
  return bare ? text : JSON.stringify(text)
}
