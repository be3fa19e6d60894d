/**
 * Line buffer: lines as bytes, gathered into blocks so that they are written in few calls.
 *
 * Each line is encoded once, into its place; whoever counts or hashes it reads it there.
 */

const BLOCK_BYTES = 256 * 1024

/** Bytes for writing, and the blocks that they are in. */
export interface Taken {
  parts: Uint8Array[]
  /** Gives back the blocks: from then on they hold other lines. */
  release(): void
}

export interface LineBuffer {
  /** Takes one line, and answers its bytes, without the line's end. */
  add(line: string): Uint8Array
  /** All that was added since the last call. */
  take(): Taken
}

export function createLineBuffer(): LineBuffer {
  let parts: Uint8Array[] = []
  let full: Buffer<ArrayBuffer>[] = []
  // Used again, for buffers that wait for a collection are counted by nobody.
  const spare: Buffer<ArrayBuffer>[] = []
  let block = Buffer.allocUnsafe(BLOCK_BYTES)
  let taken = 0
  let used = 0

  /** Ends what is written of the block so far. */
  const cut = () => {
    if (used > taken) parts.push(block.subarray(taken, used))
    taken = used
  }
  return {
    add(line) {
      // No UTF-16 unit needs more than three bytes; one byte is for the line's end.
      const most = line.length * 3 + 1
      if (used + most > block.length) {
        cut()
        full.push(block)
        block =
          (most <= BLOCK_BYTES && spare.pop()) || Buffer.allocUnsafe(Math.max(BLOCK_BYTES, most))
        taken = 0
        used = 0
      }
      const start = used
      const end = start + block.write(line, start)
      block.writeUInt8(0x0a, end)
      used = end + 1
      return block.subarray(start, end)
    },
    take() {
      cut()
      const blocks = full
      const bytes = parts
      full = []
      parts = []
      return {
        parts: bytes,
        release() {
          // A longer one was for one long line.
          spare.push(...blocks.filter(({ length }) => length === BLOCK_BYTES))
        },
      }
    },
  }
}
