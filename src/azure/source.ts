/**
 * The source: Azure as the jobs see it, put together from its parts.
 */

import type { TokenCredential } from '@azure/core-auth'

import type { BastionSource, Clock, Dice, Inspection } from '../domain/edges.ts'
import { boundYoungGeneration } from '../system/young-generation.ts'
import { pollHost } from './active-sessions.ts'
import { openArm } from './arm.ts'
import { Asking, type AskingBounds } from './asking.ts'
import { clockAheadMs } from './clock-ahead.ts'
import { recordExchanges } from './exchanges.ts'
import { createGates } from './gate.ts'
import { identify } from './identity.ts'
import { listHosts, listSubscriptions } from './lists.ts'
import { listGroup } from './management-group.ts'
import { searchHosts } from './resource-graph.ts'
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

export type AzureInspection = Pick<Inspection, 'identify' | 'clockAheadMs' | 'probeHost'>

/** Opens Azure. Closing it closes its sockets. */
export function openSource(
  { clock, dice, credential }: { clock: Clock; dice: Dice; credential: TokenCredential },
  options: SourceOptions,
): BastionSource & AzureInspection & Disposable {
  const arm = openArm({ ...options, credential, sockets: options.concurrency })
  const slots = createSlots(options.concurrency)
  const young = boundYoungGeneration()
  const gateOf = createGates(clock)
  const asking = (gate: string, signal: AbortSignal, through = arm) =>
    new Asking({ arm: through, slots, gate: gateOf(gate), clock, dice }, options, signal)
  const now = () => clock.now()
  const { origin } = arm

  return {
    // What belongs to no subscription has a gate of its own, and Resource Graph has its own quota.
    listSubscriptions: (signal) => listSubscriptions(asking('', signal), origin),
    listGroup: (group, signal) => listGroup(asking('', signal), origin, group),
    searchHosts: (ids, signal) => searchHosts(() => asking('graph', signal), origin, ids),
    listHosts: (subscriptionId, signal, begun) =>
      listHosts(asking(subscriptionId, signal), origin, subscriptionId, begun),
    expect: (hosts) => arm.expect(hosts),
    turn: (signal) => slots.free(signal),
    pollHost: (host, signal) =>
      pollHost(host, { asking: asking(host.subscriptionId, signal), origin, now }),
    identify: (signal) => identify(credential, options, signal),
    clockAheadMs: (signal) => clockAheadMs(asking('', signal), origin, now),
    async probeHost(host, signal) {
      const recorded = recordExchanges(arm)
      const through = asking(host.subscriptionId, signal, recorded.arm)
      const poll = await pollHost(host, { asking: through, origin, now })
      const { outcome, requests } = poll
      // A form that was not understood is told in Azure's own words.
      const responseShape = outcome === 'ok' ? poll.responseShape : null
      return { outcome, responseShape, requests, exchanges: recorded.exchanges }
    },
    [Symbol.dispose]() {
      young[Symbol.dispose]()
      arm[Symbol.dispose]()
    },
  }
}
