/**
 * Edges: the outside world, as the domain and the jobs need it.
 *
 * Every interface here has one real form in an adapter, and may have a fake in `test/fakes.ts`.
 * `connect.ts` chooses.
 */

import type { Host, KnownHost } from './host.ts'
import type { Poll } from './poll.ts'
import type { RunRecord, RunStart } from './run.ts'
import type { Subscription, SubscriptionOutcome } from './subscription.ts'

export interface Clock {
  now(): Date
  /** Waits. Rejects with `signal.reason` at once when aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

/** Randomness: for jitter and for the suffix of a run's id. */
export interface Dice {
  /** A number from 0 up to, not including, 1. */
  roll(): number
}

/** Azure, as far as the ledger asks it. */
export interface BastionSource {
  /**
   * Lists every subscription that the identity can see.
   *
   * @throws {LedgerError} `not_signed_in`, or `unreachable` where Azure gave no list.
   */
  listSubscriptions(signal: AbortSignal): Promise<Subscription[]>
  /** Lists the hosts of one subscription. Rejects only when aborted. */
  listHosts(subscriptionId: string, signal: AbortSignal): Promise<HostListing>
  /** Resolves when one more host can be asked without queueing behind requests under way. */
  turn(signal: AbortSignal): Promise<void>
  /** Asks one host who is connected. Rejects only when aborted. */
  pollHost(host: Host, signal: AbortSignal): Promise<Poll>
}

/** What came of listing the hosts of one subscription. */
export interface HostListing {
  outcome: SubscriptionOutcome
  /** Empty unless `ok`. */
  hosts: Host[]
  errorCode: string | null
  errorMessage: string | null
}

/** The ledger's files, for the one who adds to them. */
export interface Ledger {
  /** Whether a run of this slot is recorded. */
  hasSlot(slot: Date): Promise<boolean>
  /** Every host of earlier runs, as last listed. */
  knownHosts(): Promise<KnownHost[]>
  /** Turns what crashed runs had been answered into runs; returns their ids. */
  recover(): Promise<string[]>
  /** Begins a run: from here on a crash loses nothing that was answered. */
  begin(start: RunStart, hosts: readonly Host[]): Promise<RunWriter>
}

/** Takes a run's polls as they come, and makes the run exist at the end. */
export interface RunWriter extends AsyncDisposable {
  add(poll: Poll): Promise<void>
  /**
   * Writes the files, then the record.
   *
   * @returns null where another collector recorded the same slot first; then nothing was written.
   * @throws {LedgerError} `storage`, with what was answered left for the next run to recover.
   */
  commit(finishedAt: Date): Promise<RunRecord | null>
}

/** Told how a run is going. */
export interface Progress {
  listed(subscriptions: number, of: number): void
  polled(poll: Poll, of: number): void
}

/** What a cell of an answer may hold: JSON, with times as RFC 3339 UTC and large integers as text. */
export type Cell = string | number | boolean | null | Cell[] | { [name: string]: Cell }

/** One read-only question to the ledger, answered by SQL. */
export interface Queries {
  /**
   * Runs exactly one SELECT over the ledger's views.
   *
   * @param parameters Values for `$1`, `$2` …
   * @throws {LedgerError} `query` where the SQL is refused or wrong, `empty` where no run is
   *   recorded yet, `damaged` where a stored file cannot be read.
   */
  query(sql: string, options?: QueryOptions): Promise<QueryResult>
}

export interface QueryOptions {
  parameters?: readonly (string | number)[]
  signal?: AbortSignal
}

/** An answer, read as it comes. Must be closed. */
export interface QueryResult extends AsyncDisposable {
  /** Names, and DuckDB's names of their types. */
  columns: readonly { name: string; type: string }[]
  /** Rows in batches, each row in the order of the columns. */
  batches(): AsyncIterable<Cell[][]>
  /** What the answer leaves out, one line each: files that are damaged, hosts that could not be read. */
  warnings: readonly string[]
}

/** Immutable files under names that are used once. */
export interface Store {
  /** For messages: the folder or the URL. */
  readonly location: string
  /**
   * Creates a file from one on this machine.
   *
   * @param path Relative, with slashes, and only of characters that every store allows.
   * @returns `exists` where the name is taken; the file under it is left alone.
   * @throws {LedgerError} `storage`.
   */
  create(path: string, source: { file: string } | { text: string }): Promise<'created' | 'exists'>
  /** The whole file, or null where there is none. */
  read(path: string): Promise<Uint8Array | null>
  /** The files whose path begins with the prefix, in order of path. */
  list(prefix: string): AsyncIterable<StoredFile>
  /** Where this machine's DuckDB can read these files, in the same order. */
  local(paths: readonly string[]): Promise<string[]>
}

export interface StoredFile {
  path: string
  bytes: number
}
