/**
 * The composition root: settings in, real edges out.
 *
 * Production, the command line and the end-to-end tests share this wiring. What is heavy (DuckDB,
 * the Azure SDK) is loaded when it is first used, so that a query never waits for Azure's.
 */

import manifest from '../package.json' with { type: 'json' }
import type { BastionSource, Clock, Dice, Ledger, Queries } from './domain/edges.ts'
import { armOf, NETWORK_API_VERSION, type Settings } from './domain/settings.ts'
import { openFolder, scratchOf } from './storage/folder.ts'
import { systemClock } from './system/clock.ts'
import { openLedger } from './warehouse/ledger.ts'
import { openQueries } from './warehouse/queries.ts'

export interface Connection extends AsyncDisposable {
  clock: Clock
  dice: Dice
  azure: BastionSource
  ledger: Ledger
  queries: Queries
}

export interface ConnectOptions {
  /** (default: the system's) */
  clock?: Clock
  /** PEM of certificates that are trusted instead of the system's. */
  ca?: string
}

/** Connects to Azure and the warehouse. Nothing is asked, read or written before it is used. */
export function connect(
  settings: Settings,
  { clock = systemClock, ca }: ConnectOptions = {},
): Connection {
  const dice: Dice = { roll: () => Math.random() }
  const store = openFolder(settings.warehouse)
  const scratch = scratchOf(settings.warehouse)
  const opened = new AsyncDisposableStack()
  const openAzure = async () => {
    const [{ openCredential }, { openSource }] = await Promise.all([
      import('./azure/credential.ts'),
      import('./azure/source.ts'),
    ])
    const { endpoint, scope, authorityHost } = armOf(settings)
    const credential = openCredential(authorityHost)
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
  }

  return {
    clock,
    dice,
    azure: whenUsed(openAzure),
    ledger: openLedger(
      { store, clock, dice },
      { scratch, collectorVersion: manifest.version, apiVersion: NETWORK_API_VERSION },
    ),
    queries: openQueries(
      { store, clock },
      {
        scratch,
        memoryLimitBytes: settings.memoryLimit,
        queryTimeoutMs: settings.queryTimeoutMs,
      },
    ),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}

/** A source that is opened by the first question to it. */
function whenUsed(open: () => Promise<BastionSource>): BastionSource {
  let source: BastionSource | undefined
  let opening: Promise<BastionSource> | undefined
  const opened = async () => {
    opening ??= open()
    source = await opening
    return source
  }
  return {
    listSubscriptions: async (signal) => (await opened()).listSubscriptions(signal),
    listHosts: async (id, signal) => (await opened()).listHosts(id, signal),
    // Once it is open, without a detour: a host's first request must leave at its turn.
    turn: (signal) => source?.turn(signal) ?? opened().then((azure) => azure.turn(signal)),
    pollHost: (host, signal) =>
      source?.pollHost(host, signal) ?? opened().then((azure) => azure.pollHost(host, signal)),
  }
}
