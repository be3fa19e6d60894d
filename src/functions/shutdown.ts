/**
 * Shutdown: an instance is taken away while it works. What was answered until then is stored first.
 *
 * The Functions host ends its worker through a hook, and waits some seconds for it. A container that
 * is stopped sends SIGTERM instead, or as well.
 */

import process from 'node:process'

import { app } from '@azure/functions'

const shutdown = new AbortController()
const underWay = new Set<Promise<unknown>>()

app.hook.appTerminate(stop)
process.once('SIGTERM', () => void endBySignal())

/**
 * Acts until the instance is shut down; then the signal ends the asking, and the shutdown waits for
 * the rest.
 *
 * @throws {Error} At once where the shutdown has begun: another instance does it better.
 */
export async function untilShutdown<Result>(
  act: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  shutdown.signal.throwIfAborted()
  const acting = act(shutdown.signal)
  underWay.add(acting)
  try {
    return await acting
  } finally {
    underWay.delete(acting)
  }
}

async function stop(): Promise<void> {
  shutdown.abort(new Error('The instance is being shut down'))
  await Promise.allSettled(underWay)
}

async function endBySignal(): Promise<void> {
  await stop()
  // What was heard last travels to the host before the process ends as it would have without us.
  await new Promise((resolve) => {
    setTimeout(resolve, 100)
  })
  if (process.listenerCount('SIGTERM') === 0) process.kill(process.pid, 'SIGTERM')
}
