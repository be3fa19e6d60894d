/**
 * Transfers under way, and the signals that stop them.
 */

import { createListeners } from './listeners.ts'
import type { Transfer } from './transfer.ts'

export interface UnderWay {
  add(transfer: Transfer, signal: AbortSignal): void
  delete(transfer: Transfer): void
}

export function createUnderWay(): UnderWay {
  // As many as there are slots: searching them is quicker than keeping a set.
  const entries: { transfer: Transfer; signal: AbortSignal }[] = []
  const listen = createListeners((signal) => {
    const own = entries.filter((entry) => entry.signal === signal)
    for (const { transfer } of own) transfer.stop(signal.reason)
  })

  return {
    add(transfer, signal) {
      listen(signal)
      entries.push({ transfer, signal })
    },
    delete(transfer) {
      const index = entries.findIndex((entry) => entry.transfer === transfer)
      const last = entries.pop()
      if (last && index < entries.length) entries[index] = last
    },
  }
}
