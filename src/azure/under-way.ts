/**
 * Transfers under way, and the signals that stop them.
 *
 * A signal has one listener here, not one for each transfer. Thousands that come and go cost more
 * than parsing their answers, and Node's list keeps each removed one reachable until a full
 * collection, with everything that it can reach.
 */

import type { Transfer } from './transfer.ts'

export interface UnderWay {
  add(transfer: Transfer, signal: AbortSignal): void
  delete(transfer: Transfer): void
}

export function createUnderWay(): UnderWay {
  const heard = new WeakSet<AbortSignal>()
  // As many as there are slots: searching them is quicker than keeping a set.
  const entries: { transfer: Transfer; signal: AbortSignal }[] = []
  const listen = (signal: AbortSignal) => {
    if (heard.has(signal)) return
    heard.add(signal)
    const stopAll = () => {
      const own = entries.filter((entry) => entry.signal === signal)
      for (const { transfer } of own) transfer.stop(signal.reason)
    }
    signal.addEventListener('abort', stopAll, { once: true })
  }

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
