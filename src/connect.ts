/**
 * The composition root: settings in, real edges out.
 *
 * Production, the command line and the end-to-end tests share this wiring. What is heavy (DuckDB,
 * the Azure SDK) is loaded when it is first used, so that a query never waits for Azure's.
 */

import process from 'node:process'

import manifest from '../package.json' with { type: 'json' }
import { openCredential } from './azure/credential.ts'
import { openStore } from './connect-store.ts'
import type { Watching } from './connect-watching.ts'
import type {
  BastionSource,
  Clock,
  Days,
  Dice,
  Inspection,
  Ledger,
  Queries,
  Shards,
} from './domain/edges.ts'
import { NETWORK_API_VERSION } from './domain/cloud.ts'
import { armOf, type Settings } from './domain/settings.ts'
import { parseBlobAddress } from './domain/warehouse-address.ts'
import { systemClock } from './system/clock.ts'
import { openDays } from './warehouse/compact.ts'
import { duckdbVersion } from './warehouse/duckdb.ts'
import { openLedger } from './warehouse/ledger.ts'
import { openQueries } from './warehouse/queries.ts'
import { openShards } from './warehouse/shards.ts'

export interface Connection extends AsyncDisposable {
  clock: Clock
  dice: Dice
  azure: BastionSource
  ledger: Ledger
  shards: Shards
  days: Days
  queries: Queries
  inspection: Inspection
  /** What watches: rules, alerts and notices. */
  watching: () => Promise<Watching>
}

export interface ConnectOptions {
  /** (default: the system's) */
  clock?: Clock
  /** PEM of certificates that are trusted instead of the system's. */
  ca?: string
}

/**
 * Connects to Azure and the warehouse. Nothing is asked or read before it is used.
 *
 * @throws {LedgerError} `usage` where settings do not go together, `storage` where this machine has no
 *   place for a warehouse that is elsewhere.
 */
export function connect(
  settings: Settings,
  { clock = systemClock, ca }: ConnectOptions = {},
): Connection {
  const dice: Dice = { roll: () => Math.random() }
  const { endpoint, scope, authorityHost } = armOf(settings)
  const credential = openCredential(authorityHost)
  const { store, scratch, check } = openStore(settings, credential)
  const opened = new AsyncDisposableStack()
  const openAzure = once(async () => {
    const { openSource } = await import('./azure/source.ts')
    return opened.use(
      openSource(
        { clock, dice, credential },
        {
          ...settings,
          endpoint,
          scope,
          userAgent: `bastion-ledger/${manifest.version}`,
          ...(ca === undefined ? {} : { ca }),
        },
      ),
    )
  })

  const edges = { store, clock, dice }
  const collectorVersion = manifest.version
  const ledger = openLedger(edges, { scratch, collectorVersion, apiVersion: NETWORK_API_VERSION })

  const queries = openQueries(
    { store, clock },
    {
      scratch,
      memoryLimitBytes: settings.memoryLimit,
      queryTimeoutMs: settings.queryTimeoutMs,
      intervalMs: settings.intervalMs,
      address: parseBlobAddress(settings.warehouse),
    },
  )
  return {
    clock,
    dice,
    azure: whenUsed(openAzure),
    ledger,
    shards: openShards(store, scratch),
    days: openDays(edges, {
      scratch,
      collectorVersion,
      memoryLimitBytes: settings.memoryLimit,
      recover: () => ledger.recover(),
    }),
    queries,
    watching: once(async () => {
      const { openWatching } = await import('./connect-watching.ts')
      const options = { version: manifest.version, ...(ca === undefined ? {} : { ca }) }
      return openWatching(settings, { ...edges, queries }, options)
    }),
    inspection: {
      identify: async (signal) => (await openAzure()).identify(signal),
      clockAheadMs: async (signal) => (await openAzure()).clockAheadMs(signal),
      probeHost: async (host, signal) => (await openAzure()).probeHost(host, signal),
      checkWarehouse: check,
      nodeVersion: process.version,
      duckdbVersion,
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}

/** The same result for every caller. */
function once<Result>(open: () => Promise<Result>): () => Promise<Result> {
  let opening: Promise<Result> | undefined
  return () => (opening ??= open())
}

/** A source that is opened by the first question to it. */
function whenUsed(open: () => Promise<BastionSource>): BastionSource {
  let source: BastionSource | undefined
  const opened = async () => {
    source = await open()
    return source
  }
  return {
    listSubscriptions: async (signal) => (await opened()).listSubscriptions(signal),
    listGroup: async (group, signal) => (await opened()).listGroup(group, signal),
    searchHosts: async (ids, signal) => (await opened()).searchHosts(ids, signal),
    listHosts: async (id, signal, begun) => (await opened()).listHosts(id, signal, begun),
    expect: (hosts) => source?.expect(hosts),
    // Once it is open, without a detour: a host's first request must leave at its turn.
    turn: (signal) => source?.turn(signal) ?? opened().then((azure) => azure.turn(signal)),
    pollHost: (host, signal) =>
      source?.pollHost(host, signal) ?? opened().then((azure) => azure.pollHost(host, signal)),
  }
}
