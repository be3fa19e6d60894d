/** A terminal in memory: what a command wrote, and keys to press. */

import { Writable } from 'node:stream'

import { type Output, OutputClosed, type Terminal } from '../../src/cli/terminal.ts'

export interface FakeTerminalOptions {
  /** Cells across of both outputs; null for a pipe (default). */
  columns?: number | null
  /** (default: like stdout) */
  stderrColumns?: number | null
  colour?: boolean
  env?: Record<string, string>
  /** What comes in by a pipe; null for a keyboard (default). */
  stdin?: string | null
  cwd?: string
  now?: string
  /** The reader goes away after so many writes to stdout. */
  stdoutWrites?: number
}

export interface FakeTerminal extends Terminal {
  /** Bytes are in it as Latin-1. */
  readonly out: string
  readonly err: string
  /** Writes to stdout so far. */
  readonly writes: number
  pressCtrlC(): void
}

export function fakeTerminal({
  columns = null,
  stderrColumns = columns,
  colour = false,
  env = {},
  stdin = null,
  cwd = '/',
  now = '2026-11-23T12:00:00Z',
  stdoutWrites = Infinity,
}: FakeTerminalOptions = {}): FakeTerminal {
  const controller = new AbortController()
  let writes = 0
  let out = ''
  let err = ''
  const output = (width: number | null, write: (text: string) => void): Output => {
    const stream = new Writable({
      write(chunk, _, done) {
        write(String(chunk))
        done()
      },
    })
    return {
      isTTY: width !== null,
      columns: width,
      colour,
      write: async (data) =>
        write(typeof data === 'string' ? data : Buffer.from(data).toString('latin1')),
      stream: Object.assign(stream, {
        isTTY: width !== null,
        columns: width ?? undefined,
        cursorTo: () => true,
        clearLine: () => true,
        moveCursor: () => true,
      }),
    }
  }
  return {
    stdout: output(columns, (text) => {
      if (writes === stdoutWrites) throw new OutputClosed()
      writes += 1
      out += text
    }),
    stderr: output(stderrColumns, (text) => void (err += text)),
    stdin: { isTTY: stdin === null, read: async () => stdin ?? '' },
    env,
    cwd,
    now: () => new Date(now),
    interrupted: controller.signal,
    pressCtrlC: () => controller.abort(),
    get out() {
      return out
    },
    get err() {
      return err
    },
    get writes() {
      return writes
    },
  }
}
