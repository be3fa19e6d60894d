/**
 * Transfers: one blob whole, up or down, and never less than whole.
 *
 * The MD5 that was stored with a blob is compared with the bytes that came. A blob that somebody
 * else stored may have none; then its length must do.
 */

import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream, type ReadStream } from 'node:fs'
import { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

import type { BlobClient, BlockBlobClient } from '@azure/storage-blob'

import { WrongContent } from './blob-error.ts'

/** What bytes are. */
export interface Content {
  bytes: number
  /** In hexadecimal. */
  md5: string
}

/** What a blob is made of. */
export type Source = { file: string } | { text: string }

/** Measures a file of this machine. */
export async function contentOf(file: string): Promise<Content> {
  const measure = createMeasure()
  for await (const chunk of createReadStream(file)) measure.add(chunk)
  return measure.content()
}

/** Measures bytes, or a text as it is stored. */
export function contentOfBytes(bytes: Uint8Array | string): Content {
  const measure = createMeasure()
  measure.add(bytes)
  return measure.content()
}

/**
 * Creates a blob in one request, where there is none of its name.
 *
 * @throws what the SDK throws: 409 where the name is taken.
 */
export async function upload(
  blob: BlockBlobClient,
  source: Source,
  { bytes, md5 }: Content,
  signal: AbortSignal,
  alive: () => void,
): Promise<void> {
  const opened: ReadStream[] = []
  const openFile = (file: string) => () => {
    const stream = createReadStream(file)
    opened.push(stream)
    return stream
  }
  const blobContentMD5 = Buffer.from(md5, 'hex')
  try {
    await blob.upload('file' in source ? openFile(source.file) : source.text, bytes, {
      abortSignal: signal,
      conditions: { ifNoneMatch: '*' },
      blobHTTPHeaders: { blobContentMD5 },
      // Azure refuses bytes that are not these; without it a cut or altered body would be stored.
      transactionalContentMD5: blobContentMD5,
      onProgress: alive,
    })
  } finally {
    // Those of tries that failed are still open.
    for (const stream of opened) stream.destroy()
  }
}

/** What a stored blob is, without reading it; `md5` is null where none was stored with it. */
export async function storedContent(
  blob: BlobClient,
  signal: AbortSignal,
): Promise<{ bytes: number; md5: string | null }> {
  const { contentLength, contentMD5 } = await blob.getProperties({ abortSignal: signal })
  return { bytes: contentLength ?? -1, md5: contentMD5 ? hex(contentMD5) : null }
}

/**
 * Reads a blob into a file that is not there yet.
 *
 * @throws {WrongContent} If the bytes that came are not those that are stored.
 */
export async function downloadTo(
  file: string,
  blob: BlobClient,
  signal: AbortSignal,
  alive: () => void,
): Promise<Content> {
  return download(blob, createWriteStream(file, { flags: 'wx' }), signal, alive)
}

/** Reads a blob into memory. */
export async function downloadBytes(
  blob: BlobClient,
  signal: AbortSignal,
  alive: () => void,
): Promise<Uint8Array> {
  const chunks: Buffer[] = []
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk)
      done()
    },
  })
  await download(blob, sink, signal, alive)
  return Buffer.concat(chunks)
}

async function download(
  blob: BlobClient,
  sink: Writable,
  signal: AbortSignal,
  alive: () => void,
): Promise<Content> {
  try {
    const { readableStreamBody, contentMD5 } = await blob.download(0, undefined, {
      abortSignal: signal,
    })
    if (!readableStreamBody) throw new WrongContent('Azure Storage answered without a body')
    const measure = createMeasure()
    await pipeline(
      readableStreamBody,
      async function* measured(chunks: AsyncIterable<Buffer | string>) {
        for await (const chunk of chunks) {
          alive()
          measure.add(chunk)
          yield chunk
        }
      },
      sink,
      { signal },
    )
    const content = measure.content()
    if (contentMD5 && hex(contentMD5) !== content.md5) {
      throw new WrongContent('its bytes are not those that were stored')
    }
    return content
  } finally {
    sink.destroy()
  }
}

function createMeasure() {
  const hash = createHash('md5')
  let bytes = 0
  return {
    add(chunk: Uint8Array | string) {
      hash.update(chunk)
      bytes += Buffer.byteLength(chunk)
    },
    content: (): Content => ({ bytes, md5: hash.digest('hex') }),
  }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}
