/**
 * Planning shards: a run that has more hosts than one collector can ask in time is recorded as a
 * whole, with its subscriptions, and its hosts are left to shards.
 *
 * There is no coordinator. Each shard records its own part, and what is missing in the end is seen
 * by what did not arrive.
 */

import type { Clock, Ledger, Shards } from '../domain/edges.ts'
import type { Host } from '../domain/host.ts'
import type { RunRecord, RunShards, RunStart } from '../domain/run.ts'
import { shardCount, type Shard } from '../domain/shard.ts'

export interface Plan {
  /** null where another collector recorded the slot first, and has its own plan. */
  run: RunRecord | null
  /** Those that somebody must ask. */
  shards: Shard[]
}

/**
 * Records the whole of a slot's run.
 *
 * @param shardHosts How many hosts a shard has at most.
 */
export async function planShards(
  { clock, ledger, shards }: { clock: Clock; ledger: Ledger; shards: Shards },
  start: RunStart & { scheduledFor: Date },
  hosts: readonly Host[],
  shardHosts: number,
): Promise<Plan> {
  const { scheduledFor: slot } = start
  const plan: RunShards = {
    count: shardCount(hosts.length, shardHosts),
    hosts: hosts.length,
    population: await shards.storeHosts(slot, hosts),
  }
  await using writer = await ledger.begin({ ...start, shards: plan }, [])
  const run = await writer.commit(clock.now())
  return { run, shards: run ? allShards(slot, plan) : [] }
}

/**
 * The shards of a slot that is recorded, which are not.
 *
 * A collector can end after it has recorded the whole and before anybody has heard of the shards.
 */
export async function missingShards(shards: Shards, slot: Date): Promise<Shard[]> {
  const plan = await shards.planOf(slot)
  if (plan === null) return []
  const found = await Promise.all(
    allShards(slot, plan).map(async (shard) => ((await shards.has(slot, shard)) ? [] : [shard])),
  )
  return found.flat()
}

function allShards(slot: Date, { count, population }: RunShards): Shard[] {
  return Array.from({ length: count }, (_, index) => ({
    slot,
    shard: index + 1,
    of: count,
    population,
  }))
}
