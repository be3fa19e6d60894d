/**
 * The exit code of `doctor`: what collecting would come to.
 */

import type { Check } from '../../jobs/check.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'

export function exitCodeOfChecks(checks: readonly Check[]): ExitCode {
  const general = checks.filter(({ check }) => check !== 'subscription')
  const subscriptions = checks.filter(({ check }) => check === 'subscription')
  const unread = subscriptions.filter(({ status }) => status === 'failed')
  const nothing = subscriptions.length > 0 && unread.length === subscriptions.length
  const closed = unread.every(({ failure }) => failure === 'access')
  const has = (wanted: Check['failure']) => general.some(({ failure }) => failure === wanted)
  if (has('access') || (nothing && closed)) return EXIT.access
  if (has('unreachable') || nothing) return EXIT.nothing
  if (general.some(({ status }) => status === 'failed')) return EXIT.usage
  return unread.length > 0 ? EXIT.partial : EXIT.ok
}
