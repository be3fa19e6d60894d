/**
 * The population: every subscription and every host that a run has to answer for.
 *
 * A subscription that cannot be listed keeps the hosts of its last good listing: they are asked
 * like the others, and never forgotten.
 */

import type { BastionSource, Progress } from '../domain/edges.ts'
import type { Host, KnownHost } from '../domain/host.ts'
import {
  inScope,
  type ScopeFilter,
  type Subscription,
  type SubscriptionPoll,
} from '../domain/subscription.ts'

export interface Population {
  /** Every subscription in scope, with what came of listing it. */
  subscriptions: SubscriptionPoll[]
  /** Every subscription that the identity can see. */
  visible: Subscription[]
  /** In the order in which they are asked: whose last answer is oldest, first. */
  hosts: Host[]
}

export interface PopulationOptions {
  known: readonly KnownHost[]
  filter: ScopeFilter
  progress: Progress | undefined
  signal: AbortSignal
  /** Why the signal was aborted. */
  cause(): 'deadline' | 'interrupted'
}

/** @throws {LedgerError} If the subscriptions cannot be listed. */
export async function findPopulation(
  azure: BastionSource,
  { known, filter, progress, signal, cause }: PopulationOptions,
): Promise<Population> {
  const visible = await azure.listSubscriptions(signal)
  const inside = visible.filter((subscription) => inScope(filter, subscription))
  const knownBySubscription = Map.groupBy(known, ({ subscriptionId }) => subscriptionId)
  let listed = 0
  const lists = await Promise.all(
    inside.map(async (subscription) => {
      const listing = await listHosts(azure, subscription.subscriptionId, { signal, cause })
      listed += 1
      progress?.listed(listed, inside.length)
      const ok = listing.outcome === 'ok'
      const poll: SubscriptionPoll = {
        ...subscription,
        outcome: listing.outcome,
        hosts: ok ? listing.hosts.length : null,
        errorCode: listing.errorCode,
        errorMessage: listing.errorMessage,
      }
      const hosts = ok
        ? listing.hosts
        : (knownBySubscription.get(subscription.subscriptionId) ?? [])
      return { poll, hosts }
    }),
  )
  const lastOk = new Map(known.map(({ hostId, lastOkAt }) => [hostId, lastOkAt?.getTime() ?? 0]))
  const lastOkMs = ({ hostId }: Host) => lastOk.get(hostId) ?? 0
  return {
    subscriptions: lists.map(({ poll }) => poll),
    visible,
    hosts: takeTurns(lists.map(({ hosts }) => hosts)).toSorted((a, b) => lastOkMs(a) - lastOkMs(b)),
  }
}

async function listHosts(
  azure: BastionSource,
  subscriptionId: string,
  { signal, cause }: Pick<PopulationOptions, 'signal' | 'cause'>,
) {
  try {
    return await azure.listHosts(subscriptionId, signal)
  } catch (error) {
    if (!signal.aborted) throw error
    return {
      outcome: 'skipped_deadline' as const,
      hosts: [],
      errorCode: cause(),
      errorMessage: 'The run ended before its hosts were listed',
    }
  }
}

/** The hosts of all subscriptions, one of each in turn, so that no bucket is emptied at once. */
function takeTurns(lists: readonly Host[][]): Host[] {
  const longest = lists.reduce((length, list) => Math.max(length, list.length), 0)
  return Array.from({ length: longest }, (_, index) =>
    lists.flatMap((list) => list.slice(index, index + 1)),
  ).flat()
}
