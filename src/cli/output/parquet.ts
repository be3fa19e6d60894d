/**
 * Parquet: the file that DuckDB has written of the answer, to stdout as it is.
 */

import { createReadStream } from 'node:fs'

import type { Output } from '../terminal.ts'

export async function writeParquet(
  { file }: { file: string },
  stdout: Output,
  signal: AbortSignal,
): Promise<void> {
  for await (const chunk of createReadStream(file, { signal, highWaterMark: 1024 * 1024 })) {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- no encoding was asked for
    await stdout.write(chunk as Uint8Array)
  }
}
