/**
 * Reading the settings, once, where they enter. A name that is unknown or a value that is wrong stops
 * everything before it starts.
 */

import { LedgerError } from './errors.ts'
import { SETTING_NAMES, SETTINGS, type SettingName, type Settings } from './settings.ts'
import { withoutSecrets } from './warehouse-address.ts'

/**
 * Reads all settings.
 *
 * @param env The environment; names that begin with `LEDGER_` must be known.
 * @param flags What the command line gave, by the setting's name here.
 * @throws {LedgerError} `usage`, naming the setting as the person wrote it and what is allowed.
 */
export function parseSettings(
  env: Record<string, string | undefined>,
  flags: Partial<Record<SettingName, string>> = {},
): Settings {
  refuseUnknown(env)
  const entries = SETTING_NAMES.map((name) => {
    const spec = SETTINGS[name]
    const given = flags[name] ?? env[spec.env]
    const text = given ?? spec.default
    if (text === null) return [name, null]
    const parsed = spec.schema.safeParse(text)
    if (parsed.success) return [name, parsed.data]
    const written = flags[name] === undefined ? spec.env : `--${spec.flag}`
    throw new LedgerError(
      'usage',
      `Cannot use ${shown(spec, text)} for ${written}: it takes ${parsed.error.issues[0]?.message}`,
    )
  })
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- each name met its own schema above
  return Object.fromEntries(entries) as Settings
}

function shown({ secret }: { secret?: boolean }, text: string): string {
  return secret ? 'the value' : JSON.stringify(withoutSecrets(text))
}

function refuseUnknown(env: Record<string, string | undefined>): void {
  const known = new Set<string>(Object.values(SETTINGS).map((spec) => spec.env))
  const unknown = Object.keys(env).find((name) => name.startsWith('LEDGER_') && !known.has(name))
  if (unknown === undefined) return
  throw new LedgerError(
    'usage',
    `Cannot use the setting "${unknown}": there is none of that name`,
    {
      hint: `Settings: ${[...known].join(', ')}`,
    },
  )
}
