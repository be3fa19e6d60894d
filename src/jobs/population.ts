/**
 * The population: every subscription and every host that a run has to answer for.
 *
 * A subscription that cannot be listed keeps the hosts of its last good listing: they are asked
 * like the others, and never forgotten.
 */

import type { BastionSource, Dice, HostListing, Progress } from '../domain/edges.ts'
import type { Discovery } from '../domain/discovery.ts'
import type { Host, KnownHost } from '../domain/host.ts'
import type { ScopeFilter, Subscription, SubscriptionPoll } from '../domain/subscription.ts'
import { openHostLists, type HostListsOptions } from './host-lists.ts'
import { findScope } from './scope.ts'

export interface Population {
  /** Every subscription in scope, with what came of listing it. */
  subscriptions: SubscriptionPoll[]
  /** Every subscription that could have been in scope. */
  candidates: Subscription[]
  /** In the order in which they are asked: whose last turn is longest ago, first. */
  hosts: Host[]
}

/** A population of which some subscriptions may still be listed. */
export interface FoundPopulation extends Population {
  /** Those of its hosts that can be asked now. */
  ready: Host[]
  /**
   * The whole population, once the late subscriptions are listed; null where none is late. Until
   * then these stand as not listed, with the hosts of their last good listing.
   */
  rest: Promise<Population> | null
}

export interface PopulationOptions extends HostListsOptions {
  /** Hosts of earlier runs; they may be read while subscriptions are listed. */
  known: Promise<readonly KnownHost[]>
  filter: ScopeFilter
  discovery: Discovery
  progress: Progress | undefined
  /** Resolves when the hosts of those that are listed shall wait no longer for the others. */
  patience: Promise<unknown>
}

/**
 * The share of subscriptions that a run lists by Resource Manager although Resource Graph has
 * answered for them: at twelve runs an hour each is listed so about once an hour, which bounds how
 * long a host can stay unknown because Resource Graph lags.
 */
const CHECKED = 1 / 12

/** @throws {LedgerError} If the subscriptions cannot be listed. */
export async function findPopulation(
  { azure, dice }: { azure: BastionSource; dice: Dice },
  {
    known: reading,
    filter,
    discovery,
    progress,
    signal,
    cause,
    expected,
    patience,
  }: PopulationOptions,
): Promise<FoundPopulation> {
  const hostLists = openHostLists(azure, { signal, cause, expected })
  const headStart = (visible: readonly Subscription[]) => {
    if (discovery === 'arm') for (const one of visible) void hostLists.of(one.subscriptionId)
  }
  const scope = findScope(azure, { filter, known: reading, headStart }, signal)
  const { inside, candidates } = await scope.catch(async (error: unknown) => {
    await hostLists.abandon()
    throw error
  })
  const known = await reading
  const knownBySubscription = Map.groupBy(known, ({ subscriptionId }) => subscriptionId)
  const knownOf = ({ subscriptionId }: Subscription) =>
    knownBySubscription.get(subscriptionId) ?? []
  const indexed = discovery === 'graph' ? await searchHosts(azure, inside, signal) : NOTHING
  const lists = new Map<Subscription, List>()
  const listing = Promise.all(
    inside.map(async (subscription) => {
      const { subscriptionId } = subscription
      const before = knownOf(subscription)
      const found = indexed.get(subscriptionId)
      const suffices = found && holds(found, before) && dice.roll() >= CHECKED
      lists.set(
        subscription,
        suffices
          ? byGraph(subscription, found)
          : byArm(subscription, await hostLists.of(subscriptionId), before),
      )
      progress?.listed(lists.size, inside.length)
    }),
  )
  const populationNow = (): Population => {
    const all = inside.map((one) => lists.get(one) ?? byArm(one, STILL_LISTING, knownOf(one)))
    return {
      subscriptions: all.map(({ poll }) => poll),
      candidates,
      hosts: inOrder(
        all.map(({ hosts }) => hosts),
        known,
      ),
    }
  }

  await Promise.race([listing, patience])
  const late = new Set(inside.filter((one) => !lists.has(one)).map((one) => one.subscriptionId))
  const now = populationNow()
  const rest = late.size === 0 ? null : listing.then(populationNow)
  // Whoever asks for it hears of its failure; nobody else has to.
  rest?.catch(() => undefined)
  return { ...now, ready: now.hosts.filter((host) => !late.has(host.subscriptionId)), rest }
}

/** What is recorded of a list where the collector ends before it has come. */
const STILL_LISTING: HostListing = {
  outcome: 'skipped_deadline',
  hosts: [],
  errorCode: 'crashed',
  errorMessage: 'The collector ended before its hosts were listed',
}

interface List {
  poll: SubscriptionPoll
  hosts: Host[]
}

const NOTHING: ReadonlyMap<string, Host[]> = new Map()

/** What Resource Graph knows; nothing where the run ends first. */
async function searchHosts(
  azure: BastionSource,
  inside: readonly Subscription[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Host[]>> {
  const ids = inside.map(({ subscriptionId }) => subscriptionId)
  try {
    return (await azure.searchHosts(ids, signal)).found
  } catch (error) {
    if (!signal.aborted) throw error
    return NOTHING
  }
}

/** Whether all of these hosts are among those found. One that is missing may be deleted, or not. */
function holds(found: readonly Host[], before: readonly Host[]): boolean {
  const ids = new Set(found.map(({ hostId }) => hostId))
  return before.every(({ hostId }) => ids.has(hostId))
}

function byGraph(subscription: Subscription, hosts: Host[]): List {
  // An index that names no host does not prove that there is none.
  const count = hosts.length > 0 ? hosts.length : null
  const none = { errorCode: null, errorMessage: null }
  return {
    poll: { ...subscription, outcome: 'ok', listedBy: 'graph', hosts: count, ...none },
    hosts,
  }
}

function byArm(
  subscription: Subscription,
  { outcome, hosts, errorCode, errorMessage }: HostListing,
  before: Host[],
): List {
  const ok = outcome === 'ok'
  const count = ok ? hosts.length : null
  return {
    poll: { ...subscription, outcome, listedBy: 'arm', hosts: count, errorCode, errorMessage },
    hosts: ok ? hosts : before,
  }
}

/**
 * All hosts, those first whose last turn is longest ago. It is the turn that counts, not the last
 * `ok`: in a run that cannot reach all of them, hosts that never answer would take every turn.
 */
function inOrder(lists: readonly Host[][], known: readonly KnownHost[]): Host[] {
  const askedMs = new Map(known.map(({ hostId, lastAskedAt }) => [hostId, lastAskedAt?.getTime()]))
  const lastMs = ({ hostId }: Host) => askedMs.get(hostId) ?? 0
  return takeTurns(lists).toSorted((a, b) => lastMs(a) - lastMs(b))
}

/** The hosts of all subscriptions, one of each in turn, so that no bucket is emptied at once. */
function takeTurns(lists: readonly Host[][]): Host[] {
  const longest = lists.reduce((length, list) => Math.max(length, list.length), 0)
  return Array.from({ length: longest }, (_, index) =>
    lists.flatMap((list) => list.slice(index, index + 1)),
  ).flat()
}
