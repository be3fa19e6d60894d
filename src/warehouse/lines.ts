/**
 * Lines: how polls and snapshots travel into Parquet, and what their digest is taken over.
 *
 * Both files of a run's spool are NDJSON. A line of `polls` is one row. A line of `snapshots` is
 * up to 1,000 rows of one host, by column: what they share once, everything else as lists. That is
 * less than half the text of a line a row, and DuckDB reads it in half the time.
 *
 * The content digest says what the rows are, however they are stored: a file of one run and a file
 * of a whole day give the same. It is the SHA-256, in hexadecimal, of the run's id and the SHA-256
 * of each line, in the order of these hashes, all joined by LF. A line is JSON as ECMAScript's
 * `JSON.stringify` writes it: columns in the order of their declaration (tables.ts) without
 * `run_id`, times as RFC 3339 with milliseconds and `Z`, NULL as null. The rows of a host are
 * sorted by session id (by UTF-16 code units), then cut after every 1,000.
 */

import { createHash, hash } from 'node:crypto'

import type { Poll } from '../domain/poll.ts'
import type { Session } from '../domain/session.ts'
import { pollRow, snapshotGroup } from '../domain/tables.ts'

// A host with 100,000 sessions must not need one line, and DuckDB one buffer, of 60 MB.
export const ROWS_A_LINE = 1000

export interface PollLines {
  poll: string
  /** Empty where the poll has no sessions. */
  snapshots: string[]
}

/** The lines of one poll, without their line ends. */
export function linesOf(poll: Poll): PollLines {
  const sessions = poll.sessions.toSorted(bySessionId)
  const snapshots: string[] = []
  for (let from = 0; from < sessions.length; from += ROWS_A_LINE) {
    snapshots.push(toLine(snapshotGroup(poll, sessions.slice(from, from + ROWS_A_LINE))))
  }
  return { poll: toLine(pollRow(poll)), snapshots }
}

/** The digest of a run's rows in one file, from its lines' hashes in any order. */
export function contentDigest(runId: string, lineHashes: readonly string[]): string {
  const digest = createHash('sha256').update(runId)
  for (const one of lineHashes.toSorted()) digest.update('\n').update(one)
  return digest.digest('hex')
}

/** The hash of one line, without its end. */
export function lineHash(line: Uint8Array): string {
  return hash('sha256', line)
}

function bySessionId(one: Session, other: Session): number {
  if (one.sessionId < other.sessionId) return -1
  return one.sessionId > other.sessionId ? 1 : 0
}

function toLine(row: object): string {
  const line = JSON.stringify(row)
  // Half a surrogate pair is no Unicode text: JSON can escape it, but no JSON reader takes it, and
  // one such name would lose the whole run. It becomes U+FFFD.
  return line.includes('\\ud') ? JSON.stringify(row, wellFormed) : line
}

function wellFormed(_name: string, value: unknown): unknown {
  return typeof value === 'string' ? value.toWellFormed() : value
}
