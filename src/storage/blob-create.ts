/**
 * Creating a blob, once.
 *
 * A name that is taken by the same content is success: it is what this writer stored, when the answer
 * was lost and the request sent again, or what another one stored that knew the same.
 */

import type { BlockBlobClient } from '@azure/storage-blob'

import { isRestError } from './blob-error.ts'
import {
  contentOfBytes,
  downloadBytes,
  storedContent,
  upload,
  type Content,
  type Source,
} from './blob-transfer.ts'

/** Creates a blob, unless there is one of its name; `exists` where that has other content. */
export async function createBlob(
  blob: BlockBlobClient,
  source: Source,
  content: Content,
  signal: AbortSignal,
  alive: () => void,
): Promise<'created' | 'exists'> {
  try {
    await upload(blob, source, content, signal, alive)
    return 'created'
  } catch (error) {
    if (!mayBeTaken(error)) throw error
    const stored = await contentAt(blob, signal, alive)
    if (stored === null) throw error
    return stored.bytes === content.bytes && stored.md5 === content.md5 ? 'created' : 'exists'
  }
}

/**
 * Whether a refusal may mean that there is a blob of the name: 409, or 412 where it is leased, or 403
 * to an identity that may create blobs but not replace them.
 */
function mayBeTaken(error: unknown): boolean {
  return isRestError(error) && [403, 409, 412].includes(error.statusCode ?? 0)
}

/** @returns null where there is no such blob, or it may not be looked at. */
async function contentAt(
  blob: BlockBlobClient,
  signal: AbortSignal,
  alive: () => void,
): Promise<Content | null> {
  try {
    const { bytes, md5 } = await storedContent(blob, signal)
    return md5 === null ? contentOfBytes(await downloadBytes(blob, signal, alive)) : { bytes, md5 }
  } catch (error) {
    if (mayBeTaken(error) || (isRestError(error) && error.statusCode === 404)) return null
    throw error
  }
}
