/**
 * Parameters of rules: values that are declared in the rules file and bound to the SQL, never pasted
 * into it.
 */

import { DURATION_FORM, parseDuration } from './units.ts'

/** A value as a question is given it; `ms` is an INTERVAL, a Date a TIMESTAMPTZ. */
export type ParameterValue = string | number | boolean | Date | { ms: number } | readonly string[]

export const PARAMETER_TYPES = [
  'duration',
  'number',
  'text',
  'boolean',
  'list',
  'time_zone',
  'time_of_day',
] as const
export type ParameterType = (typeof PARAMETER_TYPES)[number]

export interface RuleParameter {
  type: ParameterType
  value: ParameterValue
  doc: string | null
}

/** How the values of each type are written, for messages. */
const FORMS: Record<ParameterType, string> = {
  duration: DURATION_FORM,
  number: 'a number',
  text: 'a text',
  boolean: 'true or false',
  list: 'a list of texts',
  time_zone: 'the name of a time zone, such as Europe/Berlin',
  time_of_day: 'a time of day in quotes, such as "07:30"',
}

/** What a value of this type looks like. */
export function parameterForm(type: ParameterType): string {
  return FORMS[type]
}

/** Reads a value as it is written in the rules file; null where it is none of this type. */
export function parseParameter(type: ParameterType, written: unknown): ParameterValue | null {
  switch (type) {
    case 'duration': {
      const ms = typeof written === 'string' ? parseDuration(written) : null
      return ms === null ? null : { ms }
    }
    case 'number':
      return typeof written === 'number' && Number.isFinite(written) ? written : null
    case 'text':
      return typeof written === 'string' ? written : null
    case 'boolean':
      return typeof written === 'boolean' ? written : null
    case 'list':
      return isTexts(written) ? written : null
    case 'time_zone':
      return typeof written === 'string' && isTimeZone(written) ? written : null
    default:
      return typeof written === 'string' && /^([01]\d|2[0-3]):[0-5]\d$/.test(written)
        ? written
        : null
  }
}

function isTexts(written: unknown): written is string[] {
  return Array.isArray(written) && written.every((one) => typeof one === 'string')
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}
