/**
 * An estate: the subscriptions, Bastion hosts and sessions that the simulator tells about, and the
 * truth to hold every answer against.
 *
 * It knows when each thing begins and ends, as Azure does and its API does not say.
 */

export type SubscriptionState = 'Enabled' | 'Warned' | 'PastDue' | 'Disabled' | 'Deleted'
export type HostSku = 'Developer' | 'Basic' | 'Standard' | 'Premium'

export interface EstateSubscription {
  /** In lower case. */
  subscriptionId: string
  name: string
  state: SubscriptionState
}

export interface EstateHost {
  /** ARM id in lower case. */
  hostId: string
  /** ARM id as the listing spells it. */
  armId: string
  /** In lower case. */
  subscriptionId: string
  resourceGroup: string
  name: string
  location: string
  sku: HostSku
  scaleUnits: number
  /** The `enable…` and `disable…` switches. */
  features: Record<string, boolean>
  tags: Record<string, string>
  /** null: it has always been there. */
  createdAt: Date | null
  /** null: it stays. */
  deletedAt: Date | null
}

/**
 * How the wire writes a session's start. `seconds` drops the milliseconds; with `none` the field is
 * missing.
 */
export type StartTimeForm =
  | 'iso'
  | 'seconds'
  | 'seven-digits'
  | 'short-date'
  | 'no-zone'
  | 'offset'
  | 'epoch-ms'
  | 'none'

export interface EstateSession {
  /** ARM id of the Bastion host in lower case. */
  hostId: string
  sessionId: string
  startAt: Date
  /** The first moment at which it is over. */
  endAt: Date
  /** Blank where Azure leaves it blank. */
  userName: string
  protocol: 'SSH' | 'RDP'
  resourceType: 'VM' | 'VMSS'
  targetHostName: string
  targetIpAddress: string
  targetResourceId: string
  startTimeForm: StartTimeForm
  /** Fields of the wire beside, or instead of, those of the specification. */
  extra: Readonly<Record<string, unknown>> | null
}

export interface Estate {
  readonly subscriptions: readonly EstateSubscription[]
  /** Every host that ever exists. */
  readonly hosts: readonly EstateHost[]
  /** A subscription by its id, in any case. */
  findSubscription(subscriptionId: string): EstateSubscription | undefined
  /** A host by its ARM id, in any case, whether or not it exists now. */
  findHost(hostId: string): EstateHost | undefined
  /** The hosts of a subscription (id in any case) that exist at a moment. */
  hostsOf(subscriptionId: string, at: Date): EstateHost[]
  hostsAt(at: Date): EstateHost[]
  /** The sessions with `startAt ≤ at < endAt`, by their start. */
  sessionsAt(hostId: string, at: Date): EstateSession[]
  /** The sessions of all hosts that are on at some moment from `from` up to, not including, `to`. */
  sessionsBetween(from: Date, to: Date): Iterable<EstateSession>
}

/** What one host's sessions are. */
export interface SessionSource {
  /** The host's sessions that are on at some moment of `[fromMs, toMs)`, by their start. */
  between(host: EstateHost, fromMs: number, toMs: number): EstateSession[]
  /** The host's sessions that are on at a moment. */
  at(host: EstateHost, atMs: number): EstateSession[]
}

/** Makes an estate of its parts. */
export function assembleEstate(
  subscriptions: readonly EstateSubscription[],
  hosts: readonly EstateHost[],
  sessions: SessionSource,
): Estate {
  const subscriptionsById = new Map(subscriptions.map((one) => [one.subscriptionId, one]))
  const hostsById = new Map(hosts.map((host) => [host.hostId, host]))
  const hostsBySubscription = Map.groupBy(hosts, (host) => host.subscriptionId)
  const findHost = (hostId: string) => hostsById.get(hostId) ?? hostsById.get(hostId.toLowerCase())
  return {
    subscriptions,
    hosts,
    findSubscription: (subscriptionId) => subscriptionsById.get(subscriptionId.toLowerCase()),
    findHost,
    hostsOf: (subscriptionId, at) =>
      (hostsBySubscription.get(subscriptionId.toLowerCase()) ?? []).filter((host) =>
        existsAt(host, at),
      ),
    hostsAt: (at) => hosts.filter((host) => existsAt(host, at)),
    sessionsAt: (hostId, at) => {
      const host = findHost(hostId)
      return host && existsAt(host, at) ? sessions.at(host, at.getTime()) : []
    },
    *sessionsBetween(from, to) {
      for (const host of hosts) yield* sessions.between(host, from.getTime(), to.getTime())
    },
  }
}

/** Whether a host is there at a moment. */
export function existsAt({ createdAt, deletedAt }: EstateHost, at: Date): boolean {
  return (createdAt === null || createdAt <= at) && (deletedAt === null || at < deletedAt)
}
