/**
 * A container's check: whether the ledger could be kept there, without leaving anything in it. It may
 * be one from which nothing can be removed.
 */

import { randomUUID } from 'node:crypto'

import type { ContainerClient } from '@azure/storage-blob'

import { isRestError } from './blob-error.ts'
import type { Requests } from './blob-requests.ts'

/**
 * Lists, and asks to create a blob whose bytes are not those that the request announces. Whoever may
 * create it is told so (400), and anybody else is refused before the bytes are looked at (403).
 *
 * @throws {LedgerError} `storage`, or `not_signed_in`.
 */
export async function checkContainer(
  container: ContainerClient,
  prefix: string,
  requests: Requests,
): Promise<void> {
  await requests.send({ act: 'list', path: '' }, async (abortSignal) => {
    const pages = container.listBlobsFlat({ prefix: `${prefix}v1/`, abortSignal })
    await pages.byPage({ maxPageSize: 1 }).next()
  })
  const blob = container.getBlockBlobClient(`${prefix}check-${randomUUID()}`)
  await requests.send({ act: 'write', path: '' }, async (abortSignal) => {
    try {
      await blob.upload('check', 5, { abortSignal, transactionalContentMD5: new Uint8Array(16) })
    } catch (error) {
      if (!isRestError(error) || error.statusCode !== 400) throw error
      return
    }
    // It was stored all the same: then it can be removed, too, or stays as 5 bytes without a meaning.
    await blob.deleteIfExists({ abortSignal })
  })
}
