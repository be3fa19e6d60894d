/**
 * One tick of the watch: the rules are asked, and notices are sent.
 *
 * A receiver that is down fails no invocation: what it was to be told waits, and is sent later. What
 * fails it is that nobody can say what fires.
 */

import type { InvocationContext } from '@azure/functions'

import { LedgerError } from '../domain/errors.ts'
import { watch, type Watched } from '../jobs/watch.ts'
import { invocation } from './invocation.ts'
import type { LogLine } from './log-line.ts'
import { watchedLine, withoutValues } from './watched-line.ts'

// host.json gives a function ten minutes.
const LONGEST_MS = 9 * 60_000

export interface WatchTickOptions {
  /** How long a warehouse may have no run before that is a failure, from the first tick on. */
  emptyMs?: number
  /** How long it may take, of what the platform gives it. */
  longestMs?: number
}

type WatchTick = (context: InvocationContext, signal: AbortSignal) => Promise<void>

/** Of this instance. */
export const watchTick = createWatchTick()

/**
 * Makes the ticks of an instance.
 *
 * The warehouse of a new app has no run until `collect` has made one; an instance cannot know the
 * app's age, and takes its own.
 *
 * @returns What rejects, naming the cause, where the rules could not be asked, or one of them.
 */
export function createWatchTick({
  emptyMs = 3_600_000,
  longestMs = LONGEST_MS,
}: WatchTickOptions = {}): WatchTick {
  const startedMs = Date.now()
  return (context, shutdown) =>
    invocation<undefined>(context, async ({ settings, unresolved, connection }) => {
      const [missing] = unresolved
      if (missing !== undefined) throw unresolvedError(missing)
      const name = context.functionName
      const beganMs = Date.now()
      const timeout = AbortSignal.timeout(longestMs)
      const signal = AbortSignal.any([shutdown, timeout])
      try {
        const edges = await connection.watching()
        const watched = await watch(edges, { intervalMs: settings.intervalMs, signal })
        const details = { interrupted: signal.aborted, duration_ms: Date.now() - beganMs }
        return {
          line: watchedLine(name, watched, details),
          failure: failureOf(watched),
          result: undefined,
        }
      } catch (error) {
        // Another instance does it.
        if (error === shutdown.reason) return ending(name, { interrupted: true })
        if (error === timeout.reason) throw timeoutError(longestMs)
        const isNew = Date.now() - startedMs < emptyMs
        if (isNew && error instanceof LedgerError && error.code === 'empty') {
          return ending(name, { interrupted: false, message: `Nothing to watch: ${error.message}` })
        }
        throw error
      }
    })
}

/** Of a tick that came to nothing, and need not. */
function ending(name: string, details: Record<string, unknown>) {
  const line: LogLine = { event: 'watched', level: 'info', function: name, asked: 0, ...details }
  return { line, failure: null, result: undefined }
}

function failureOf({ failed }: Watched): string | null {
  const [first] = failed
  if (!first) return null
  const others = failed.length > 1 ? ` (and ${failed.length - 1} more)` : ''
  return `Cannot ask the rule "${first.rule}"${others}: ${withoutValues(first.error)}`
}

function unresolvedError(setting: string): LedgerError {
  return new LedgerError(
    'usage',
    `Cannot use ${setting}: its Key Vault reference is not resolved`,
    {
      hint: 'Give the identity the role Key Vault Secrets User on the vault, and restart the app',
    },
  )
}

function timeoutError(ms: number): LedgerError {
  return new LedgerError('query', `Cannot watch: it was not done after ${ms / 1000} seconds`, {
    hint: 'Switch off the rules that take long; LEDGER_QUERY_TIMEOUT bounds each of them',
  })
}
