/**
 * Collecting a shard: one part of a run, asked and recorded on its own.
 *
 * Messages come late, twice, or again after a collector died. So a shard is recorded once, under a
 * name that follows from its slot, and each of its hosts has a poll whatever happened.
 */

import type { BastionSource, Clock, Ledger, RunWriter, Shards } from '../domain/edges.ts'
import type { Host } from '../domain/host.ts'
import { unreachedPoll } from '../domain/poll.ts'
import { shardRunId, type RunRecord, type RunStart } from '../domain/run.ts'
import { hostsOfShard, shuffleFor, type Shard } from '../domain/shard.ts'
import { openBounds, pollAll } from './polling.ts'

export interface CollectShardOptions {
  /**
   * How long after its slot began a shard may begin to ask. Later, the same hosts are being asked
   * for the next slot, and are recorded as not reached.
   */
  beginWithinMs: number
  /** When to stop asking (default 240,000). */
  runDeadlineMs?: number
  /** Stops asking; what was answered so far is still stored. */
  signal?: AbortSignal
}

export interface CollectShardResult {
  /** null where the shard was already recorded: nothing was asked or written. */
  run: RunRecord | null
  /** It came too late to be asked. */
  late: boolean
  /** The signal ended the asking. */
  interrupted: boolean
  /** Ids of runs that earlier crashes had left behind and that are stored now. */
  recovered: string[]
}

interface ShardEdges {
  clock: Clock
  azure: BastionSource
  ledger: Ledger
  shards: Shards
}

/**
 * Collects one shard.
 *
 * @throws {LedgerError} `not_signed_in`, `storage` or `damaged`: with nothing recorded, so that it
 *   can be tried again.
 */
export async function collectShard(
  edges: ShardEdges,
  shard: Shard,
  { beginWithinMs, runDeadlineMs = 240_000, signal }: CollectShardOptions,
): Promise<CollectShardResult> {
  const { clock, ledger } = edges
  const late = clock.now().getTime() - shard.slot.getTime() > beginWithinMs
  const run = await recordShard(edges, shard, async (hosts, writer) => {
    if (late) return skipAll(hosts, writer, 'deadline')
    await using bounds = openBounds(clock, runDeadlineMs, signal)
    await pollAll(edges, hosts, writer, { progress: undefined, bounds })
  })
  // Only now: what this shard was answered when it was last tried must not become its record.
  const recovered = await ledger.recover()
  return { run, late, interrupted: signal?.aborted ?? false, recovered }
}

/**
 * Records a shard that nobody will try again: none of its hosts was asked, as far as is known.
 *
 * @returns null where the shard is recorded already.
 */
export function giveUpShard(
  edges: Omit<ShardEdges, 'azure'>,
  shard: Shard,
): Promise<RunRecord | null> {
  return recordShard(edges, shard, (hosts, writer) => skipAll(hosts, writer, 'crashed'))
}

async function recordShard(
  { clock, ledger, shards }: Omit<ShardEdges, 'azure'>,
  shard: Shard,
  answer: (hosts: readonly Host[], writer: RunWriter) => Promise<void>,
): Promise<RunRecord | null> {
  const { slot, population } = shard
  if (await shards.has(slot, shard)) return null
  const hosts = shuffleFor(slot, hostsOfShard(await shards.readHosts(population), shard))
  const start: RunStart = {
    runId: shardRunId(slot, shard),
    trigger: 'shard',
    scheduledFor: slot,
    startedAt: clock.now(),
    subscriptions: [],
    error: null,
  }
  await using writer = await ledger.begin(start, hosts)
  await answer(hosts, writer)
  return await writer.commit(clock.now())
}

async function skipAll(
  hosts: readonly Host[],
  writer: RunWriter,
  why: 'deadline' | 'crashed',
): Promise<void> {
  for (const host of hosts) await writer.add(unreachedPoll(host, why))
}
