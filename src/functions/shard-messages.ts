/**
 * Messages of shards: what an instance does with one, and with one that failed too often.
 */

import type { InvocationContext } from '@azure/functions'

import type { RunRecord } from '../domain/run.ts'
import { parseShard, type Shard } from '../domain/shard.ts'
import { collectShard, giveUpShard } from '../jobs/collect-shard.ts'
import { invocation } from './invocation.ts'
import { failureOf, runLine, type LogLine } from './log-line.ts'

/**
 * Asks the hosts of a shard and records them.
 *
 * @throws {Error} Naming the cause; then the message comes again, and finds what was recorded.
 */
export function collectMessage(
  message: unknown,
  context: InvocationContext,
  signal: AbortSignal,
): Promise<void> {
  return invocation(context, async ({ settings, connection }) => {
    const { intervalMs, runDeadlineMs } = settings
    const shard = parseShard(message)
    const { run, ...details } = await collectShard(connection, shard, {
      beginWithinMs: Math.max(intervalMs, runDeadlineMs),
      runDeadlineMs,
      signal,
    })
    return {
      line: lineOf(context, 'run', { run, shard, details }),
      failure: run && failureOf(run),
      result: undefined,
    }
  })
}

/** Records the hosts of a shard as not asked, so that they are seen. */
export function giveUpMessage(message: unknown, context: InvocationContext): Promise<void> {
  return invocation(context, async ({ connection }) => {
    const shard = parseShard(message)
    const run = await giveUpShard(connection, shard)
    return {
      line: lineOf(context, 'given_up', { run, shard, details: {} }),
      failure: null,
      result: undefined,
    }
  })
}

function lineOf(
  { functionName, triggerMetadata }: InvocationContext,
  event: 'run' | 'given_up',
  { run, shard, details }: { run: RunRecord | null; shard: Shard; details: object },
): LogLine {
  const { slot, shard: part, of } = shard
  const all = { slot, shard: part, of, tries: triggerMetadata?.['dequeueCount'], ...details }
  return run === null
    ? { event: 'recorded', level: 'info', function: functionName, ...all }
    : runLine(functionName, event, run, all)
}
