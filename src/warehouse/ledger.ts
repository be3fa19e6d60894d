/**
 * Ledger: the warehouse, for the one who adds to it.
 */

import type { Ledger, RunWriter } from '../domain/edges.ts'
import type { Host } from '../domain/host.ts'
import type { Poll } from '../domain/poll.ts'
import { isRunId, type RunStart } from '../domain/run.ts'
import { commitRun, type LedgerEdges, type LedgerOptions } from './commit.ts'
import { knownHosts } from './known-hosts.ts'
import { linesOf } from './lines.ts'
import { openParquetWriter } from './parquet.ts'
import { recover } from './recover.ts'
import { hasSlot, newestRecord } from './records.ts'
import { createSpool, type Spool } from './spool.ts'
import { writeStart } from './spool-start.ts'
import { countLine, countPoll, emptyTally, type Tally } from './tally.ts'

/** Opens a ledger. Nothing is read or written before it is asked for. */
export function openLedger(edges: LedgerEdges, options: LedgerOptions): Ledger {
  return {
    hasSlot: (slot) => hasSlot(edges.store, slot),
    knownHosts: () => knownHosts(edges.store, options.scratch),
    recover: () => recover(edges, options),
    newestRun: () => newestRecord(edges.store, edges.clock.now()),
    async begin(start, hosts) {
      if (!isRunId(start.runId)) throw new RangeError(`Cannot begin the run "${start.runId}"`)
      const tally = emptyTally()
      const spool = await createSpool(options.scratch, { start, hosts }, (table, bytes) => {
        countLine(tally, table, bytes)
      })
      return runWriter(edges, options, { start, hosts, spool, tally })
    },
  }
}

interface Begun {
  start: RunStart
  hosts: readonly Host[]
  spool: Spool
  tally: Tally
}

function runWriter(
  edges: LedgerEdges,
  options: LedgerOptions,
  { spool, tally, ...begun }: Begun,
): RunWriter {
  let { start, hosts } = begun
  const parquet = openParquetWriter(spool.folder)
  let missing = idsOf(hosts)
  const added = new Set<string>()
  let committing: Promise<unknown> | undefined
  let committed = false
  const commit = async (finishedAt: Date) => {
    if (missing.size > 0) {
      throw new RangeError(`Cannot record the run: ${missing.size} hosts have no poll`)
    }
    await spool.flush()
    const record = await commitRun({ ...edges, parquet }, options, {
      folder: spool.folder,
      start,
      hosts,
      lines: { snapshots: spool.filesOf('snapshots'), polls: spool.filesOf('polls') },
      tally,
      finishedAt,
    })
    committed = true
    return record
  }
  return {
    async add(poll: Poll) {
      if (!missing.delete(poll.host.hostId)) {
        throw new RangeError(`Cannot add a second poll, or one out of scope: ${poll.host.hostId}`)
      }
      added.add(poll.host.hostId)
      const lines = linesOf(poll)
      countPoll(tally, poll.outcome, poll.sessions.length)
      await spool.append(lines)
    },
    async amend(subscriptions, population) {
      const ids = idsOf(population)
      for (const id of added) {
        if (!ids.delete(id)) throw new RangeError(`Cannot leave out a host with a poll: ${id}`)
      }
      missing = ids
      hosts = population
      start = { ...start, subscriptions }
      await writeStart(spool.folder, start, hosts)
    },
    async commit(finishedAt) {
      const record = commit(finishedAt)
      committing = record
      return record
    },
    async [Symbol.asyncDispose]() {
      // Whoever returns the commit without waiting for it closes this too early.
      await committing?.catch(() => undefined)
      await parquet[Symbol.asyncDispose]()
      if (committed || added.size === 0) await spool.remove()
      else await spool[Symbol.asyncDispose]()
    },
  }
}

function idsOf(hosts: readonly Host[]): Set<string> {
  return new Set(hosts.map(({ hostId }) => hostId))
}
