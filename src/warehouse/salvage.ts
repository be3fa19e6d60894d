/**
 * Salvage: what a crashed run had been answered, from the spool that it left.
 *
 * A poll counts when its line is whole and all its sessions are there. Every other host of the run
 * gets a poll that says that the collector ended first.
 */

import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { z } from 'zod'

import { POLL_OUTCOMES, unreachedPoll } from '../domain/poll.ts'
import type { Answered } from './commit.ts'
import { createLineBuffer } from './line-buffer.ts'
import { linesOf } from './lines.ts'
import type { Table } from './parquet.ts'
import { createSegments, findSegments } from './segments.ts'
import { parseStart } from './spool-start.ts'
import { countLine, countPoll, emptyTally, type Tally } from './tally.ts'

const pollLine = z.object({
  host_id: z.string(),
  outcome: z.enum(POLL_OUTCOMES),
  observed_at: z.iso.datetime().nullable(),
  session_count: z.number().nullable(),
})

const snapshotLine = z.object({ host_id: z.string(), session_id: z.array(z.string()) })

const HELD_BYTES = 256 * 1024

type SpooledPoll = z.infer<typeof pollLine> & { line: string }

/**
 * Reads a crashed run's spool, and writes what counts into new files beside it.
 *
 * @returns null where nothing had been answered.
 * @throws Where the spool is damaged, or was written by another version.
 */
export async function salvage(folder: string): Promise<Answered | null> {
  const spooled = await findSegments(folder, 'snapshots')
  const polls = await readPolls(await findSegments(folder, 'polls'))
  if (polls.size === 0) return null
  const { start, hosts } = parseStart(await readFile(join(folder, 'start.json'), 'utf8'))

  const seen = await countSessions(spooled)
  for (const { host_id, session_count } of polls.values()) {
    if ((seen.get(host_id) ?? 0) !== (session_count ?? 0)) polls.delete(host_id)
  }
  const observed = [...polls.values()].flatMap((poll) => poll.observed_at ?? [])

  const tally = emptyTally()
  const lines = {
    snapshots: await writeLines(folder, 'snapshots', salvagedSnapshots(spooled, polls), tally),
    polls: await writeLines(folder, 'polls', salvagedPolls(polls, hosts, tally), tally),
  }
  return {
    folder,
    start,
    hosts,
    lines,
    tally,
    finishedAt: new Date(observed.toSorted().at(-1) ?? start.startedAt),
  }
}

async function readPolls(files: readonly string[]): Promise<Map<string, SpooledPoll>> {
  const polls = new Map<string, SpooledPoll>()
  for await (const line of wholeLines(files)) {
    const poll = pollLine.parse(JSON.parse(line))
    polls.set(poll.host_id, { ...poll, line })
  }
  return polls
}

async function countSessions(files: readonly string[]): Promise<Map<string, number>> {
  const seen = new Map<string, number>()
  for await (const line of wholeLines(files)) {
    const { host_id, session_id } = snapshotLine.parse(JSON.parse(line))
    seen.set(host_id, (seen.get(host_id) ?? 0) + session_id.length)
  }
  return seen
}

async function* salvagedSnapshots(
  files: readonly string[],
  polls: ReadonlyMap<string, SpooledPoll>,
): AsyncGenerator<string> {
  for await (const line of wholeLines(files)) {
    if (polls.has(snapshotLine.parse(JSON.parse(line)).host_id)) yield line
  }
}

function* salvagedPolls(
  polls: ReadonlyMap<string, SpooledPoll>,
  hosts: Answered['hosts'],
  tally: Tally,
): Generator<string> {
  for (const { line, outcome, session_count } of polls.values()) {
    countPoll(tally, outcome, session_count ?? 0)
    yield line
  }
  for (const host of hosts) {
    if (polls.has(host.hostId)) continue
    const { poll: line } = linesOf(unreachedPoll(host, 'crashed'))
    countPoll(tally, 'skipped_deadline', 0)
    yield line
  }
}

/** Writes lines beside the spool's own, in the place of those of an earlier try. */
async function writeLines(
  folder: string,
  table: Table,
  lines: AsyncIterable<string> | Iterable<string>,
  tally: Tally,
): Promise<readonly string[]> {
  const segments = await createSegments(folder, `salvaged-${table}`, { replace: true })
  const buffer = createLineBuffer()
  let heldBytes = 0
  const write = async () => {
    const taken = buffer.take()
    await segments.append(taken.parts)
    taken.release()
    heldBytes = 0
  }
  try {
    for await (const line of lines) {
      const bytes = buffer.add(line)
      countLine(tally, table, bytes)
      heldBytes += bytes.length
      if (heldBytes >= HELD_BYTES) await write()
    }
    await write()
  } finally {
    await segments.close()
  }
  return segments.files
}

/**
 * Lines that have their end; what a crash cut off has not. By hand, for `readline` also breaks
 * lines at U+2028, which JSON does not escape.
 */
async function* wholeLines(files: readonly string[]): AsyncGenerator<string> {
  for (const file of files) {
    let rest = ''
    for await (const chunk of createReadStream(file, 'utf8')) {
      const lines = `${rest}${String(chunk)}`.split('\n')
      rest = lines.pop() ?? ''
      yield* lines
    }
  }
}
