/**
 * An invocation: one call of a function, with a connection of its own and one line in the log.
 *
 * Nothing that leaves it, a line or an error, holds a secret. The error that ends it names the cause.
 */

import process from 'node:process'

import type { InvocationContext } from '@azure/functions'

import { connect, type Connection } from '../connect.ts'
import { LedgerError, messageOf } from '../domain/errors.ts'
import { appSettings, type AppSettings } from './app-settings.ts'
import type { LogLine } from './log-line.ts'
import { withoutSecrets } from './without-secrets.ts'

export interface Invocation extends AppSettings {
  connection: Connection
}

/** What came of it: a line for the log, and the error that ends it; null where it went well. */
export interface Ending<Result> {
  line: LogLine
  failure: string | null
  result: Result
}

/**
 * Acts, writes the line, and throws where it failed.
 *
 * @throws {Error} Without secrets.
 */
export async function invocation<Result>(
  context: InvocationContext,
  act: (invocation: Invocation) => Promise<Ending<Result>>,
): Promise<Result> {
  try {
    const { settings, unresolved } = appSettings(process.env)
    await using connection = connect(settings)
    const { line, failure, result } = await act({ settings, unresolved, connection })
    write(context, line)
    if (failure === null) return result
    throw new Reported(failure)
  } catch (error) {
    if (!(error instanceof Reported)) write(context, errorLine(context.functionName, error))
    throw harmless(error)
  }
}

/** A failure whose line is written. */
class Reported extends Error {
  override readonly name = 'Error'
}

function errorLine(name: string, error: unknown): LogLine {
  const known = error instanceof LedgerError ? error : undefined
  return {
    event: 'error',
    level: 'error',
    function: name,
    code: known?.code ?? 'unexpected',
    message: messageOf(error),
    hint: known?.hint ?? null,
  }
}

function write(context: InvocationContext, { level, ...line }: LogLine): void {
  context[level](JSON.stringify(line, harmlessValue))
}

function harmlessValue(_key: string, value: unknown): unknown {
  return typeof value === 'string' ? withoutSecrets(value) : value
}

/** A new error, since what is attached to the old one may hold secrets. */
function harmless(error: unknown): Error {
  const shown = new Error(withoutSecrets(messageOf(error)))
  if (error instanceof Error) {
    shown.name = error.name
    shown.stack = withoutSecrets(error.stack ?? shown.message)
  }
  return shown
}
