/**
 * The slot of a timer's tick: its scheduled time, floored to `LEDGER_INTERVAL`.
 *
 * When a function runs, `scheduleStatus.next` is the occurrence that it runs for; the host moves it
 * on afterwards. So it is in the past, or less than a second ahead where a clock is a little fast.
 *
 * @see https://github.com/Azure/azure-functions-dotnet-worker/issues/954
 * @see https://github.com/Azure/azure-webjobs-sdk-extensions TimerListener.InvokeJobFunction
 */

import type { Timer } from '@azure/functions'

import { slotOf } from '../domain/run.ts'

const EARLY_MS = 5000

/**
 * The slot that a tick is for.
 *
 * A tick that comes after its slot has ended, since the app was off or the last run took long, is
 * for the slot that has begun: nothing can be asked about the past. An occurrence that is not due
 * yet means that a person has started the function.
 *
 * @returns null for a person's run, which has no slot.
 */
export function slotOfTick(timer: Partial<Timer>, now: Date, intervalMs: number): Date | null {
  const dueMs = Date.parse(timer.scheduleStatus?.next ?? '')
  // Without a status, which schedules of less than a minute do not have.
  if (Number.isNaN(dueMs)) return slotOf(new Date(now.getTime() + EARLY_MS), intervalMs)
  if (dueMs > now.getTime() + EARLY_MS) return null
  return slotOf(new Date(Math.max(dueMs, now.getTime())), intervalMs)
}
