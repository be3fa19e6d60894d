/**
 * The settings of an app, from its environment.
 *
 * A secret in it is a reference that the platform replaces. Where it cannot, for the time, the
 * reference itself is what the app is given. That must stop nobody but `watch`: a vault that cannot be
 * reached is no reason to record nothing.
 *
 * @see https://learn.microsoft.com/azure/app-service/app-service-key-vault-references Troubleshooting
 */

import { resolve } from 'node:path'

import { ALERT_SETTINGS } from '../domain/alert-settings.ts'
import { parseSettings } from '../domain/parse-settings.ts'
import type { Settings } from '../domain/settings.ts'
import { appFolder } from './app-folder.ts'

export interface AppSettings {
  /** Files of rules and silences by their whole paths. */
  settings: Settings
  /** Secrets that are not there although they are set; their settings are null. */
  unresolved: string[]
}

/** @throws {LedgerError} `usage` */
export function appSettings(env: Record<string, string | undefined>): AppSettings {
  const unresolved = Object.values(ALERT_SETTINGS)
    .filter((spec: { env: string; secret?: boolean }) => spec.secret)
    .map((spec) => spec.env)
    .filter((name) => env[name]?.startsWith('@Microsoft.KeyVault('))
  const without = Object.fromEntries(unresolved.map((name) => [name, undefined]))
  const settings = parseSettings({ ...env, ...without })
  const { rules, silences } = settings
  return {
    settings: { ...settings, rules: inApp(rules), silences: inApp(silences) },
    unresolved,
  }
}

function inApp(path: string | null): string | null {
  return path === null ? null : resolve(appFolder(), path)
}
