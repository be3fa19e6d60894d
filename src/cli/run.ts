/**
 * Runs one command line, and turns whatever happens into words on stderr and an exit code.
 */

import { CommanderError } from 'commander'

import type { Connect, Context } from './context.ts'
import { EXIT, type ExitCode } from './exit-code.ts'
import { createProgram } from './program.ts'
import { reportError, reportUsage } from './report-error.ts'
import { OutputClosed, type Terminal } from './terminal.ts'

export interface RunOptions {
  /** Opens the edges (default: the real ones). */
  connect?: Connect
}

/**
 * Runs a command line.
 *
 * @param argv Without the program's own name.
 * @returns The exit code. Whatever was thrown has been reported.
 */
export async function run(
  argv: readonly string[],
  terminal: Terminal,
  { connect = connectForReal }: RunOptions = {},
): Promise<ExitCode> {
  const context: Context = { terminal, connect, exitCode: EXIT.ok }
  let said = ''
  const line = argv[0] === 'help' ? [...argv.slice(1), '--help'] : argv
  const [called] = line
  try {
    const program = await createProgram(context, called, (text) => void (said += text))
    await program.parseAsync(line, { from: 'user' })
    return context.exitCode
  } catch (error) {
    // The reader of a pipe has gone: what the command came to still holds.
    if (error instanceof OutputClosed) return context.exitCode
    if (isInterruption(error, terminal.interrupted)) return EXIT.interrupted
    if (!(error instanceof CommanderError)) {
      return reportError(error, terminal, argv.includes('--debug'))
    }
    if (said === '') return reportUsage(error, called, terminal)
    await (error.exitCode === 0 ? terminal.stdout : terminal.stderr).write(said).catch(ignoreClosed)
    return error.exitCode === 0 ? EXIT.ok : EXIT.usage
  }
}

/** Whether the error says no more than that Ctrl-C was pressed. */
function isInterruption(error: unknown, signal: AbortSignal): boolean {
  if (!signal.aborted) return false
  return error === signal.reason || (error instanceof Error && error.name === 'AbortError')
}

function ignoreClosed(error: unknown): void {
  if (!(error instanceof OutputClosed)) throw error
}

const connectForReal: Connect = async (settings) =>
  (await import('../connect.ts')).connect(settings)
