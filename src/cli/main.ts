#!/usr/bin/env node
/**
 * The program's entry, and the only file that touches the process.
 *
 * It sets the exit code and lets the process end by itself: `process.exit` would cut off output that
 * a pipe has not taken yet. Only what keeps the process alive long after that is cut off.
 */

import process from 'node:process'
import { addAbortSignal } from 'node:stream'
import { text as readText } from 'node:stream/consumers'
import { isatty, type WriteStream } from 'node:tty'
import { styleText } from 'node:util'

import { LedgerError } from '../domain/errors.ts'
import { run } from './run.ts'
import { type Output, OutputClosed, type Terminal } from './terminal.ts'

/** What a write meets when the reader has closed its end. */
const CLOSED = new Set(['EPIPE', 'ERR_STREAM_DESTROYED', 'ECONNRESET'])

function outputTo(fd: number, stream: WriteStream, write: Output['write']): Output {
  // A failed write is told to its own callback; unheard, the event would end the process.
  stream.on('error', () => {})
  return {
    stream,
    write,
    isTTY: isatty(fd),
    get columns() {
      return stream.isTTY ? stream.columns || 80 : null
    },
    // Node's own reading of NO_COLOR, FORCE_COLOR, TERM and of the stream.
    colour: styleText('red', 'x', { stream }) !== 'x',
  }
}

function writeTo(stream: WriteStream, data: string | Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(data, (error: NodeJS.ErrnoException | null | undefined) => {
      if (!error) resolve()
      else if (CLOSED.has(error.code ?? '')) reject(new OutputClosed())
      else reject(new LedgerError('storage', `Cannot write the output: ${error.message}`))
    })
  })
}

/** Aborted by the first signal; the second one has its default effect. */
function interruption(): AbortSignal {
  const controller = new AbortController()
  const names = ['SIGINT', 'SIGTERM'] as const
  const interrupt = (name: NodeJS.Signals) => {
    if (!controller.signal.aborted) {
      controller.abort()
      return
    }
    // Not before: a library that restores the cursor ends the process when it listens alone.
    for (const one of names) process.off(one, interrupt)
    process.kill(process.pid, name)
  }
  for (const name of names) process.on(name, interrupt)
  return controller.signal
}

const LINGER_MS = 1000

const { stdout, stderr } = process
const terminal: Terminal = {
  stdout: outputTo(1, stdout, (data) => writeTo(stdout, data)),
  // Words that nobody can read are no reason to stop.
  stderr: outputTo(2, stderr, (data) => writeTo(stderr, data).catch(() => {})),
  // `process.stdin` would open the input merely by being looked at.
  stdin: { isTTY: isatty(0), read: (signal) => readText(addAbortSignal(signal, process.stdin)) },
  env: process.env,
  cwd: process.cwd(),
  now: () => new Date(),
  interrupted: interruption(),
}

process.exitCode = await run(process.argv.slice(2), terminal)
// All output is taken by now. A library may still wait for a server that never answers, as the
// identity library does for its token; this timer itself keeps nothing alive.
setTimeout(() => process.exit(), LINGER_MS).unref()
