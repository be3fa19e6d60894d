/**
 * Errors as a person sees them: one line that names what is wrong, and what to do about it.
 */

import type { CommanderError } from 'commander'

import { type ErrorCode, LedgerError, messageOf } from '../domain/errors.ts'
import { LIST_ACTION, SESSIONS_ACTION } from '../domain/permission.ts'
import { EXIT, type ExitCode, exitCodeOfError } from './exit-code.ts'
import { visible } from './output/visible.ts'
import { PROGRAM, invocation } from './program-name.ts'
import { grantHint, SIGN_IN_HINT } from './permission.ts'
import { type Output, styled, type Terminal } from './terminal.ts'

/** What helps where an error has no hint of its own. */
function hintFor(code: ErrorCode, terminal: Terminal): string | undefined {
  if (code === 'not_signed_in') return SIGN_IN_HINT
  if (code === 'no_permission') return grantHint([LIST_ACTION, SESSIONS_ACTION], null)
  return code === 'empty' ? `Begin with ${invocation(terminal)} collect` : undefined
}

/** Writes a warning: something to know that stops nothing. */
export async function warn(stderr: Output, message: string, hint?: string): Promise<void> {
  await writeProblem(stderr, 'yellow', message, hint)
}

/**
 * Writes what went wrong.
 *
 * @param debug Whether an unexpected error shows where it came from.
 * @returns The exit code for it.
 */
export async function reportError(
  error: unknown,
  terminal: Terminal,
  debug: boolean,
): Promise<ExitCode> {
  const { stderr } = terminal
  if (error instanceof LedgerError) {
    const hint = error.hint ?? hintFor(error.code, terminal)
    await writeProblem(stderr, 'red', messageOf(error), hint)
    return exitCodeOfError(error.code)
  }
  const stack = error instanceof Error ? error.stack : undefined
  const hint = debug ? stack : 'Run it again with --debug to see where this came from'
  await writeProblem(stderr, 'red', `Unexpected error: ${messageOf(error)}`, hint)
  return EXIT.usage
}

/**
 * Writes what is wrong with a command line.
 *
 * @param error Commander's: `error: unknown option '--form'`, and a second line with a suggestion.
 */
export async function reportUsage(
  { message, code }: CommanderError,
  command: string | undefined,
  terminal: Terminal,
): Promise<ExitCode> {
  const text = message.replace(/^error: /, '').replace(/\.$/, '')
  const help = code === 'commander.unknownCommand' || !command ? '' : ` ${command}`
  // Most likely a shell took the SQL apart.
  const hint = code === 'commander.excessArguments' && command === 'query' ? 'Quote the SQL. ' : ''
  const see = `See ${invocation(terminal)}${help} --help`
  await writeProblem(terminal.stderr, 'red', messageOf(text), hint + see)
  return EXIT.usage
}

async function writeProblem(
  stderr: Output,
  colour: 'red' | 'yellow',
  message: string,
  hint?: string,
): Promise<void> {
  const name = styled(stderr, colour, `${PROGRAM}:`)
  const more = hint === undefined ? [] : hint.split('\n').map((line) => `  ${visible(line)}`)
  await stderr.write([`${name} ${visible(message)}`, ...more, ''].join('\n'))
}
