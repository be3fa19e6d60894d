/**
 * Host lists: the hosts of each subscription, listed once, by whoever asks for them first.
 */

import type { BastionSource, HostListing } from '../domain/edges.ts'

export interface HostLists {
  /** Rejects where the list can neither be had nor be called refused. */
  of(subscriptionId: string): Promise<HostListing>
  /** Ends those that are under way, and waits for their end. */
  abandon(): Promise<void>
}

export interface HostListsOptions {
  signal: AbortSignal
  /** Why the signal was aborted. */
  cause: () => 'deadline' | 'interrupted'
  /** Called with how many hosts there are at least, as lists come. */
  expected: (hosts: number) => void
}

export function openHostLists(
  azure: BastionSource,
  { signal, cause, expected }: HostListsOptions,
): HostLists {
  const end = new AbortController()
  const either = AbortSignal.any([signal, end.signal])
  const lists = new Map<string, Promise<HostListing>>()
  let hosts = 0
  const begun = (more: number) => {
    hosts += more
    expected(hosts)
  }
  const list = async (subscriptionId: string): Promise<HostListing> => {
    try {
      return await azure.listHosts(subscriptionId, either, begun)
    } catch (error) {
      if (!signal.aborted) throw error
      return {
        outcome: 'skipped_deadline',
        hosts: [],
        errorCode: cause(),
        errorMessage: 'The run ended before its hosts were listed',
      }
    }
  }
  return {
    of(subscriptionId) {
      const known = lists.get(subscriptionId)
      if (known) return known
      const listing = list(subscriptionId)
      lists.set(subscriptionId, listing)
      // Whoever asks for it hears of its failure; nobody else has to.
      listing.catch(() => undefined)
      return listing
    },
    async abandon() {
      end.abort()
      await Promise.allSettled(lists.values())
    },
  }
}
