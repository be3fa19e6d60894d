/**
 * Compacts the closed days, as the flags of `compact` ask, and says what came of each.
 */

import type { CompactedDay } from '../../domain/edges.ts'
import type { Settings } from '../../domain/settings.ts'
import type { Context } from '../context.ts'
import { EXIT } from '../exit-code.ts'
import { dayLine, openDayProgress } from './day-progress.ts'
import { type DaysFormat, printDays, summaryOf } from './report-days.ts'

export interface CompactWishes {
  dryRun?: boolean
  leaveOutDamaged?: boolean
  /** Default: a document where stdout is no terminal. */
  output?: DaysFormat
  progress: boolean
}

/** Days that are done stay done when it is interrupted, and are printed too. */
export async function compactDays(
  context: Context,
  settings: Settings,
  { dryRun = false, leaveOutDamaged = false, output, progress }: CompactWishes,
): Promise<void> {
  const { stdout, stderr, env, interrupted: signal } = context.terminal
  const format = output ?? (stdout.isTTY ? null : 'json')
  const days: CompactedDay[] = []
  await using connection = await context.connect(settings)
  try {
    const live = progress && stderr.isTTY && env['TERM'] !== 'dumb'
    await using line = await openDayProgress(stderr, live)
    await connection.days.compact({
      dryRun,
      leaveOutDamaged,
      signal,
      progress: line.show,
      done(day) {
        days.push(day)
        line.write(dayLine(day, stderr))
      },
    })
  } catch (error) {
    if (!signal.aborted) throw error
    context.exitCode = EXIT.interrupted
  }
  await stderr.write(`${summaryOf(days, { dryRun, interrupted: signal.aborted })}\n`)
  const isDamaged = days.some(({ outcome }) => outcome === 'damaged')
  // Before stdout, whose reader may have gone.
  if (isDamaged && !signal.aborted) context.exitCode = EXIT.partial
  if (format) await printDays(days, stdout, { format, dryRun })
}
