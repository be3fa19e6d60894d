/**
 * Salvage: what a crashed run had been answered, from the spool that it left.
 *
 * A poll counts when its line is whole and all its sessions are there. Every other host of the run
 * gets a poll that says that the collector ended first.
 */

import { createReadStream, existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { z } from 'zod'

import { POLL_OUTCOMES, unreachedPoll } from '../domain/poll.ts'
import type { Answered } from './commit.ts'
import { linesOf } from './lines.ts'
import { parseStart } from './spool-start.ts'
import { countLine, countPoll, emptyTally, type Tally } from './tally.ts'

const pollLine = z.object({
  host_id: z.string(),
  outcome: z.enum(POLL_OUTCOMES),
  observed_at: z.iso.datetime().nullable(),
  session_count: z.number().nullable(),
})

const snapshotLine = z.object({ host_id: z.string(), session_id: z.array(z.string()) })

type SpooledPoll = z.infer<typeof pollLine> & { line: string }

/**
 * Reads a crashed run's spool, and writes what counts into new files beside it.
 *
 * @returns null where nothing had been answered.
 * @throws Where the spool is damaged, or was written by another version.
 */
export async function salvage(folder: string): Promise<Answered | null> {
  const spooled = join(folder, 'snapshots.ndjson')
  const polls = await readPolls(join(folder, 'polls.ndjson'))
  if (polls.size === 0) return null
  const { start, hosts } = parseStart(await readFile(join(folder, 'start.json'), 'utf8'))

  const seen = await countSessions(spooled)
  for (const { host_id, session_count } of polls.values()) {
    if ((seen.get(host_id) ?? 0) !== (session_count ?? 0)) polls.delete(host_id)
  }
  const observed = [...polls.values()].flatMap((poll) => poll.observed_at ?? [])

  const tally = emptyTally()
  const lines = {
    snapshots: join(folder, 'salvaged-snapshots.ndjson'),
    polls: join(folder, 'salvaged-polls.ndjson'),
  }
  await writeFile(lines.snapshots, salvagedSnapshots(spooled, polls, tally))
  await writeFile(lines.polls, salvagedPolls(polls, hosts, tally))
  return {
    folder,
    start,
    hosts,
    lines,
    tally,
    finishedAt: new Date(observed.toSorted().at(-1) ?? start.startedAt),
  }
}

async function readPolls(file: string): Promise<Map<string, SpooledPoll>> {
  const polls = new Map<string, SpooledPoll>()
  for await (const line of wholeLines(file)) {
    const poll = pollLine.parse(JSON.parse(line))
    polls.set(poll.host_id, { ...poll, line })
  }
  return polls
}

async function countSessions(file: string): Promise<Map<string, number>> {
  const seen = new Map<string, number>()
  for await (const line of wholeLines(file)) {
    const { host_id, session_id } = snapshotLine.parse(JSON.parse(line))
    seen.set(host_id, (seen.get(host_id) ?? 0) + session_id.length)
  }
  return seen
}

async function* salvagedSnapshots(
  file: string,
  polls: ReadonlyMap<string, SpooledPoll>,
  tally: Tally,
): AsyncGenerator<string> {
  for await (const line of wholeLines(file)) {
    if (!polls.has(snapshotLine.parse(JSON.parse(line)).host_id)) continue
    countLine(tally, 'snapshots', Buffer.from(line))
    yield `${line}\n`
  }
}

function* salvagedPolls(
  polls: ReadonlyMap<string, SpooledPoll>,
  hosts: Answered['hosts'],
  tally: Tally,
): Generator<string> {
  for (const { line, outcome, session_count } of polls.values()) {
    countPoll(tally, outcome, session_count ?? 0)
    countLine(tally, 'polls', Buffer.from(line))
    yield `${line}\n`
  }
  for (const host of hosts) {
    if (polls.has(host.hostId)) continue
    const { poll: line } = linesOf(unreachedPoll(host, 'crashed'))
    countPoll(tally, 'skipped_deadline', 0)
    countLine(tally, 'polls', Buffer.from(line))
    yield `${line}\n`
  }
}

/**
 * Lines that have their end; what a crash cut off has not. By hand, for `readline` also breaks
 * lines at U+2028, which JSON does not escape.
 */
async function* wholeLines(file: string): AsyncGenerator<string> {
  // A crash before the first poll may have left no file.
  if (!existsSync(file)) return
  let rest = ''
  for await (const chunk of createReadStream(file, 'utf8')) {
    const lines = `${rest}${String(chunk)}`.split('\n')
    rest = lines.pop() ?? ''
    yield* lines
  }
}
