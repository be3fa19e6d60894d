/**
 * Shards: what collectors that never meet must know of one run, kept in the warehouse.
 *
 * The file that names a run's hosts is named after its own content. So runs with the same hosts
 * share it, one that is damaged is found out when it is read, and a run that is planned twice is
 * planned the same.
 */

import { createHash, randomUUID } from 'node:crypto'
import { rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'
import { gunzip, gzip } from 'node:zlib'

import { z } from 'zod'

import type { Shards, Store } from '../domain/edges.ts'
import { LedgerError } from '../domain/errors.ts'
import type { Host } from '../domain/host.ts'
import { shardRunId, slotRunId } from '../domain/run.ts'
import { byHostId } from '../domain/shard.ts'
import { makeFolder } from '../system/make-folder.ts'
import { populationFile } from './paths.ts'
import { hasShard, readRecord, slotRun } from './records.ts'
import { waitingHost } from './spool-start.ts'

const population = z.object({ schema_version: z.literal(1), hosts: z.array(waitingHost) })

/** @param scratch A folder of this machine. */
export function openShards(store: Store, scratch: string): Shards {
  return {
    async planOf(slot) {
      const runId = await slotRun(store, slot)
      return runId === null ? null : ((await readRecord(store, runId))?.shards ?? null)
    },
    has: (slot, shard) => hasShard(store, shardRunId(slot, shard)),
    storeHosts: (slot, hosts) => storeHosts(store, scratch, slot, hosts),
    readHosts: (path) => readHosts(store, path),
  }
}

async function storeHosts(
  store: Store,
  scratch: string,
  slot: Date,
  hosts: readonly Host[],
): Promise<string> {
  // Only what a poll needs, in one order of names: what Azure merely says otherwise is no change.
  const listed = hosts.toSorted(byHostId).map((host) => waitingHost.parse(host))
  const json = JSON.stringify({ schema_version: 1, hosts: listed })
  const path = populationFile(slotRunId(slot), digest(json))
  const part = join(scratch, `${randomUUID()}.part`)
  try {
    await makeFolder(scratch)
    await writeFile(part, await promisify(gzip)(json))
    // A file that is there already has this content, though perhaps not these bytes.
    await store.create(path, { file: part })
  } finally {
    await rm(part, { force: true })
  }
  return path
}

async function readHosts(store: Store, path: string): Promise<Host[]> {
  const bytes = await store.read(path)
  if (bytes === null) throw damaged(path, 'it is missing')
  let json: string
  try {
    json = (await promisify(gunzip)(bytes)).toString()
  } catch (cause) {
    throw damaged(path, 'it is cut short or altered', cause)
  }
  if (basename(path) !== `${digest(json)}.json.gz`) throw damaged(path, 'it is altered')
  return population.parse(JSON.parse(json)).hosts
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

function damaged(path: string, why: string, cause?: unknown): LedgerError {
  return new LedgerError('damaged', `Cannot read "${path}": ${why}`, { cause })
}
