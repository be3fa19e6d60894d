/**
 * Collects one run, or one in every slot, as the flags of `collect` ask.
 */

import type { Connection } from '../../connect.ts'
import { LedgerError } from '../../domain/errors.ts'
import { filterOf, type Settings } from '../../domain/settings.ts'
import { collect, type CollectResult } from '../../jobs/collect.ts'
import type { Context } from '../context.ts'
import { EXIT } from '../exit-code.ts'
import { reportError } from '../report-error.ts'
import { suggestedCommand } from '../setting-flags.ts'
import { openProgressLine } from './progress-line.ts'
import { reportRun, type RunFormat } from './report-run.ts'
import { eachSlot } from './slots.ts'
import { createTally, type Tally } from './tally.ts'

export interface CollectWishes {
  /** How far apart runs are; null for one run, now. */
  intervalMs: number | null
  /** Default: a document where stdout is no terminal. */
  output?: RunFormat
  progress: boolean
  debug?: boolean
}

/** What all runs of one command share. */
interface Collecting {
  context: Context
  connection: Connection
  settings: Settings
  wishes: CollectWishes
}

export async function collectAsAsked(
  context: Context,
  settings: Settings,
  wishes: CollectWishes,
): Promise<void> {
  await using connection = await context.connect(settings)
  const collecting = { context, connection, settings, wishes }
  if (wishes.intervalMs === null) await collectOnce(collecting, null)
  else await collectEvery(collecting, wishes.intervalMs)
}

/** Runs until interrupted. A run that fails is reported, and the next one is tried. */
async function collectEvery(collecting: Collecting, intervalMs: number): Promise<void> {
  const { context, connection, wishes } = collecting
  const { interrupted } = context.terminal
  await eachSlot(connection.clock, intervalMs, interrupted, async (slot) => {
    try {
      await collectOnce(collecting, slot)
    } catch (error) {
      if (interrupted.aborted) return
      if (!(error instanceof LedgerError) || error.code === 'usage') throw error
      await reportError(error, context.terminal, wishes.debug ?? false)
    }
  })
  context.exitCode = EXIT.interrupted
}

async function collectOnce(collecting: Collecting, slot: Date | null): Promise<void> {
  const { context, settings, wishes } = collecting
  const { terminal } = context
  const tally = createTally()
  const result = await collectWithProgress(collecting, slot, tally)
  await reportRun(context, result, {
    slot,
    examples: tally.examples,
    warehouse: settings.warehouse,
    next: (command) => suggestedCommand(command, settings, terminal),
    format: wishes.output ?? (terminal.stdout.isTTY ? null : 'json'),
  })
}

async function collectWithProgress(
  { context, connection, settings, wishes }: Collecting,
  scheduledFor: Date | null,
  tally: Tally,
): Promise<CollectResult> {
  const { stderr, env, interrupted: signal } = context.terminal
  const { runDeadlineMs, discovery } = settings
  const live = wishes.progress && stderr.isTTY && env['TERM'] !== 'dumb'
  using line = live
    ? await openProgressLine(stderr, connection.clock, tally, runDeadlineMs)
    : undefined

  const stopping = () => {
    if (line) line.stopping()
    else void stderr.write('Interrupted: storing what was answered. Ctrl-C again ends at once.\n')
  }
  signal.addEventListener('abort', stopping, { once: true })
  try {
    return await collect(connection, {
      scheduledFor,
      filter: filterOf(settings),
      discovery,
      runDeadlineMs,
      signal,
      progress: {
        listed(subscriptions, of) {
          tally.listed(subscriptions, of)
          line?.update()
        },
        polled(poll, of) {
          tally.polled(poll, of)
          line?.update()
        },
      },
    })
  } finally {
    signal.removeEventListener('abort', stopping)
  }
}
