/**
 * The connect script: the views as SQL for any other client of DuckDB, over files that are named one
 * by one where they are.
 *
 * It holds no secret. A container is read with whatever identity the client's own machine has.
 */

import type { Store, ViewScript } from '../domain/edges.ts'
import type { BlobAddress } from '../domain/warehouse-address.ts'
import { formatTime } from '../domain/time.ts'
import type { Catalog, Period } from './catalog.ts'
import { checkEnds, type Damage } from './damage.ts'
import { literal } from './duckdb.ts'
import { ALL_RUNS, type Reach } from './reach.ts'
import { storedFiles, viewFiles } from './stored-files.ts'
import { TABLES } from './view-tables.ts'
import { allViews, emptyTables, fillTables } from './views.ts'

export interface ScriptSource extends Period {
  store: Store
  catalog: Catalog
}

export interface ViewScriptOptions {
  /** Null for a folder of this machine. */
  address: BlobAddress | null
  intervalMs: number
  now: Date
}

const ALL: Reach = Object.fromEntries(TABLES.map(({ name }) => [name, ALL_RUNS]))

/** Writes the script for all that the catalog has. Files that look damaged are left out of it. */
export async function viewScript(
  { store, catalog, from, to }: ScriptSource,
  { address, intervalMs, now }: ViewScriptOptions,
): Promise<ViewScript> {
  const place = address ? { ...store, local: remote(address) } : store
  const parts = await storedFiles(place, catalog, ALL, { folder: '' })
  const damage: Damage = address ? new Map() : checkEnds(parts)
  const { recentFrom, days, runIds } = catalog
  const statements = [
    // Dates of times are UTC's, wherever the client is.
    "SET TimeZone = 'UTC'",
    ...(address ? accessTo(address) : []),
    emptyTables(),
    allViews({ recentFrom, now: 'now()', intervalMs }),
    fillTables(viewFiles(parts, damage, { catalog, reach: ALL })),
  ]
  const period = [
    ...(from ? [`from ${formatTime(from)}`] : []),
    ...(to ? [`to ${formatTime(to)}`] : []),
  ]
  const head = [
    `The ledger in ${JSON.stringify(store.location)}, as of ${formatTime(now)}` +
      (period.length > 0 ? `, ${period.join(' ')}` : ''),
    `Compacted days: ${days.length}, single runs: ${runIds.length}`,
    'Every file is named: for later runs, make this script again with bastion-ledger connect.',
    'For a database in memory, as duckdb -init FILE opens it.',
  ]
  return {
    sql: `${head.map((line) => `-- ${line}\n`).join('')}\n${statements.join(';\n')};\n`,
    days: days.length,
    runs: runIds.length,
    warnings: [
      ...catalog.damage,
      ...[...damage].map(([path, why]) => `"${path}" is left out: ${why}`),
    ],
  }
}

/** Where a client finds the files of a container. */
function remote({ containerUrl, container, prefix, loopback }: BlobAddress): Store['local'] {
  // With the account in it, so that clouds of other names are found too.
  const root = loopback ? container : containerUrl.replace(/^https:\/\//, '')
  return async (paths) => paths.map((path) => `az://${root}/${prefix}${path}`)
}

/** @see https://duckdb.org/docs/stable/core_extensions/azure */
function accessTo({ account, loopback }: BlobAddress): string[] {
  const access = loopback
    ? "CONNECTION_STRING 'UseDevelopmentStorage=true'"
    : `PROVIDER credential_chain, ACCOUNT_NAME ${literal(account)}`
  return ['INSTALL azure', 'LOAD azure', `CREATE SECRET bastion_ledger (TYPE azure, ${access})`]
}
