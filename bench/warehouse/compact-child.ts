/** A process that compacts a warehouse and prints what it took: memory is a process's own. */

import process from 'node:process'

import type { CompactStep } from '../../src/domain/edges.ts'
import { openFolder, scratchOf } from '../../src/storage/folder.ts'
import { systemClock } from '../../src/system/clock.ts'
import { openDays } from '../../src/warehouse/compact.ts'

export interface Compacted {
  /** Seconds, by step. */
  steps: Partial<Record<CompactStep, number>>
  seconds: number
  peakBytes: number
}

const [root = '', memory = ''] = process.argv.slice(2)
const store = openFolder(root)
const dice = { roll: () => 0.5 }
const days = openDays(
  { store, clock: systemClock, dice },
  {
    scratch: scratchOf(root),
    collectorVersion: '0.0.0',
    memoryLimitBytes: Number(memory),
    recover: async () => undefined,
  },
)
const steps: Compacted['steps'] = {}
const began = performance.now()
let step: CompactStep | undefined
let since = began
const close = () => {
  const now = performance.now()
  if (step) steps[step] = (steps[step] ?? 0) + (now - since) / 1000
  since = now
}
const results = await days.compact({
  progress(_date, next) {
    close()
    step = next
  },
})
close()
if (results.length === 0 || results.some(({ outcome }) => outcome !== 'compacted')) {
  throw new Error(`Nothing was compacted: ${results[0]?.why ?? 'no day'}`)
}
const compacted: Compacted = {
  steps,
  seconds: (performance.now() - began) / 1000,
  peakBytes: process.resourceUsage().maxRSS * 1024,
}
process.stdout.write(JSON.stringify(compacted))
