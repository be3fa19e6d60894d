/**
 * The source: Azure as the jobs see it, put together from its parts.
 */

import type { TokenCredential } from '@azure/core-auth'

import type { BastionSource, Clock, Dice } from '../domain/edges.ts'
import { pollHost } from './active-sessions.ts'
import { openArm } from './arm.ts'
import { Asking, type AskingBounds } from './asking.ts'
import { createGates } from './gate.ts'
import { listHosts, listSubscriptions } from './lists.ts'
import { createSlots } from './slots.ts'

export interface SourceOptions extends AskingBounds {
  /** ARM's origin, for example `https://management.azure.com`. */
  endpoint: string
  scope: string
  /** HTTP requests in flight at the same time. */
  concurrency: number
  maxResponseBytes: number
  /** Certificates that are trusted instead of the system's. */
  ca?: string
  userAgent: string
}

/** Opens Azure. Closing it closes its sockets. */
export function openSource(
  { clock, dice, credential }: { clock: Clock; dice: Dice; credential: TokenCredential },
  options: SourceOptions,
): BastionSource & Disposable {
  const arm = openArm({ ...options, credential, sockets: options.concurrency })
  const slots = createSlots(options.concurrency)
  const gateOf = createGates(clock)
  const asking = (subscriptionId: string, signal: AbortSignal) =>
    new Asking({ arm, slots, gate: gateOf(subscriptionId), clock, dice }, options, signal)
  const now = () => clock.now()
  const { origin } = arm

  return {
    // The list of subscriptions belongs to no subscription: it has a gate of its own.
    listSubscriptions: (signal) => listSubscriptions(asking('', signal), origin),
    listHosts: (subscriptionId, signal) =>
      listHosts(asking(subscriptionId, signal), origin, subscriptionId),
    turn: (signal) => slots.free(signal),
    pollHost: (host, signal) =>
      pollHost(host, { asking: asking(host.subscriptionId, signal), origin, now }),
    [Symbol.dispose]: () => arm[Symbol.dispose](),
  }
}
