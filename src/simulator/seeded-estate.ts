/**
 * A seeded estate: a company's subscriptions and Bastion hosts, of any size, from one number.
 *
 * The same options give the same estate on every machine; sessions are worked out when asked for.
 */

import {
  assembleEstate,
  type Estate,
  type EstateHost,
  type EstateSubscription,
  type HostSku,
  type SubscriptionState,
} from './estate.ts'
import { hostName, REGIONS, resourceGroupName, subscriptionName } from './estate-names.ts'
import { createRandom, mixSeeds, type Random } from './random.ts'
import { createSeededSessions } from './seeded-sessions.ts'
import { createSteadySessions } from './steady-sessions.ts'

export interface SeededEstateOptions {
  /** (default 1) */
  seed?: number
  /** How many (default 5). */
  subscriptions?: number
  /** How many over all subscriptions, spread unevenly (default 20). */
  hosts?: number
  /** Whether some subscriptions are Warned, PastDue, Disabled or Deleted (default `mixed`). */
  states?: 'mixed' | 'enabled'
  /** Mean number of sessions that begin on a Standard host on a working day (default 10). */
  sessionsPerHostDay?: number
  /** Instead of a day's rhythm: exactly so many sessions on every host at any moment. */
  steadySessions?: number
  /** Share of hosts that appear or vanish within `churnFrom` and a year later (default 0). */
  churn?: number
  /** (default 2026-01-01) */
  churnFrom?: Date
}

const YEAR_MS = 365 * 86_400_000

/** Makes an estate from a seed. */
export function createEstate({
  seed = 1,
  subscriptions: subscriptionCount = 5,
  hosts: hostCount = 20,
  states = 'mixed',
  sessionsPerHostDay = 10,
  steadySessions,
  churn = 0,
  churnFrom = new Date('2026-01-01T00:00:00Z'),
}: SeededEstateOptions = {}): Estate {
  const subscriptions = Array.from({ length: subscriptionCount }, (_, position) =>
    createSubscription(seed, position, states),
  )
  const hosts = Array.from({ length: subscriptionCount === 0 ? 0 : hostCount }, (_, position) => {
    const random = createRandom(mixSeeds(seed, 'host', position))
    // Squared, so that the first subscriptions have many hosts and some have none.
    const { subscriptionId } = subscriptions[Math.floor(random.next() ** 2 * subscriptionCount)]!
    const host = createHost(random, subscriptionId, position)
    return random.chance(churn) ? withChurn(host, random, churnFrom) : host
  })
  return assembleEstate(
    subscriptions,
    hosts,
    steadySessions === undefined
      ? createSeededSessions({ seed, perHostDay: sessionsPerHostDay })
      : createSteadySessions({ seed, perHost: steadySessions }),
  )
}

function createSubscription(
  seed: number,
  position: number,
  states: 'mixed' | 'enabled',
): EstateSubscription {
  const random = createRandom(mixSeeds(seed, 'subscription', position))
  const subscriptionId = random.uuid()
  const name = subscriptionName(random, position)
  // The first two stay usable, so that a small estate has something to tell.
  const state = states === 'mixed' && position > 1 ? pickState(random) : 'Enabled'
  return { subscriptionId, name, state }
}

function pickState(random: Random): SubscriptionState {
  const at = random.next()
  if (at < 0.82) return 'Enabled'
  if (at < 0.88) return 'Warned'
  if (at < 0.92) return 'PastDue'
  return at < 0.98 ? 'Disabled' : 'Deleted'
}

const SKUS: readonly HostSku[] = [
  'Developer',
  'Basic',
  'Basic',
  'Standard',
  'Standard',
  'Standard',
  'Standard',
  'Premium',
]

function createHost(random: Random, subscriptionId: string, position: number): EstateHost {
  const region = random.pick(REGIONS)
  const resourceGroup = resourceGroupName(random, region.location)
  const name = hostName(random, position)
  const sku = random.pick(SKUS)
  const scales = sku === 'Standard' || sku === 'Premium'
  const armId = `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/Microsoft.Network/bastionHosts/${name}`
  return {
    hostId: armId.toLowerCase(),
    armId,
    subscriptionId,
    resourceGroup,
    name,
    location: random.chance(0.1) ? region.label : region.location,
    sku,
    scaleUnits: scales ? random.pick([2, 2, 2, 3, 4, 10]) : 2,
    features: {
      disableCopyPaste: random.chance(0.2),
      enableFileCopy: scales && random.chance(0.3),
      enableIpConnect: scales && random.chance(0.3),
      enableKerberos: random.chance(0.1),
      enablePrivateOnlyBastion: sku === 'Premium' && random.chance(0.3),
      enableSessionRecording: sku === 'Premium' && random.chance(0.5),
      enableShareableLink: scales && random.chance(0.2),
      enableTunneling: scales && random.chance(0.6),
    },
    tags: random.chance(0.7)
      ? { env: random.pick(['prod', 'dev', 'test']), owner: random.pick(['platform', 'secops']) }
      : {},
    createdAt: null,
    deletedAt: null,
  }
}

function withChurn(host: EstateHost, random: Random, from: Date): EstateHost {
  const at = new Date(from.getTime() + Math.floor(random.next() * YEAR_MS))
  const kind = random.below(3)
  if (kind === 0) return { ...host, createdAt: at }
  if (kind === 1) return { ...host, deletedAt: at }
  const lifeMs = Math.floor((0.01 + random.next() * 0.2) * YEAR_MS)
  return { ...host, createdAt: at, deletedAt: new Date(at.getTime() + lifeMs) }
}
