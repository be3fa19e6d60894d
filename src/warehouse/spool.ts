/**
 * Spool: where a run's answers wait, as lines on disk, until the run is recorded.
 *
 * What was answered survives a crash of the collector, and memory does not grow with the run. A
 * poll's line is written after the lines of its sessions, so a poll whose sessions were cut off by
 * a crash is not there either: it never looks like a host with fewer people on it.
 */

import { rm } from 'node:fs/promises'
import { join } from 'node:path'

import { fileError } from '../domain/file-error.ts'
import type { Host } from '../domain/host.ts'
import { isRunId, type RunStart } from '../domain/run.ts'
import { createLineBuffer } from './line-buffer.ts'
import type { PollLines } from './lines.ts'
import { makeFolder } from '../system/make-folder.ts'
import { becomeOwner, formatOwner, letGo, parseOwner, type Owner } from './owner.ts'
import type { Table } from './parquet.ts'
import { createSegments, type Segments } from './segments.ts'
import { writeStart } from './spool-start.ts'

const FLUSH_BYTES = 256 * 1024
const FLUSH_AFTER_MS = 200
// Beyond this the writer waits for the disk.
const HELD_BYTES = 4 * 1024 * 1024

/** The folder of all spools. */
export function spoolsIn(scratch: string): string {
  return join(scratch, 'spool')
}

/** A spool's folder name: the run and its owner. */
export function spoolName(runId: string, owner: Owner): string {
  return `${runId}~${formatOwner(owner)}`
}

/** @returns null where the folder is no spool. */
export function parseSpoolName(name: string): { runId: string; owner: Owner } | null {
  const [runId = '', ownerText = ''] = name.split('~')
  const owner = parseOwner(ownerText)
  return isRunId(runId) && owner ? { runId, owner } : null
}

export interface Spool extends AsyncDisposable {
  folder: string
  /** The files that the lines of a table are in. */
  filesOf(table: Table): readonly string[]
  /** Takes the lines of one poll. Waits only when the disk is behind. */
  append(lines: PollLines): Promise<void>
  /** Puts everything taken so far on disk. */
  flush(): Promise<void>
  /** Removes the spool: its run is recorded, or it never held anything. */
  remove(): Promise<void>
}

/** Told of every line, as it is written. */
export type LineListener = (table: Table, bytes: Uint8Array) => void

/** Begins a spool. From here on, what is appended can be recovered. */
export async function createSpool(
  scratch: string,
  { start, hosts }: { start: RunStart; hosts: readonly Host[] },
  listener: LineListener,
): Promise<Spool> {
  const owner = becomeOwner()
  const folder = join(spoolsIn(scratch), spoolName(start.runId, owner))
  try {
    await makeFolder(folder)
    await writeStart(folder, start, hosts)
    const snapshots = await createSegments(folder, 'snapshots')
    const polls = await createSegments(folder, 'polls')
    return spoolOn(folder, owner, { snapshots, polls }, listener)
  } catch (error) {
    letGo(owner)
    throw fileError('write', folder, error)
  }
}

function spoolOn(
  folder: string,
  owner: Owner,
  files: Record<Table, Segments>,
  listener: LineListener,
): Spool {
  const buffers = { snapshots: createLineBuffer(), polls: createLineBuffer() }
  let heldBytes = 0
  let written = Promise.resolve()
  let timer: NodeJS.Timeout | undefined
  let closed = false
  let failure: unknown

  const take = (table: Table, line: string) => {
    const bytes = buffers[table].add(line)
    heldBytes += bytes.length + 1
    listener(table, bytes)
  }
  const write = async () => {
    // Nothing may follow what was only half written.
    if (failure !== undefined) return
    const [snapshots, polls, size] = [buffers.snapshots.take(), buffers.polls.take(), heldBytes]
    // The order matters, see above.
    await files.snapshots.append(snapshots.parts)
    await files.polls.append(polls.parts)
    snapshots.release()
    polls.release()
    heldBytes -= size
  }
  const startWriting = () => {
    clearTimeout(timer)
    timer = undefined
    written = written.then(write).catch((error: unknown) => {
      failure ??= error
    })
  }
  const close = async () => {
    if (closed) return
    closed = true
    startWriting()
    await written
    await Promise.all([files.snapshots.close(), files.polls.close()])
  }

  return {
    folder,
    filesOf: (table) => files[table].files,
    async append(lines) {
      for (const line of lines.snapshots) take('snapshots', line)
      take('polls', lines.poll)
      if (heldBytes >= FLUSH_BYTES) startWriting()
      else timer ??= setTimeout(startWriting, FLUSH_AFTER_MS)
      if (heldBytes >= HELD_BYTES || failure !== undefined) await onDisk()
    },
    async flush() {
      startWriting()
      await onDisk()
    },
    async remove() {
      await close()
      await rm(folder, { recursive: true, force: true })
      letGo(owner)
    },
    async [Symbol.asyncDispose]() {
      await close()
      letGo(owner)
    },
  }

  async function onDisk() {
    await written
    if (failure !== undefined) throw fileError('write', folder, failure)
  }
}
