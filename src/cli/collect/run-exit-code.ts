/**
 * The exit code of a run that is recorded.
 */

import { hostTotals, type RunRecord } from '../../domain/run.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'

export function exitCodeOfRun(run: RunRecord): ExitCode {
  if (run.outcome === 'ok') return EXIT.ok
  if (run.outcome === 'partial') return EXIT.partial
  return isRefused(run) ? EXIT.access : EXIT.nothing
}

/** Whether a failed run failed for want of permission, or of signing in, and nothing else. */
function isRefused(run: RunRecord): boolean {
  if (run.error_code !== null) {
    return run.error_code === 'not_signed_in' || run.error_code === 'no_permission'
  }
  const { expected } = hostTotals(run.counts)
  return (
    (run.counts.denied ?? 0) === expected &&
    run.subscriptions.every(({ outcome }) => outcome === 'ok' || outcome === 'denied')
  )
}
