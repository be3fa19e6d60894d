/**
 * The fetch line: says on a terminal that files are being fetched to this machine, when that takes
 * long.
 */

import type { FetchProgress } from '../domain/edges.ts'
import { type Spinner, startSpinner } from './spinner.ts'
import type { Output } from './terminal.ts'

export interface FetchLine extends Disposable {
  progress: FetchProgress
}

// Sooner it would only flicker.
const AFTER_MS = 1000

/** Opens the line. It is shown, and its library loaded, only when fetching goes on for a second. */
export function openFetchLine(stderr: Output, afterMs: number = AFTER_MS): FetchLine {
  let text = ''
  let spinner: Spinner | undefined
  let timer: NodeJS.Timeout | undefined
  let closed = false
  const show = async () => {
    const started = await startSpinner(stderr, () => text)
    if (closed) started.stop()
    else spinner = started
  }
  return {
    progress(fetched, of) {
      text = `Fetching files: ${fetched} of ${of}`
      if (spinner) spinner.text = text
      else if (stderr.isTTY) timer ??= setTimeout(() => void show(), afterMs)
    },
    [Symbol.dispose]() {
      closed = true
      clearTimeout(timer)
      spinner?.stop()
    },
  }
}
