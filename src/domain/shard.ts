/**
 * A shard: one part of a run, asked and recorded by a collector of its own.
 *
 * Which hosts it has follows from the run's population and two numbers, so a message names thousands
 * of hosts in a few bytes, and a message that comes twice means the same hosts twice.
 */

import { z } from 'zod'

import { LedgerError } from './errors.ts'
import type { Host } from './host.ts'
import { populationPath } from './run.ts'

export interface Shard {
  slot: Date
  /** From 1. */
  shard: number
  of: number
  /** Path of the file that names the run's hosts. */
  population: string
}

/** A shard as it travels. */
export interface ShardMessage extends Omit<Shard, 'slot'> {
  /** RFC 3339, UTC. */
  slot: string
}

const shardMessage = z
  .strictObject({
    slot: z.iso.datetime(),
    shard: z.int().positive(),
    of: z.int().positive().max(99_999),
    population: populationPath,
  })
  .refine(({ shard, of }) => shard <= of)

export function formatShard({ slot, ...rest }: Shard): ShardMessage {
  return { slot: slot.toISOString(), ...rest }
}

/** @throws {LedgerError} `usage` where it is no such message: trying again cannot help. */
export function parseShard(message: unknown): Shard {
  const { data, error } = shardMessage.safeParse(message)
  if (!data) {
    // Nothing of it is quoted: whatever it is, it was not meant for here.
    const wrong = new Set(error.issues.map(({ path: [field = 'the whole'] }) => String(field)))
    throw new LedgerError(
      'usage',
      `Cannot read a shard's message: ${[...wrong].join(', ')} is not as it must be`,
    )
  }
  return { ...data, slot: new Date(data.slot) }
}

/** How many shards a run has. 1 means that it asks its hosts itself. */
export function shardCount(hosts: number, shardHosts: number): number {
  return Math.max(1, Math.ceil(hosts / shardHosts))
}

/**
 * The hosts of one shard.
 *
 * Neighbours in the order of their ids stay together, and with them the hosts of a subscription:
 * Azure throttles by subscription, and one collector paces itself better than several that do not
 * know of each other.
 *
 * @param population In any order.
 */
export function hostsOfShard(
  population: readonly Host[],
  { shard, of }: Pick<Shard, 'shard' | 'of'>,
): Host[] {
  const at = (part: number) => Math.floor((part * population.length) / of)
  return population.toSorted(byHostId).slice(at(shard - 1), at(shard))
}

/**
 * The hosts in the order in which they are asked in this slot: another one in each, so that those
 * which a shard does not reach in time are not always the same.
 */
export function shuffleFor(slot: Date, hosts: readonly Host[]): Host[] {
  const seed = slot.toISOString()
  const places = new Map(hosts.map((host) => [host, hash(`${seed}${host.hostId}`)]))
  return hosts.toSorted((a, b) => (places.get(a) ?? 0) - (places.get(b) ?? 0))
}

/** In order of their ids, by code units: the same on every machine. */
export function byHostId(a: Host, b: Host): number {
  if (a.hostId === b.hostId) return 0
  return a.hostId < b.hostId ? -1 : 1
}

/** FNV-1a, and a last mix: ids that differ only in their end must not stay neighbours. */
function hash(text: string): number {
  let value = 0x811c9dc5
  for (let index = 0; index < text.length; index += 1) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193)
  }
  value = Math.imul(value ^ (value >>> 16), 0x45d9f3b)
  return (value ^ (value >>> 16)) >>> 0
}
