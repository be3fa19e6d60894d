/**
 * Subcommands of `rules`. Settings may be given before the subcommand's name or after it.
 */

import type { Command } from 'commander'

import { parseSettings } from '../../domain/parse-settings.ts'
import type { Settings } from '../../domain/settings.ts'
import type { Context, Define } from '../context.ts'
import { addSettingFlags, givenFlags } from '../setting-flags.ts'

export interface Subcommand {
  name: string
  summary: string
  define: Define
}

export function addRuleSettings(command: Command): void {
  addSettingFlags(command, ['rules', 'longSessionMs'])
}

/** @throws {LedgerError} `usage` */
export function readRuleSettings(command: Command, { terminal }: Context): Settings {
  const before = command.parent ? givenFlags(command.parent) : {}
  return parseSettings(terminal.env, { ...before, ...givenFlags(command) })
}
