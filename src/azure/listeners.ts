/**
 * Listeners: one for each signal, not one for each who waits.
 *
 * Thousands that come and go cost more than parsing their answers, and Node's list keeps each
 * removed one reachable until a full collection, with everything that it can reach.
 */

/**
 * Calls back when a signal that was listened to is aborted, once for each.
 *
 * @returns Begins to listen to a signal, or does nothing where that has begun.
 */
export function createListeners(
  aborted: (signal: AbortSignal) => void,
): (signal: AbortSignal) => void {
  const heard = new WeakSet<AbortSignal>()
  return (signal) => {
    if (heard.has(signal)) return
    heard.add(signal)
    signal.addEventListener('abort', () => aborted(signal), { once: true })
  }
}
