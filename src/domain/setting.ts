/**
 * A setting: an environment variable and a flag of the same meaning.
 */

import type { z } from 'zod'

export interface SettingSpec<Schema extends z.ZodType> {
  env: `LEDGER_${string}`
  /** The flag's name without its dashes. */
  flag: string
  /** What follows the flag in the help. */
  value: string
  /** As a person would write it; null where the setting is off by default. */
  default: string | null
  doc: string
  /** Whether its value is shown to nobody (default no). */
  secret?: boolean
  schema: Schema
}

/** Declares a setting. */
export const setting = <Schema extends z.ZodType, Default extends string | null>(
  spec: SettingSpec<Schema> & { default: Default },
) => spec
