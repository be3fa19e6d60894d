/**
 * The demo's status: one moving line on a terminal, a line an hour elsewhere.
 */

import { hostTotals, type RunRecord } from '../../domain/run.ts'
import { startSpinner } from '../spinner.ts'
import type { Output } from '../terminal.ts'

export interface StatusLine extends AsyncDisposable {
  show(slot: Date, run: RunRecord | null): void
}

export async function openStatusLine(stderr: Output, live: boolean): Promise<StatusLine> {
  if (!live || !stderr.isTTY) {
    return {
      show(slot, run) {
        if (slot.getUTCMinutes() === 0) void stderr.write(`${statusText(slot, run)}\n`)
      },
      async [Symbol.asyncDispose]() {},
    }
  }
  const spinner = await startSpinner(stderr, () => 'Starting')
  return {
    show(slot, run) {
      spinner.text = statusText(slot, run)
    },
    async [Symbol.asyncDispose]() {
      spinner.stop()
    },
  }
}

function statusText(slot: Date, run: RunRecord | null): string {
  const time = slot.toISOString().slice(11, 16)
  if (run === null) return `${time}  already recorded`
  const { expected, ok } = hostTotals(run.counts)
  return `${time}  ${ok} of ${expected} hosts answered, ${run.sessions} sessions`
}
