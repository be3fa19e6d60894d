/**
 * Settings in force: each as it was written, and by whom.
 */

import { SETTING_NAMES, SETTINGS, type SettingName } from './settings.ts'

export interface SettingInForce {
  /** The environment variable. */
  name: string
  flag: string
  /** As it was written; null where it is off, or where nobody may see it. */
  value: string | null
  /** Whether it has a value that nobody may see. */
  hidden: boolean
  from: 'flag' | 'environment' | 'default'
}

/** All settings, in the order of their declaration. */
export function settingsInForce(
  env: Record<string, string | undefined>,
  flags: Partial<Record<SettingName, string>>,
): SettingInForce[] {
  return SETTING_NAMES.map((name) => settingInForce(SETTINGS[name], env, flags[name]))
}

/** What of a setting is in force, and shown. */
export function settingInForce(
  spec: { env: string; flag: string; default: string | null; secret?: boolean },
  env: Record<string, string | undefined>,
  given: string | undefined,
): SettingInForce {
  const set = env[spec.env]
  const value = given ?? set ?? spec.default
  const hidden = (spec.secret ?? false) && value !== null
  return {
    name: spec.env,
    flag: `--${spec.flag}`,
    value: hidden ? null : value,
    hidden,
    from: given !== undefined ? 'flag' : set !== undefined ? 'environment' : 'default',
  }
}
