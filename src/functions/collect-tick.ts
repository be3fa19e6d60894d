/**
 * One tick of the timer: a run of its slot, or the messages for its shards.
 */

import type { InvocationContext, Timer } from '@azure/functions'

import { filterOf } from '../domain/settings.ts'
import { formatShard, type ShardMessage } from '../domain/shard.ts'
import { collect, type CollectResult } from '../jobs/collect.ts'
import { invocation } from './invocation.ts'
import { failureOf, runLine, type LogLine } from './log-line.ts'
import { slotOfTick } from './timer-slot.ts'

/**
 * Collects the tick's slot.
 *
 * @returns The messages for shards; empty where the hosts were asked here.
 * @throws {Error} Naming the cause, where nothing could be read or stored.
 */
export function collectTick(
  timer: Timer,
  context: InvocationContext,
  signal: AbortSignal,
): Promise<ShardMessage[]> {
  return invocation(context, async ({ settings, connection }) => {
    const { discovery, runDeadlineMs, shardHosts, intervalMs } = settings
    const slot = slotOfTick(timer, connection.clock.now(), intervalMs)
    const collected = await collect(connection, {
      scheduledFor: slot,
      filter: filterOf(settings),
      discovery,
      shardHosts,
      runDeadlineMs,
      signal,
    })
    const { run, shards } = collected
    return {
      line: lineOf(context.functionName, collected, { slot, late: timer.isPastDue }),
      // A plan is carried out even where no subscription could be listed now: its hosts are known.
      failure: run === null || shards.length > 0 ? null : failureOf(run),
      result: shards.map(formatShard),
    }
  })
}

function lineOf(
  name: string,
  { run, shards, interrupted, recovered, unmatched }: CollectResult,
  { slot, late }: { slot: Date | null; late: boolean },
): LogLine {
  const details = { slot, past_due: late, shards: shards.length, interrupted, recovered, unmatched }
  return run === null
    ? { event: 'recorded', level: 'info', function: name, ...details }
    : runLine(name, run.shards ? 'planned' : 'run', run, details)
}
