/**
 * Slots: the moments at which a timer's runs are due, multiples of the interval in UTC.
 */

import type { Clock } from '../../domain/edges.ts'
import { slotOf } from '../../domain/run.ts'

/**
 * Acts in every slot, until aborted: first in the one that has begun, then as each begins.
 *
 * Never twice at the same time: a slot that begins while the last one is still being worked on is
 * dropped.
 */
export async function eachSlot(
  clock: Clock,
  intervalMs: number,
  signal: AbortSignal,
  act: (slot: Date) => Promise<void>,
): Promise<void> {
  let slot = slotOf(clock.now(), intervalMs)
  while (!signal.aborted) {
    await act(slot)
    // A timer may wake a little early, and must not find the same slot again.
    const last = Math.max(slotOf(clock.now(), intervalMs).getTime(), slot.getTime())
    slot = new Date(last + intervalMs)
    await clock.sleep(slot.getTime() - clock.now().getTime(), signal).catch((error: unknown) => {
      if (!signal.aborted) throw error
    })
  }
}
