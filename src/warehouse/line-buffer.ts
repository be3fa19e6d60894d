/**
 * Line buffer: lines as bytes, gathered into blocks so that they are written in few calls.
 *
 * Each line is encoded once, into its place; whoever counts or hashes it reads it there.
 */

const BLOCK_BYTES = 256 * 1024

export interface LineBuffer {
  /** Takes one line, and answers its bytes, without the line's end. */
  add(line: string): Uint8Array
  /** All that was added since the last call, for writing. */
  take(): Uint8Array[]
}

export function createLineBuffer(): LineBuffer {
  let full: Uint8Array[] = []
  let block = Buffer.allocUnsafe(BLOCK_BYTES)
  let taken = 0
  let used = 0

  /** Ends what is written of the block so far. */
  const cut = () => {
    if (used > taken) full.push(block.subarray(taken, used))
    taken = used
  }
  return {
    add(line) {
      // No UTF-16 unit needs more than three bytes; one byte is for the line's end.
      const most = line.length * 3 + 1
      if (used + most > block.length) {
        cut()
        block = Buffer.allocUnsafe(Math.max(BLOCK_BYTES, most))
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
      full = []
      return blocks
    },
  }
}
