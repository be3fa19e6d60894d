/**
 * Tally: what a run's record says about its rows, counted while the lines are written.
 */

import type { PollOutcome } from '../domain/poll.ts'
import type { OutcomeCounts } from '../domain/run.ts'
import { lineHash } from './lines.ts'
import type { Table } from './parquet.ts'

export interface LineTally {
  rows: number
  hashes: string[]
  longestLineBytes: number
}

export interface Tally {
  counts: OutcomeCounts
  sessions: number
  lines: Record<Table, LineTally>
}

export function emptyTally(): Tally {
  return {
    counts: {},
    sessions: 0,
    lines: {
      snapshots: { rows: 0, hashes: [], longestLineBytes: 0 },
      polls: { rows: 0, hashes: [], longestLineBytes: 0 },
    },
  }
}

/** Counts one poll; its lines are counted one by one. */
export function countPoll(tally: Tally, outcome: PollOutcome, sessions: number): void {
  tally.counts[outcome] = (tally.counts[outcome] ?? 0) + 1
  tally.sessions += sessions
  tally.lines.polls.rows += 1
  tally.lines.snapshots.rows += sessions
}

/** Counts one line of a table. */
export function countLine({ lines }: Tally, table: Table, bytes: Uint8Array): void {
  const tally = lines[table]
  tally.hashes.push(lineHash(bytes))
  tally.longestLineBytes = Math.max(tally.longestLineBytes, bytes.length)
}
