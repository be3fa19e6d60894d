/** Edges in memory for the command line: an Azure of a few hosts, a ledger, and ready answers. */

import type { Connection } from '../../src/connect.ts'
import type {
  BastionSource,
  Cell,
  Clock,
  CompactedDay,
  CompactOptions,
  Days,
  Inspection,
  Ledger,
  Queries,
  QueryOptions,
  Shards,
} from '../../src/domain/edges.ts'
import type { Host } from '../../src/domain/host.ts'
import { type Poll, type PollOutcome, unreachedPoll } from '../../src/domain/poll.ts'
import { type OutcomeCounts, runOutcome, type RunRecord } from '../../src/domain/run.ts'
import type { Session } from '../../src/domain/session.ts'
import type { SubscriptionOutcome } from '../../src/domain/subscription.ts'
import { fakeClock, fixedDice } from '../fakes.ts'

export interface FakeHost {
  name: string
  outcome?: PollOutcome
  sessions?: number
  errorCode?: string
  errorMessage?: string
  /** Does not answer before it is aborted. */
  hangs?: boolean
}

export interface FakeSubscription {
  name: string
  outcome?: SubscriptionOutcome
  errorCode?: string
  errorMessage?: string
  hosts?: FakeHost[]
}

/** An Azure that answers at once. An error instead of subscriptions is thrown. */
export function fakeAzure(subscriptions: readonly FakeSubscription[] | Error): BastionSource {
  const byId = new Map<string, FakeSubscription>()
  const byHost = new Map<string, FakeHost>()
  return {
    async listSubscriptions() {
      if (subscriptions instanceof Error) throw subscriptions
      return subscriptions.map((subscription, index) => {
        const subscriptionId = `00000000-0000-0000-0000-00000000000${index + 1}`
        byId.set(subscriptionId, subscription)
        return { subscriptionId, name: subscription.name, state: 'Enabled' }
      })
    },
    listGroup: async () => [],
    searchHosts: async () => ({ found: new Map(), error: null }),
    async listHosts(subscriptionId) {
      const { outcome = 'ok', errorCode, errorMessage, hosts = [] } = byId.get(subscriptionId) ?? {}
      for (const host of hosts) byHost.set(host.name, host)
      return {
        outcome,
        hosts: outcome === 'ok' ? hosts.map(({ name }) => hostNamed(name, subscriptionId)) : [],
        errorCode: errorCode ?? null,
        errorMessage: errorMessage ?? null,
      }
    },
    expect() {},
    async turn() {},
    async pollHost(host, signal) {
      const fake = byHost.get(host.name) ?? { name: host.name }
      if (fake.hangs) await untilAborted(signal)
      return pollOf(host, fake)
    },
  }
}

function hostNamed(name: string, subscriptionId: string): Host {
  return {
    hostId: `/subscriptions/${subscriptionId}/resourcegroups/rg/providers/microsoft.network/bastionhosts/${name}`,
    subscriptionId,
    resourceGroup: 'rg',
    name,
    location: 'westeurope',
    sku: 'Standard',
    scaleUnits: 2,
    provisioningState: 'Succeeded',
    features: {},
    tags: {},
  }
}

function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const abort = () => reject(signal.reason)
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort)
  })
}

function pollOf(host: Host, fake: FakeHost): Poll {
  const { outcome = 'ok', sessions = 0, errorCode, errorMessage } = fake
  const at = new Date('2026-11-23T09:00:00Z')
  return {
    ...unreachedPoll(host, 'deadline'),
    outcome,
    requestedAt: at,
    observedAt: at,
    errorCode: errorCode ?? null,
    errorMessage: errorMessage ?? null,
    requests: 1,
    latencyMs: 20,
    sessions: Array.from({ length: sessions }, (_, index) => sessionNamed(`s-${index}`)),
  }
}

function sessionNamed(sessionId: string): Session {
  return {
    sessionId,
    userName: null,
    protocol: null,
    targetResourceId: null,
    targetHostName: null,
    targetIpAddress: null,
    targetSubscriptionId: null,
    targetResourceGroup: null,
    resourceType: null,
    startedAt: null,
    startTimeRaw: null,
    sessionDurationMins: null,
    extra: null,
  }
}

export interface FakeLedger extends Ledger {
  readonly records: readonly RunRecord[]
}

/** A ledger that keeps the records of its runs. */
export function fakeLedger({ recovers = [] }: { recovers?: string[] } = {}): FakeLedger {
  const records: RunRecord[] = []
  return {
    records,
    async hasSlot(slot) {
      return records.some(({ scheduled_for }) => scheduled_for === slot.toISOString())
    },
    knownHosts: async () => [],
    recover: async () => recovers,
    newestRun: async () => records.at(-1) ?? null,
    async begin(begun) {
      const polls: Poll[] = []
      let start = begun
      return {
        async add(poll) {
          polls.push(poll)
        },
        async amend(subscriptions) {
          start = { ...start, subscriptions }
        },
        async commit(finishedAt) {
          const counts: OutcomeCounts = {}
          for (const { outcome } of polls) counts[outcome] = (counts[outcome] ?? 0) + 1
          const sessions = polls.reduce((sum, poll) => sum + poll.sessions.length, 0)
          const file = (table: string, rows: number) => ({
            path: `v1/raw/${table}/date=2026-11-23/${start.runId}.parquet`,
            bytes: 2000 + 27 * rows,
            rows,
            sha256: '0'.repeat(64),
            content_digest: '0'.repeat(64),
          })
          const record: RunRecord = {
            schema_version: 1,
            run_id: start.runId,
            trigger: start.trigger,
            scheduled_for: start.scheduledFor?.toISOString() ?? null,
            started_at: start.startedAt.toISOString(),
            finished_at: finishedAt.toISOString(),
            outcome: runOutcome(start, counts),
            error_code: start.error?.code ?? null,
            error_message: start.error?.message ?? null,
            api_version: '2026-01-01',
            collector_version: '0.1.0',
            subscriptions: start.subscriptions.map((subscription) => ({
              subscription_id: subscription.subscriptionId,
              name: subscription.name,
              state: subscription.state,
              outcome: subscription.outcome,
              hosts: subscription.hosts,
              error_code: subscription.errorCode,
              error_message: subscription.errorMessage,
            })),
            counts,
            sessions,
            files: [file('snapshots', sessions), file('polls', polls.length)],
          }
          records.push(record)
          return record
        },
        async [Symbol.asyncDispose]() {},
      }
    },
  }
}

export interface FakeAnswer {
  columns?: { name: string; type: string }[]
  rows?: Cell[][] | (() => Iterable<Cell[][]>)
  warnings?: string[]
  /** What is given out as Parquet. */
  file?: string
}

/** What was asked. */
export interface Asked {
  sql: string
  parameters: readonly (string | number)[]
}

/** Queries that all have this answer. An error is thrown. */
export function fakeQueries(answer: FakeAnswer | Error, asked: Asked[] = []): Queries {
  return {
    async query(sql: string, { parameters = [] }: QueryOptions = {}) {
      asked.push({ sql, parameters })
      if (answer instanceof Error) throw answer
      const { columns = [{ name: 'n', type: 'BIGINT' }], rows = [], warnings = [] } = answer
      return {
        columns,
        warnings,
        async *batches() {
          if (typeof rows === 'function') yield* rows()
          else if (rows.length > 0) yield rows
        },
        async [Symbol.asyncDispose]() {},
      }
    },
    async copy(sql: string, { parameters = [] }: QueryOptions = {}) {
      asked.push({ sql, parameters })
      if (answer instanceof Error) throw answer
      const { rows = [], warnings = [], file = '' } = answer
      return { file, rows: rows.length, warnings, async [Symbol.asyncDispose]() {} }
    },
    async batch() {
      throw new Error('This fake answers no batch')
    },
    async script({ from, to } = {}) {
      if (answer instanceof Error) throw answer
      const sql = `-- from ${from?.toISOString()} to ${to?.toISOString()}\nSELECT 1;\n`
      return { sql, days: 2, runs: 3, warnings: answer.warnings ?? [] }
    },
  }
}

/** Days that each come to this; what was asked for is added to `asked`. */
export function fakeDays(
  days: readonly CompactedDay[] | Error,
  asked: CompactOptions[] = [],
): Days {
  return {
    async compact(options = {}) {
      asked.push(options)
      if (days instanceof Error) throw days
      for (const day of days) {
        if (day.outcome === 'compacted') options.progress?.(day.date, 'sort')
        options.done?.(day)
      }
      return [...days]
    },
  }
}

/** A look at a machine where all is well; what is given is otherwise. */
export function fakeInspection(given: Partial<Inspection> = {}): Inspection {
  return {
    identify: async () => ({
      kind: 'app',
      tenantId: '00000000-0000-0000-0000-00000000aaaa',
      objectId: '00000000-0000-0000-0000-00000000bbbb',
      appId: '00000000-0000-0000-0000-00000000cccc',
      expiresAt: new Date('2026-11-23T10:03:10Z'),
    }),
    clockAheadMs: async () => 120,
    probeHost: async () => ({ outcome: 'ok', responseShape: 'array', requests: 1, exchanges: [] }),
    checkWarehouse: async () => undefined,
    nodeVersion: 'v24.1.0',
    duckdbVersion: async () => 'v1.5.5',
    ...given,
  }
}

/** A connection of fakes. */
export function fakeConnection({
  clock = fakeClock('2026-11-23T09:03:10Z'),
  azure = fakeAzure([]),
  ledger = fakeLedger(),
  queries = fakeQueries({}),
  days = fakeDays([]),
  inspection = fakeInspection(),
  watching = async () => {
    throw new Error('This fake does not watch')
  },
}: {
  clock?: Clock
  azure?: BastionSource
  ledger?: Ledger
  queries?: Queries
  days?: Days
  inspection?: Inspection
  watching?: Connection['watching']
} = {}): Connection {
  const shards: Shards = {
    planOf: async () => null,
    has: async () => false,
    storeHosts: async () => '',
    readHosts: async () => [],
  }
  const dice = fixedDice()
  const edges = { clock, dice, azure, ledger, shards, queries, days, inspection, watching }
  return { ...edges, async [Symbol.asyncDispose]() {} }
}
