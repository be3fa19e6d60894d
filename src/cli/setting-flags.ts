/**
 * Settings as flags: each command shows those that it uses, generated from their declaration.
 */

import { type Command, Option } from 'commander'

import { parseSettings } from '../domain/parse-settings.ts'
import { type SettingName, SETTINGS, type Settings } from '../domain/settings.ts'
import type { Context } from './context.ts'
import { visible } from './output/visible.ts'
import { invocation } from './program-name.ts'
import type { Terminal } from './terminal.ts'

/** Adds a flag for each of these settings, in a group of its own. */
export function addSettingFlags(command: Command, names: readonly SettingName[]): void {
  command.optionsGroup('Settings, each a flag or an environment variable:')
  for (const name of names) {
    const { flag, value, doc, env, default: preset } = SETTINGS[name]
    const notes = preset ? `${env}, default ${preset}` : env
    command.addOption(new Option(`--${flag} <${value}>`, `${doc.replaceAll('`', '')} [${notes}]`))
  }
}

/**
 * All settings, from the environment and the flags.
 *
 * @throws {LedgerError} `usage`.
 */
export function readSettings(command: Command, { terminal }: Context): Settings {
  return parseSettings(terminal.env, givenFlags(command))
}

/** The settings that the command line gave, as they were written. */
export function givenFlags(command: Command): Partial<Record<SettingName, string>> {
  const given = command.opts<Record<string, unknown>>()
  const flags = Object.entries(SETTINGS).flatMap(([name, { flag }]) => {
    const value = given[new Option(`--${flag} <value>`).attributeName()]
    return typeof value === 'string' ? [[name, value]] : []
  })
  return Object.fromEntries(flags)
}

/** A command of this program as it can be copied: it asks the same warehouse. */
export function suggestedCommand(
  command: string,
  { warehouse }: Settings,
  terminal: Terminal,
): string {
  const { flag, env, default: preset } = SETTINGS.warehouse
  const line = `${invocation(terminal)} ${command}`
  if (warehouse === (terminal.env[env] ?? preset)) return line
  const quoted = /^[\w./:-]+$/.test(warehouse) ? warehouse : `'${visible(warehouse)}'`
  return `${line} --${flag} ${quoted}`
}
