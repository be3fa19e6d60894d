/**
 * Commit: the step by which a run comes to exist.
 *
 * Data files first, the record last. A crash before the record leaves at most files that no record
 * names, which nobody reads. Names are created once: when a data file's name is taken by other
 * content, another collector is at the same slot, or was and died. It gets some seconds to record
 * its run; after that this run takes another name. Two records of one slot are possible only if
 * the other was stopped for longer than that between its data and its record.
 */

import { stat } from 'node:fs/promises'
import { join } from 'node:path'

import type { Clock, Dice, Store } from '../domain/edges.ts'
import type { Host } from '../domain/host.ts'
import { runOutcome, suffixedRunId, type RunRecord, type RunStart } from '../domain/run.ts'
import type { ScopeFilter } from '../domain/subscription.ts'
import { allEnded } from '../system/all-ended.ts'
import { fileChecksum } from '../system/checksum.ts'
import { markIfLate } from './late-runs.ts'
import { contentDigest } from './lines.ts'
import type { ParquetWriter, Table } from './parquet.ts'
import { runPaths } from './paths.ts'
import { hasShard, hasSlot } from './records.ts'
import { writeStart } from './spool-start.ts'
import type { Tally } from './tally.ts'

/** What a ledger needs from outside. */
export interface LedgerEdges {
  store: Store
  clock: Clock
  dice: Dice
}

export interface LedgerOptions {
  /** A folder of this machine, on the same disk as the warehouse where that is a folder too. */
  scratch: string
  collectorVersion: string
  /** Of the Azure API that was asked. */
  apiVersion: string
}

/** A run that is answered, and not yet recorded. */
export interface Answered {
  /** The spool's folder. */
  folder: string
  start: RunStart
  hosts: readonly Host[]
  /** Files of lines, by table. */
  lines: Record<Table, readonly string[]>
  tally: Tally
  finishedAt: Date
}

const WAIT_MS = 250
const WAITS = 20
const TRIES = 5

/**
 * Makes the run exist.
 *
 * @returns null where another collector recorded the same slot first.
 */
export async function commitRun(
  edges: LedgerEdges & { parquet: ParquetWriter },
  options: LedgerOptions,
  answered: Answered,
): Promise<RunRecord | null> {
  let { start } = answered
  for (let attempt = 1; ; attempt += 1) {
    if (await isRecorded(edges.store, start)) {
      await markIfLate(edges, start.runId)
      return null
    }
    const record = await tryCommit(edges, options, { ...answered, start })
    if (record) {
      await markIfLate(edges, start.runId)
      return record
    }
    if (await recordedSoon(edges, start)) return null
    if (attempt === TRIES) throw new Error(`Cannot find a free name for the run "${start.runId}"`)
    start = { ...start, runId: anotherRunId(start, edges.dice) }
    await writeStart(answered.folder, start, answered.hosts)
  }
}

/** @returns null where a name is taken by other content. */
async function tryCommit(
  { store, parquet }: LedgerEdges & { parquet: ParquetWriter },
  options: LedgerOptions,
  { folder, start, lines, tally, finishedAt }: Answered,
): Promise<RunRecord | null> {
  const { runId } = start
  const paths = runPaths(runId)
  const local = (table: Table) => join(folder, `${table}.parquet`)
  const tables = ['snapshots', 'polls'] as const
  await parquet.write(
    runId,
    tables.map((table) => ({
      table,
      from: lines[table],
      to: local(table),
      longestLineBytes: tally.lines[table].longestLineBytes,
    })),
  )
  const describe = async (table: Table) => ({
    path: paths[table],
    bytes: (await stat(local(table))).size,
    rows: tally.lines[table].rows,
    sha256: await fileChecksum(local(table)),
    content_digest: contentDigest(runId, tally.lines[table].hashes),
  })
  const create = async () => {
    // One after the other: of two collectors at one slot, the one that has the first name goes on.
    for (const table of tables) {
      if ((await store.create(paths[table], { file: local(table) })) === 'exists') return false
    }
    return !(await isRecorded(store, start))
  }
  const [created, ...files] = await allEnded([create(), ...tables.map(describe)] as const)
  if (!created) return null
  const record = recordOf(options, start, tally, finishedAt, files)
  const text = `${JSON.stringify(record, null, 2)}\n`
  return (await store.create(paths.record, { text })) === 'created' ? record : null
}

function recordOf(
  { apiVersion, collectorVersion }: LedgerOptions,
  start: RunStart,
  tally: Tally,
  finishedAt: Date,
  files: RunRecord['files'],
): RunRecord {
  return {
    schema_version: 1,
    run_id: start.runId,
    trigger: start.trigger,
    scheduled_for: start.scheduledFor?.toISOString() ?? null,
    started_at: start.startedAt.toISOString(),
    finished_at: finishedAt.toISOString(),
    outcome: runOutcome(start, tally.counts),
    error_code: start.error?.code ?? null,
    error_message: start.error?.message ?? null,
    api_version: apiVersion,
    collector_version: collectorVersion,
    ...(start.discovery && { discovery: start.discovery }),
    ...(start.filter && { scope: scopeOf(start.filter) }),
    subscriptions: start.subscriptions.map((one) => ({
      subscription_id: one.subscriptionId,
      name: one.name,
      state: one.state,
      outcome: one.outcome,
      ...(one.listedBy && { listed_by: one.listedBy }),
      hosts: one.hosts,
      error_code: one.errorCode,
      error_message: one.errorMessage,
    })),
    ...(start.shards === undefined ? {} : { shards: start.shards }),
    counts: tally.counts,
    sessions: tally.sessions,
    files,
  }
}

function scopeOf({ include, exclude, managementGroup = null }: ScopeFilter): RunRecord['scope'] {
  return { include: [...include], exclude: [...exclude], management_group: managementGroup }
}

async function isRecorded(store: Store, { runId, trigger, scheduledFor }: RunStart) {
  if (trigger === 'timer' && scheduledFor) return hasSlot(store, scheduledFor)
  if (trigger === 'shard') return hasShard(store, runId)
  return (await store.read(runPaths(runId).record)) !== null
}

async function recordedSoon({ store, clock }: LedgerEdges, start: RunStart): Promise<boolean> {
  for (let wait = 0; wait < WAITS; wait += 1) {
    if (await isRecorded(store, start)) return true
    await clock.sleep(WAIT_MS)
  }
  return isRecorded(store, start)
}

/** The same moment under another suffix; a shard stays the same shard. */
function anotherRunId({ runId, scheduledFor, startedAt }: RunStart, dice: Dice): string {
  const suffix = Array.from({ length: 4 }, () => Math.floor(dice.roll() * 36).toString(36)).join('')
  const shard = /\.s\d+of\d+$/.exec(runId)?.[0] ?? ''
  return `${suffixedRunId(scheduledFor ?? startedAt, suffix)}${shard}`
}
