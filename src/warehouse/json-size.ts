/**
 * How much room DuckDB needs for JSON that is read as one object a file.
 */

import { statSync } from 'node:fs'

const LEAST_BYTES = 1024 * 1024

/**
 * The `maximum_object_size` for these files. DuckDB takes twice as much memory at once for each
 * thread, whatever a file has: so no more than is needed.
 *
 * @param unknownBytes For a file that is not on this machine.
 */
export function largestObject(files: readonly string[], unknownBytes: number): number {
  let largest = LEAST_BYTES
  for (const file of files) {
    const found = statSync(file, { throwIfNoEntry: false })
    largest = Math.max(largest, found ? found.size + 1 : unknownBytes)
  }
  return largest
}
