/**
 * The scope: the subscriptions that a run has to answer for.
 *
 * Not only those that Azure lists. One that was asked for by its id, that the management group
 * holds, or whose hosts were listed within the last day of runs, is in scope as well: it is asked,
 * and recorded with what Azure said. Otherwise access that is taken away would look like hosts that
 * nobody uses.
 */

import type { BastionSource } from '../domain/edges.ts'
import type { KnownHost } from '../domain/host.ts'
import {
  inScope,
  isSubscriptionId,
  NOT_VISIBLE,
  type ScopeFilter,
  type Subscription,
} from '../domain/subscription.ts'

export interface Scope {
  inside: Subscription[]
  /** Every subscription that could have been in scope. */
  candidates: Subscription[]
}

export interface ScopeOptions {
  filter: ScopeFilter
  /** Hosts of earlier runs; they may be read while subscriptions are listed. */
  known: readonly KnownHost[] | Promise<readonly KnownHost[]>
  /** Called with those that are inside whatever else will be known, as soon as they are. */
  headStart?: (inside: readonly Subscription[]) => void
}

/** @throws {LedgerError} If the subscriptions, or those of the management group, cannot be listed. */
export async function findScope(
  azure: BastionSource,
  options: ScopeOptions,
  signal: AbortSignal,
): Promise<Scope> {
  const { filter, headStart } = options
  const { managementGroup = null } = filter
  const listing = azure.listSubscriptions(signal).then((visible) => {
    if (managementGroup === null) headStart?.(visible.filter((one) => inScope(filter, one)))
    return visible
  })
  // Both to their end: nobody may still read the ledger when this has failed.
  await Promise.allSettled([listing, options.known])
  const [visible, known] = await Promise.all([listing, options.known])
  const members = managementGroup === null ? null : await azure.listGroup(managementGroup, signal)

  const byId = new Map(visible.map((one) => [one.subscriptionId, one]))
  const add = (subscriptionId: string, name: string) => {
    if (byId.has(subscriptionId)) return
    byId.set(subscriptionId, { subscriptionId, name, state: NOT_VISIBLE })
  }
  for (const { subscriptionId, name } of members ?? []) add(subscriptionId, name)
  for (const { subscriptionId, subscriptionName, listedAt } of known) {
    if (listedAt !== null) add(subscriptionId, subscriptionName)
  }
  if (members === null) {
    for (const id of filter.include.filter(isSubscriptionId)) add(id.toLowerCase(), id)
  }

  const candidates = [...byId.values()]
  const memberIds = members && new Set(members.map(({ subscriptionId }) => subscriptionId))
  // Whether one that is not visible was moved out of the group or is merely closed, nobody can tell.
  const isMember = ({ subscriptionId, state }: Subscription) =>
    memberIds === null || memberIds.has(subscriptionId) || state === NOT_VISIBLE
  return {
    inside: candidates.filter((one) => isMember(one) && inScope(filter, one)),
    candidates,
  }
}
