/**
 * The progress line: one line that lives on stderr while hosts are asked.
 */

import type { Clock } from '../../domain/edges.ts'
import { formatDuration } from '../../domain/units.ts'
import { truncate } from '../output/width.ts'
import { startSpinner } from '../spinner.ts'
import type { Output } from '../terminal.ts'
import type { Tally } from './tally.ts'

export interface ProgressLine extends Disposable {
  /** Shows the tally as it is now. */
  update(): void
  /** Says that the run is being ended early. */
  stopping(): void
}

// Fewer hosts than this say nothing about how long the rest takes.
const LEAST_DONE = 5
// Beside the text: the spinner, a space, and the last cell, in which some terminals wrap.
const AROUND = 3

/** Starts the line. The library is loaded only where a line is shown. */
export async function openProgressLine(
  stderr: Output,
  clock: Clock,
  tally: Tally,
  runDeadlineMs: number,
): Promise<ProgressLine> {
  const startedMs = clock.now().getTime()
  let askingSinceMs: number | null = null
  let ending = false
  const fit = (text: string) => truncate(text, (stderr.columns ?? 80) - AROUND)
  const spinner = await startSpinner(stderr, () => fit('Looking for subscriptions'))

  const update = () => {
    const nowMs = clock.now().getTime()
    if (tally.hosts.done > 0) askingSinceMs ??= nowMs
    const leftMs = timeLeftMs(tally.hosts, nowMs - (askingSinceMs ?? nowMs))
    const untilDeadlineMs = startedMs + runDeadlineMs - nowMs
    const left = leftMs === null ? null : Math.max(0, Math.min(leftMs, untilDeadlineMs))
    spinner.text = fit(progressText(tally, { leftMs: left, ending }))
  }
  return {
    update,
    stopping() {
      ending = true
      update()
    },
    [Symbol.dispose]: () => void spinner.stop(),
  }
}

/** What the line says. */
export function progressText(
  { subscriptions, hosts }: Pick<Tally, 'subscriptions' | 'hosts'>,
  { leftMs, ending }: { leftMs: number | null; ending: boolean },
): string {
  if (ending) return `Storing what was answered (${hosts.done} of ${hosts.of} hosts)`
  if (hosts.of === 0) {
    if (subscriptions.of === 0) return 'Looking for subscriptions'
    return `Listing hosts: ${subscriptions.listed} of ${subscriptions.of} subscriptions`
  }
  const parts = [`Asking hosts: ${hosts.done} of ${hosts.of}`]
  if (hosts.failed > 0) parts.push(`${hosts.failed} failed`)
  if (hosts.throttled > 0) parts.push(`${hosts.throttled} throttled`)
  if (leftMs !== null) parts.push(`about ${formatDuration(Math.max(leftMs, 1000))} left`)
  return parts.join(' · ')
}

/** How long the rest takes if it goes on like this; null while that cannot be told. */
export function timeLeftMs({ done, of }: Tally['hosts'], askingMs: number): number | null {
  if (done < LEAST_DONE || askingMs <= 0 || done >= of) return null
  return (askingMs / done) * (of - done)
}
