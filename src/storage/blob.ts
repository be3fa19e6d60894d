/**
 * A container of Azure Blob Storage as a store: blobs are created once, whole, and never change.
 *
 * One request creates a blob, and only where there is none of its name (`If-None-Match: *`), so of
 * two writers exactly one wins, and no reader ever meets half a blob.
 */

import { join } from 'node:path'

import type { TokenCredential } from '@azure/core-auth'
import type { BlobItem, ContainerClient } from '@azure/storage-blob'

import type { Store } from '../domain/edges.ts'
import { fileError } from '../domain/file-error.ts'
import type { BlobAddress } from '../domain/warehouse-address.ts'
import { openCache, type CacheOptions } from './blob-cache.ts'
import { checkContainer } from './blob-check.ts'
import { createBlob } from './blob-create.ts'
import { isMissing } from './blob-error.ts'
import { bringHere } from './blob-local.ts'
import { createRequests, type RequestBounds } from './blob-requests.ts'
import {
  contentOf,
  contentOfBytes,
  downloadBytes,
  type Content,
  type Source,
} from './blob-transfer.ts'
import { checked } from './path.ts'

/** How a container is reached: by a token in Azure, by a key on this machine. */
export type BlobAccess = { credential: TokenCredential } | { connectionString: string }

export interface BlobOptions extends RequestBounds {
  /** What this machine keeps of what it has read. */
  cache: CacheOptions
  /** Files fetched at the same time (default 32). */
  concurrency?: number
  /** Files listed by one request (default 5,000, the most that Azure gives). */
  pageFiles?: number
}

export interface BlobStore extends Store {
  /** Whether the ledger could be kept there. @throws {LedgerError} `storage`, `not_signed_in` */
  check(): Promise<void>
}

/** Opens a container as a store. The SDK is loaded, and Azure asked, when it is first used. */
export function openBlobs(
  address: BlobAddress,
  access: BlobAccess,
  options: BlobOptions,
): BlobStore {
  const { prefix } = address
  const { concurrency = 32, pageFiles = 5000 } = options
  const requests = createRequests(address, options)
  const cache = openCache(options.cache)
  let opening: Promise<ContainerClient> | undefined
  const opened = () => {
    opening ??= openContainer(address, access, options)
    return opening
  }
  const blobAt = async (path: string) =>
    (await opened()).getBlockBlobClient(`${prefix}${checked(path)}`)

  return {
    location: `${address.containerUrl}/${prefix}`.replace(/\/$/, ''),
    folder: null,

    async create(path, source, { signal } = {}) {
      const blob = await blobAt(path)
      signal?.throwIfAborted()
      const content = await measured(source)
      return requests.send({ act: 'write', path, signal }, (one, alive) =>
        createBlob(blob, source, content, one, alive),
      )
    },

    async read(path, { signal } = {}) {
      const blob = await blobAt(path)
      return requests.send({ act: 'read', path, signal }, async (one, alive) => {
        try {
          return await downloadBytes(blob, one, alive)
        } catch (error) {
          if (isMissing(error)) return null
          throw error
        }
      })
    },

    async *list(some) {
      const container = await opened()
      const files = await requests.send({ act: 'list', path: '' }, async (one, alive) => {
        const found: string[] = []
        const pages = container.listBlobsFlat({ prefix: `${prefix}${some}`, abortSignal: one })
        for await (const { segment } of pages.byPage({ maxPageSize: pageFiles })) {
          alive()
          for (const item of segment.blobItems) {
            if (!isFolder(item)) found.push(item.name.slice(prefix.length))
          }
        }
        return found
      })
      // An account with a hierarchical namespace lists `a/b` before `a-b` (azure-sdk-for-go #24210).
      yield* files.toSorted()
    },

    async folders(folder) {
      const container = await opened()
      const below = `${prefix}${checked(folder.replace(/\/$/, ''))}/`
      const names = await requests.send({ act: 'list', path: folder }, async (one, alive) => {
        const found: string[] = []
        const pages = container
          .listBlobsByHierarchy('/', { prefix: below, abortSignal: one })
          .byPage({ maxPageSize: pageFiles })
        for await (const { segment } of pages) {
          alive()
          for (const { name } of segment.blobPrefixes ?? [])
            found.push(name.slice(below.length, -1))
        }
        return found
      })
      return names.toSorted()
    },

    async local(paths, folder, local = {}) {
      const files = paths.map((path) => [checked(path), join(folder, path)] as const)
      await bringHere({ requests, cache, blobAt, concurrency }, new Map(files), local)
      return files.map(([, file]) => file)
    },

    async check() {
      await checkContainer(await opened(), prefix, requests)
    },
  }
}

async function openContainer(
  { containerUrl }: BlobAddress,
  access: BlobAccess,
  { tries = 5, retryDelayMs = 1000 }: BlobOptions,
): Promise<ContainerClient> {
  const { BlobServiceClient, ContainerClient: Client } = await import('@azure/storage-blob')
  const credential =
    'credential' in access
      ? access.credential
      : BlobServiceClient.fromConnectionString(access.connectionString).credential
  return new Client(containerUrl, credential, {
    retryOptions: { maxTries: tries, retryDelayInMs: retryDelayMs },
  })
}

async function measured(source: Source): Promise<Content> {
  if ('text' in source) return contentOfBytes(source.text)
  try {
    return await contentOf(source.file)
  } catch (error) {
    throw fileError('read', source.file, error)
  }
}

/**
 * Whether it is a folder: accounts with a hierarchical namespace list those too (azure-docs #57754).
 * What was uploaded in one request has an MD5, even where it is empty.
 */
function isFolder({ properties }: BlobItem): boolean {
  return properties.contentLength === 0 && !properties.contentMD5?.length
}
