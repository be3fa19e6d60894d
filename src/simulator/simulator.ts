/**
 * The simulator: a small Azure on loopback, with its identity endpoint and a foreign origin.
 *
 * It stands on the other side of the wire and shares nothing with the ledger: what it knows of
 * Azure, it knows on its own.
 */

import type { Answer } from './answer.ts'
import { startArmServer } from './arm-server.ts'
import { createCertificate } from './certificate.ts'
import { createCounters, type Counters } from './counters.ts'
import type { Estate, EstateHost } from './estate.ts'
import { createFaults, type Faults } from './faults.ts'
import { startForeignServer } from './foreign-server.ts'
import { openIdentityEndpoint, type IdentityEndpoint } from './identity-server.ts'
import type { ManagementGroup } from './management-groups.ts'
import { createRandom } from './random.ts'
import { createResourceGraph, type ResourceGraph } from './resource-graph.ts'
import { createEstate } from './seeded-estate.ts'
import { realClock, type SimulatorClock } from './simulator-clock.ts'
import { createThrottle, type ThrottleOptions } from './throttle.ts'
import { createTokens, type Tokens } from './tokens.ts'

export interface SimulatorOptions {
  /** (default: 20 hosts in 5 subscriptions) */
  estate?: Estate
  /** What it lives by (default the real time). */
  clock?: SimulatorClock
  /** Items a page of the lists of subscriptions and hosts (default 100). */
  pageSize?: number
  /** (default 24 hours) */
  tokenLifetimeMs?: number
  /** Real milliseconds before each answer, from a seeded sequence (default none). */
  latency?: { minMs: number; maxMs: number; seed?: number }
  /** Resource Manager's buckets; `{}` has its real sizes (default none at all). */
  throttle?: ThrottleOptions | null
  /** How hosts answer where no fault says otherwise (default `{"value":[…]}`). */
  answerOf?: (host: EstateHost) => Answer
  /** (default none) */
  groups?: readonly ManagementGroup[]
}

export interface Simulator extends AsyncDisposable {
  /** `https://127.0.0.1:<port>` */
  readonly endpoint: string
  /** What a credential is asked for. */
  readonly scope: string
  /** PEM of the certificate to trust. */
  readonly ca: string
  readonly identity: IdentityEndpoint
  readonly foreignEndpoint: string
  /** Environment of a process that shall ask this Azure; it must also trust `ca`. */
  readonly env: Readonly<Record<string, string>>
  readonly estate: Estate
  readonly faults: Faults
  readonly counters: Counters
  readonly clock: SimulatorClock
  readonly tokens: Tokens
  readonly graph: ResourceGraph
  /** Ids of the subscriptions that the identity has no access to; at first none. */
  readonly hidden: Set<string>
  /** Refuses connections to Resource Manager, until `connect`. */
  disconnect(): Promise<void>
  connect(): Promise<void>
}

/** Starts all servers. Closing ends every connection at once, hung ones too. */
export async function startSimulator({
  estate = createEstate(),
  clock = realClock,
  pageSize = 100,
  tokenLifetimeMs = 86_400_000,
  latency,
  throttle = null,
  answerOf = () => ({ kind: 'value' }),
  groups = [],
}: SimulatorOptions = {}): Promise<Simulator> {
  await using started = new AsyncDisposableStack()
  const certificate = await createCertificate()
  const counters = createCounters()
  const faults = createFaults()
  const tokens = createTokens(clock, tokenLifetimeMs)
  const random = createRandom(latency?.seed ?? 1)
  const hidden = new Set<string>()
  const graph = createResourceGraph(estate, (subscriptionId) => hidden.has(subscriptionId))
  const foreign = started.use(await startForeignServer(certificate, counters))
  const arm = started.use(
    await startArmServer(certificate, {
      estate,
      clock,
      tokens,
      faults,
      counters,
      throttle: throttle && createThrottle(throttle),
      foreignEndpoint: foreign.endpoint,
      pageSize,
      answerOf,
      groups,
      graph,
      hidden,
      latencyMs: () =>
        latency ? latency.minMs + random.next() * (latency.maxMs - latency.minMs) : 0,
    }),
  )
  const identity = started.use(await openIdentityEndpoint(arm.endpoint, tokens, counters))
  const running = started.move()
  const scope = `${arm.endpoint}/.default`
  return {
    endpoint: arm.endpoint,
    scope,
    ca: certificate.cert,
    identity,
    foreignEndpoint: foreign.endpoint,
    env: {
      LEDGER_ARM_ENDPOINT: arm.endpoint,
      LEDGER_ARM_SCOPE: scope,
      IDENTITY_ENDPOINT: identity.endpoint,
      IDENTITY_HEADER: identity.header,
    },
    estate,
    faults,
    counters,
    clock,
    tokens,
    graph,
    hidden,
    disconnect: () => arm.refuse(),
    connect: () => arm.listen(),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}
