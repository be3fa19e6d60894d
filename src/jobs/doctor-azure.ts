/**
 * Whether Azure knows who asks, and what time it is.
 */

import type { Clock, Inspection } from '../domain/edges.ts'
import { formatDuration } from '../domain/units.ts'
import { failed, ok, refused, warning, type Check } from './check.ts'

const WORTH_A_WARNING_MS = 5000
// Beyond this, tokens and signed requests are refused here and there.
const WRONG_MS = 300_000

export async function checkToken(
  { inspection, clock }: { inspection: Inspection; clock: Clock },
  signal: AbortSignal,
): Promise<Check> {
  try {
    const identity = await inspection.identify(signal)
    const { kind, objectId, appId, tenantId, expiresAt } = identity
    const who = [
      ...(objectId === null ? [] : [`object id ${objectId}`]),
      ...(appId === null ? [] : [kind === 'user' ? `by way of app ${appId}` : `app id ${appId}`]),
      ...(tenantId === null ? [] : [`tenant ${tenantId}`]),
    ]
    const leftMs = expiresAt.getTime() - clock.now().getTime()
    const words = who.length > 0 ? who.join(', ') : 'it does not say for whom'
    const whose = kind === null ? '' : `for ${kind === 'app' ? 'an app' : 'a user'}, `
    const valid = `valid for ${formatDuration(Math.max(0, leftMs))}`
    return ok('token', `Token: ${whose}${words}; ${valid}`, { identity })
  } catch (error) {
    return refused('token', error, signal)
  }
}

export async function checkClock(
  { inspection }: { inspection: Inspection },
  signal: AbortSignal,
): Promise<Check> {
  let aheadMs: number | null
  try {
    aheadMs = await inspection.clockAheadMs(signal)
  } catch (error) {
    return refused('clock', error, signal)
  }
  if (aheadMs === null) {
    return warning('clock', 'Clock: Azure answers, but does not say what time it is', {
      hint: 'Check by other means that this clock is right: the times of the ledger are its times',
    })
  }
  const offMs = Math.abs(aheadMs)
  if (offMs <= WORTH_A_WARNING_MS) return ok('clock', 'Clock: agrees with Azure to within 5s')
  const message = `Clock: ${formatDuration(offMs)} ${aheadMs > 0 ? 'ahead of' : 'behind'} Azure's`
  const hint = 'Set this clock by NTP: the times of the ledger are its times'
  return offMs > WRONG_MS
    ? failed('clock', 'other', message, { hint })
    : warning('clock', message, { hint })
}
