/**
 * What is secret on this machine: values that never belong into a log or an error.
 */

import process from 'node:process'

import { redact } from '../domain/redact.ts'
import { SETTING_NAMES, SETTINGS } from '../domain/settings.ts'

// Of the platform, by their names.
const SECRET_NAME =
  /key|secret|token|password|connection_?string|webhook|^identity_header$|^azurewebjobsstorage$/i

/** The text without secrets: those of the environment, and whatever looks like one. */
export function withoutSecrets(text: string): string {
  const declared = new Set<string>(
    SETTING_NAMES.map((name): { env: string; secret?: boolean } => SETTINGS[name])
      .filter(({ secret }) => secret)
      .map(({ env }) => env),
  )
  const secrets = Object.entries(process.env).flatMap(([name, value]) =>
    value && (SECRET_NAME.test(name) || declared.has(name))
      ? // A signing key is used without its prefix.
        [value, value.replace(/^whsec_/, '')]
      : [],
  )
  return redact(text, secrets)
}
