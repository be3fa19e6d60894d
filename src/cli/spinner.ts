/**
 * A spinner: one line that lives on stderr while something goes on. Its library is loaded when it is
 * started.
 */

import type { Output } from './terminal.ts'

export interface Spinner {
  /** What the line says. */
  text: string
  /** Takes the line away, for something that stays to be written. It comes back by itself. */
  clear(): unknown
  stop(): unknown
}

export async function startSpinner(stderr: Output, text: () => string): Promise<Spinner> {
  // A terminal that does not know its width: the library would divide by it, and never end.
  if ('columns' in stderr.stream && stderr.stream.columns === 0) return silent()
  const { default: ora } = await import('ora')
  return ora({
    text: text(),
    stream: stderr.stream,
    color: stderr.colour ? 'cyan' : false,
    isEnabled: true,
    // It would put the terminal in raw mode, where Ctrl-C is no signal.
    discardStdin: false,
  }).start()
}

function silent(): Spinner {
  return { text: '', clear: () => undefined, stop: () => undefined }
}
