/**
 * Segments: the files that hold one table's lines of a run, each of some 512 KB.
 *
 * DuckDB reads 32 MB of a file at once and holds 2,048 parsed lines, which take three times their text:
 * from one file, 200,000 sessions took 100 MB more. Of a short file it holds no more than is in it.
 * (Its `maximum_object_size` does not help: less than its default of 16 MiB is not taken.)
 */

import { open, readdir } from 'node:fs/promises'
import { join } from 'node:path'

const SEGMENT_BYTES = 512 * 1024

export interface Segments {
  /** In the order in which they were begun. */
  readonly files: readonly string[]
  /** Puts whole lines, with their ends, behind those that are there. */
  append(blocks: readonly Uint8Array[]): Promise<void>
  close(): Promise<void>
}

export interface SegmentOptions {
  /** Puts them in the place of files that are there (default: fails). */
  replace?: boolean
}

/** Begins with one file, so that there is one even for no line. */
export async function createSegments(
  folder: string,
  name: string,
  { replace = false }: SegmentOptions = {},
): Promise<Segments> {
  const files: string[] = []
  const create = async () => {
    const path = join(folder, segmentName(name, files.length + 1))
    const created = await open(path, replace ? 'w' : 'wx')
    files.push(path)
    return created
  }
  let file = await create()
  let bytes = 0
  return {
    files,
    async append(blocks) {
      for (const block of blocks) {
        if (bytes >= SEGMENT_BYTES) {
          await file.close()
          file = await create()
          bytes = 0
        }
        await file.appendFile(block)
        bytes += block.length
      }
    },
    close: () => file.close(),
  }
}

/** The segments that are there, in order. */
export async function findSegments(folder: string, name: string): Promise<string[]> {
  const names = new Set(await readdir(folder))
  const files: string[] = []
  for (let number = 1; names.has(segmentName(name, number)); number += 1) {
    files.push(join(folder, segmentName(name, number)))
  }
  return files
}

function segmentName(name: string, number: number): string {
  return number === 1 ? `${name}.ndjson` : `${name}.${number}.ndjson`
}
