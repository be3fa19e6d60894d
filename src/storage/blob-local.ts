/**
 * Bringing blobs to this machine, for DuckDB to read: each at most once, as long as the cache keeps
 * it.
 *
 * They are put where the caller wants them, and the cache gets a second name for what came. So the
 * caller has its files even where nothing can be kept, or another process forgets them at once.
 */

import { randomUUID } from 'node:crypto'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'

import type { BlockBlobClient } from '@azure/storage-blob'

import pLimit from 'p-limit'

import type { LocalOptions } from '../domain/edges.ts'
import { LedgerError } from '../domain/errors.ts'
import { fileError } from '../domain/file-error.ts'
import type { Cache } from './blob-cache.ts'
import { isMissing } from './blob-error.ts'
import type { Requests } from './blob-requests.ts'
import { downloadTo, type Content } from './blob-transfer.ts'

export interface Bringing {
  requests: Requests
  cache: Cache
  blobAt: (path: string) => Promise<BlockBlobClient>
  /** Files fetched at the same time. */
  concurrency: number
}

/**
 * Puts files where the caller wants them.
 *
 * @param files By path in the store, where each goes. One that is not stored goes nowhere; one that
 *   cannot be had as it was stored becomes empty.
 */
export async function bringHere(
  bringing: Bringing,
  files: ReadonlyMap<string, string>,
  { doubted = false, signal, progress }: LocalOptions,
): Promise<void> {
  const { cache, concurrency } = bringing
  try {
    for (const folder of new Set([...files.values()].map((file) => dirname(file)))) {
      await mkdir(folder, { recursive: true, mode: 0o700 })
    }
    const missing = await cache.take(files, { doubted })
    if (missing.length === 0) return
    const limit = pLimit(concurrency)
    const failure = new AbortController()
    const both = AbortSignal.any(signal ? [signal, failure.signal] : [failure.signal])
    let fetched = 0
    const fetchNext = async (path: string) => {
      if (both.aborted) return
      try {
        await fetchOne(bringing, path, files.get(path) ?? '', both)
        fetched += 1
        progress?.(fetched, missing.length)
      } catch (error) {
        failure.abort(error)
      }
    }
    await Promise.all(missing.map((path) => limit(fetchNext, path)))
    both.throwIfAborted()
    await cache.trim()
  } catch (error) {
    signal?.throwIfAborted()
    throw fileError('write', dirname([...files.values()][0] ?? ''), error)
  }
}

async function fetchOne(
  { requests, cache, blobAt }: Bringing,
  path: string,
  to: string,
  signal: AbortSignal,
): Promise<void> {
  const blob = await blobAt(path)
  const part = `${to}.${randomUUID()}.part`
  let content: Content | null = null
  try {
    content = await requests.send({ act: 'read', path, signal }, async (one, alive) => {
      await rm(part, { force: true })
      return await downloadTo(part, blob, one, alive).catch(nullIfMissing)
    })
    if (content === null) await rm(to, { force: true })
    else await rename(part, to)
  } catch (error) {
    if (!(error instanceof LedgerError && error.code === 'damaged')) throw error
    await writeFile(to, '')
  } finally {
    await rm(part, { force: true })
  }
  if (content !== null) await cache.keep(path, to, content)
}

function nullIfMissing(error: unknown): null {
  if (isMissing(error)) return null
  throw error
}
