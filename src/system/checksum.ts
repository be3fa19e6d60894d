/**
 * Checksum: the SHA-256 of a file's bytes, in hexadecimal. It says that a file is the one that was
 * written; a run's content digest says that rows are, whatever file they are in.
 */

import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'

export async function fileChecksum(file: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(file), hash)
  return hash.digest('hex')
}

/** Digests a text: the first 32 hexadecimal digits of the SHA-256 of its UTF-8. */
export function textDigest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32)
}
