/**
 * What a command is given: the terminal, and the way to the ledger and to Azure.
 */

import type { Command } from 'commander'

import type { Connection } from '../connect.ts'
import type { Settings } from '../domain/settings.ts'
import type { ExitCode } from './exit-code.ts'
import type { Terminal } from './terminal.ts'

/** Opens the edges, real or fake. They are closed when the command ends. */
export type Connect = (settings: Settings) => Connection | Promise<Connection>

export interface Context {
  terminal: Terminal
  connect: Connect
  /** Set by the command that ran. */
  exitCode: ExitCode
}

/** Adds a command's arguments, flags, examples and action to its empty command. */
export type Define = (command: Command, context: Context) => void
