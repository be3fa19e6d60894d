/**
 * An estate by hand: exactly the subscriptions, hosts and sessions that a test is about.
 *
 * What a test does not name is filled in, the same at every call.
 */

import {
  assembleEstate,
  type Estate,
  type EstateHost,
  type EstateSession,
  type EstateSubscription,
} from './estate.ts'
import { createRandom, mixSeeds } from './random.ts'

interface SubscriptionByHand extends Partial<EstateSubscription> {
  hosts?: readonly HostByHand[]
}

interface HostByHand extends Partial<Omit<EstateHost, 'hostId' | 'subscriptionId'>> {
  sessions?: readonly SessionByHand[]
}

interface SessionByHand extends Partial<Omit<EstateSession, 'hostId'>> {
  startAt: Date
}

const NEVER = new Date('9999-12-31T00:00:00Z')

/**
 * Makes the estate that is described.
 *
 * Ids that are not given derive from names and positions. A host that is not named is
 * `bas-<n>` in the resource group `rg-bastion`, Standard, in `westeurope`; a session without an
 * end stays.
 */
export function createEstateByHand(described: readonly SubscriptionByHand[]): Estate {
  const sessions = new Map<string, EstateSession[]>()
  const hosts: EstateHost[] = []
  const subscriptions = described.map((one, index) => {
    const subscription = fillSubscription(one, index)
    for (const [position, host] of (one.hosts ?? []).entries()) {
      const filled = fillHost(host, subscription.subscriptionId, position)
      hosts.push(filled)
      sessions.set(
        filled.hostId,
        (host.sessions ?? [])
          .map((session, at) => fillSession(session, filled, at))
          .toSorted((a, b) => a.startAt.getTime() - b.startAt.getTime()),
      )
    }
    return subscription
  })
  const between = (host: EstateHost, fromMs: number, toMs: number) =>
    (sessions.get(host.hostId) ?? []).filter(
      ({ startAt, endAt }) => startAt.getTime() < toMs && endAt.getTime() > fromMs,
    )
  return assembleEstate(subscriptions, hosts, {
    between,
    at: (host, atMs) => between(host, atMs, atMs + 1),
  })
}

function fillSubscription(one: SubscriptionByHand, index: number): EstateSubscription {
  const name = one.name ?? `Subscription ${index + 1}`
  return {
    subscriptionId: (
      one.subscriptionId ?? createRandom(mixSeeds('subscription', name, index)).uuid()
    ).toLowerCase(),
    name,
    state: one.state ?? 'Enabled',
  }
}

function fillHost(host: HostByHand, subscriptionId: string, position: number): EstateHost {
  const { sessions: _, ...given } = host
  const name = given.name ?? `bas-${position + 1}`
  const resourceGroup = given.resourceGroup ?? 'rg-bastion'
  const armId =
    given.armId ??
    `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/Microsoft.Network/bastionHosts/${name}`
  return {
    location: 'westeurope',
    sku: 'Standard',
    scaleUnits: 2,
    features: { enableTunneling: true, disableCopyPaste: false },
    tags: {},
    createdAt: null,
    deletedAt: null,
    ...given,
    name,
    resourceGroup,
    armId,
    hostId: armId.toLowerCase(),
    subscriptionId,
  }
}

function fillSession(session: SessionByHand, host: EstateHost, position: number): EstateSession {
  const vm = session.targetHostName ?? `vm-${position + 1}`
  return {
    sessionId: createRandom(mixSeeds(host.hostId, 'session', position)).uuid(),
    endAt: NEVER,
    userName: 'ada@contoso.com',
    protocol: 'SSH',
    resourceType: 'VM',
    targetIpAddress: `10.0.0.${(position % 250) + 4}`,
    targetResourceId: `/subscriptions/${host.subscriptionId}/resourceGroups/${host.resourceGroup}/providers/Microsoft.Compute/virtualMachines/${vm}`,
    startTimeForm: 'iso',
    extra: null,
    ...session,
    targetHostName: vm,
    hostId: host.hostId,
  }
}
