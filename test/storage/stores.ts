/** Stores of both kinds, for tests that hold for each; and containers with a network before them. */

import { join } from 'node:path'

import type { Store } from '../../src/domain/edges.ts'
import { LedgerError } from '../../src/domain/errors.ts'
import { parseBlobAddress, type BlobAddress } from '../../src/domain/warehouse-address.ts'
import { openBlobs, type BlobOptions, type BlobStore } from '../../src/storage/blob.ts'
import { openFolder } from '../../src/storage/folder.ts'
import type { Azurite } from '../azurite.ts'
import { startFaultProxy, type FaultProxy } from '../fault-proxy.ts'
import { tempFolder } from '../warehouse/temp-warehouse.ts'

export interface TempStore extends AsyncDisposable {
  store: Store
  /** The same place again, as another process would open it. */
  again(): Store
  /** A folder of this machine that is no part of the store. */
  elsewhere: string
}

export type OpenTempStore = (azurite: Azurite) => Promise<TempStore>

/** Each kind of store, empty. */
export const STORES: readonly (readonly [kind: string, open: OpenTempStore])[] = [
  [
    'a folder',
    async () => {
      const folder = await tempFolder()
      const root = join(folder.root, 'warehouse')
      return {
        store: openFolder(root),
        again: () => openFolder(root),
        elsewhere: folder.root,
        [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
      }
    },
  ],
  ['a container', (azurite) => openTempBlobs(azurite, '')],
  ['a part of a container', (azurite) => openTempBlobs(azurite, '/ledger/of-many')],
]

async function openTempBlobs(azurite: Azurite, prefix: string): Promise<TempStore> {
  const folder = await tempFolder()
  const url = `${await azurite.createContainer()}${prefix}`
  const open = () => blobsAt(azurite, url, { cache: cacheIn(folder.root) })
  return {
    store: open(),
    again: open,
    elsewhere: folder.root,
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  }
}

/** Bounds that a test can wait for. Only a test that is about silence may have less of it. */
export const QUICK = { tries: 3, retryDelayMs: 5, silenceMs: 20_000 }

export function cacheIn(root: string, maxBytes = 1e9) {
  return { folder: join(root, 'cache'), maxBytes }
}

export function blobsAt(
  { connectionString }: Pick<Azurite, 'connectionString'>,
  url: string,
  options: BlobOptions,
): BlobStore {
  return openBlobs(addressOf(url), { connectionString }, { ...QUICK, ...options })
}

export function addressOf(url: string): BlobAddress {
  const address = parseBlobAddress(url)
  if (!address) throw new Error(`No address: ${url}`)
  return address
}

export interface FaultyBlobs extends AsyncDisposable {
  store: BlobStore
  proxy: FaultProxy
  /** Without the faults. */
  direct: BlobStore
  /** The URL that goes through the faults. */
  url: string
  /** A folder of this machine; the cache is in its `cache`. */
  root: string
}

/** An empty container behind a proxy that can do what a network does. */
export async function openFaultyBlobs(
  azurite: Azurite,
  options: Partial<BlobOptions> = {},
): Promise<FaultyBlobs> {
  await using opened = new AsyncDisposableStack()
  const { root } = opened.use(await tempFolder())
  const proxy = opened.use(await startFaultProxy(azurite.blobOrigin))
  const url = await azurite.createContainer()
  const through = url.replace(azurite.blobOrigin, proxy.origin)
  const held = opened.move()
  return {
    store: blobsAt(azurite, through, { cache: cacheIn(root), ...options }),
    proxy,
    direct: blobsAt(azurite, url, { cache: { folder: join(root, 'no-cache'), maxBytes: 0 } }),
    url: through,
    root,
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  }
}

export async function pathsIn(store: Store, prefix: string): Promise<string[]> {
  return await Array.fromAsync(store.list(prefix))
}

export async function textOf(store: Store, path: string): Promise<string | null> {
  const bytes = await store.read(path)
  return bytes && new TextDecoder().decode(bytes)
}

/** The error that a person would see. Anything else is thrown. */
export async function failureOf(promise: Promise<unknown>): Promise<LedgerError> {
  const error = await promise.then(
    () => new Error('It did not fail'),
    (reason: unknown) => reason,
  )
  if (error instanceof LedgerError) return error
  throw error
}
