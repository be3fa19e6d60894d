/**
 * Polling: asking all hosts of a run or of a shard, until a bound ends it.
 *
 * What ends the asking early does not end the storing: every host that was not reached has a poll
 * that says so.
 */

import type { BastionSource, Clock, Progress, RunWriter } from '../domain/edges.ts'
import { messageOf } from '../domain/errors.ts'
import type { Host } from '../domain/host.ts'
import { unreachedPoll } from '../domain/poll.ts'

/** The run's signal: aborted by the caller, or by the deadline. */
export interface Bounds extends AsyncDisposable {
  signal: AbortSignal
  cause: () => 'interrupted' | 'deadline'
}

export function openBounds(clock: Clock, runDeadlineMs: number, signal?: AbortSignal): Bounds {
  const end = new AbortController()
  const deadline = new AbortController()
  const timer = clock.sleep(runDeadlineMs, end.signal).then(
    () => deadline.abort(new Error('The run reached its deadline')),
    () => undefined,
  )
  return {
    signal: AbortSignal.any(signal ? [signal, deadline.signal] : [deadline.signal]),
    cause: () => (signal?.aborted ? 'interrupted' : 'deadline'),
    async [Symbol.asyncDispose]() {
      end.abort()
      await timer
    },
  }
}

/** Asks them, and gives each poll to the writer. Rejects only where a poll cannot be written. */
export async function pollAll(
  { azure }: { azure: BastionSource },
  hosts: readonly Host[],
  writer: RunWriter,
  {
    progress,
    bounds,
    of = hosts.length,
  }: { progress: Progress | undefined; bounds: Bounds; of?: number },
): Promise<void> {
  const failure = new AbortController()
  const signal = AbortSignal.any([bounds.signal, failure.signal])
  const record = async (host: Host) => {
    const poll = await azure.pollHost(host, signal).catch((error: unknown) => {
      if (bounds.signal.aborted) return unreachedPoll(host, bounds.cause())
      throw error
    })
    await writer.add(poll)
    progress?.polled(poll, of)
  }

  let underWay = 0
  let ended = Promise.withResolvers<void>()
  const one = async (host: Host) => {
    underWay += 1
    try {
      await record(host)
    } catch (error) {
      failure.abort(error)
    }
    underWay -= 1
    if (underWay === 0) ended.resolve()
  }
  for (const host of hosts) {
    // At the deadline every host left is recorded at once, by the same path.
    if (!signal.aborted) await azure.turn(signal).catch(() => undefined)
    if (failure.signal.aborted) break
    if (underWay === 0) ended = Promise.withResolvers()
    void one(host)
  }
  if (underWay > 0) await ended.promise
  if (failure.signal.aborted) throw asError(failure.signal.reason)
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(messageOf(reason))
}
