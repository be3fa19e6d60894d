/**
 * Edges: the outside world, as the domain and the jobs need it.
 *
 * Every interface here has one real form in an adapter, and may have a fake in `test/fakes.ts`.
 * `connect.ts` chooses.
 */

import type { LedgerError } from './errors.ts'
import type { Host, KnownHost } from './host.ts'
import type { Identity, Probe } from './inspection.ts'
import type { Poll } from './poll.ts'
import type { ParameterValue } from './rule-parameter.ts'
import type { RunRecord, RunShards, RunStart } from './run.ts'
import type { Subscription, SubscriptionOutcome, SubscriptionPoll } from './subscription.ts'

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
  /**
   * Lists the subscriptions under a management group, at any depth, whether or not they are visible.
   *
   * @throws {LedgerError} `not_signed_in`, `no_permission`, or `unreachable` where Azure gave no list.
   */
  listGroup(
    managementGroup: string,
    signal: AbortSignal,
  ): Promise<Pick<Subscription, 'subscriptionId' | 'name'>[]>
  /** Asks Resource Graph for the hosts of these subscriptions. Rejects only when aborted. */
  searchHosts(subscriptionIds: readonly string[], signal: AbortSignal): Promise<HostSearch>
  /**
   * Lists the hosts of one subscription. Rejects only when aborted.
   *
   * @param begun Called with how many hosts are on the first page, when that is here.
   */
  listHosts(
    subscriptionId: string,
    signal: AbortSignal,
    begun?: (hosts: number) => void,
  ): Promise<HostListing>
  /** So many hosts will soon be asked: opens connections for them. */
  expect(hosts: number): void
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

/** What Resource Graph knows. It can lack hosts, and whatever else it should know. */
export interface HostSearch {
  /** By subscription. One that it does not know, or could not be asked about, is not in it. */
  found: ReadonlyMap<string, Host[]>
  /** Why it could not be asked about all of them; null where it could. */
  error: { code: string; message: string } | null
}

/** A look at how this machine reaches Azure and the warehouse. */
export interface Inspection {
  /** Asks for a token, and tells for whom it is. @throws {LedgerError} `not_signed_in` */
  identify(signal: AbortSignal): Promise<Identity>
  /**
   * How far this machine's clock is ahead of Azure's, in milliseconds, give or take a second; null
   * where Azure does not say.
   *
   * @throws {LedgerError} `not_signed_in` or `unreachable`.
   */
  clockAheadMs(signal: AbortSignal): Promise<number | null>
  /** Asks one host, and describes what went to and fro. Rejects only when aborted. */
  probeHost(host: Host, signal: AbortSignal): Promise<Probe>
  /** Whether files could be created in the warehouse and read. @throws {LedgerError} `storage` */
  checkWarehouse(): Promise<void>
  nodeVersion: string
  /** Loads DuckDB. */
  duckdbVersion(): Promise<string>
}

/** The ledger's files, for the one who adds to them. */
export interface Ledger {
  /** Whether a run of this slot is recorded. */
  hasSlot(slot: Date): Promise<boolean>
  /** Every host of earlier runs, as last listed. */
  knownHosts(): Promise<KnownHost[]>
  /** Turns what crashed runs had been answered into runs; returns their ids. */
  recover(): Promise<string[]>
  /** The newest run of the last day; null where there is none. Loads nothing heavy. */
  newestRun(): Promise<RunRecord | null>
  /** Begins a run: from here on a crash loses nothing that was answered. */
  begin(start: RunStart, hosts: readonly Host[]): Promise<RunWriter>
}

/** What the shards of one run share, so that collectors which never meet agree. */
export interface Shards {
  /** Keeps the hosts of a run. @returns The path under which its shards find them. */
  storeHosts(slot: Date, hosts: readonly Host[]): Promise<string>
  /** @throws {LedgerError} `damaged` where the file is missing or not what was stored. */
  readHosts(path: string): Promise<Host[]>
  /** How the recorded run of a slot is split; null where it is not, or there is none. */
  planOf(slot: Date): Promise<RunShards | null>
  /** Whether this shard of the slot is recorded. */
  has(slot: Date, shard: { shard: number; of: number }): Promise<boolean>
}

/** Takes a run's polls as they come, and makes the run exist at the end. */
export interface RunWriter extends AsyncDisposable {
  add(poll: Poll): Promise<void>
  /**
   * Puts another population in the place of the one that the run began with: late lists have come.
   *
   * @throws {RangeError} If a host that has its poll is not in it.
   */
  amend(subscriptions: readonly SubscriptionPoll[], hosts: readonly Host[]): Promise<void>
  /**
   * Writes the files, then the record.
   *
   * @returns null where another collector recorded the same slot first; then nothing was written.
   * @throws {LedgerError} `storage`, with what was answered left for the next run to recover.
   */
  commit(finishedAt: Date): Promise<RunRecord | null>
}

/** The ledger's closed days, each to become one sorted file a table. */
export interface Days {
  /**
   * Compacts every closed day that is not compacted yet, oldest first. Each is whole, or not begun:
   * it can be stopped at any time.
   *
   * @returns What came of each day that has a record, or could have had one.
   * @throws {LedgerError} `storage`; `signal.reason` when aborted.
   */
  compact(options?: CompactOptions): Promise<CompactedDay[]>
}

export interface CompactOptions {
  /** Only says what would be done. */
  dryRun?: boolean
  /** Leaves damaged raw files out, and says so in the day's record, instead of the whole day. */
  leaveOutDamaged?: boolean
  signal?: AbortSignal
  /** Told which step of which day begins. */
  progress?: (date: string, step: CompactStep) => void
  /** Told after each day. */
  done?: (day: CompactedDay) => void
}

export const COMPACT_STEPS = ['read', 'sort', 'sessions', 'compare', 'store'] as const
export type CompactStep = (typeof COMPACT_STEPS)[number]

/** What came of one day. */
export interface CompactedDay {
  date: string
  /**
   * `compacted` now · `ready`: would be compacted (a dry run) · `open`: not over, or a run of it is
   * under way · `damaged`: a raw file of it cannot be read · `waiting`: an earlier day is not
   * compacted, and open sessions are carried from one to the next.
   */
  outcome: 'compacted' | 'ready' | 'open' | 'damaged' | 'waiting'
  /** Why it is not compacted; null where it is. */
  why: string | null
  runs: number
  /** Rows of `snapshots`; null unless compacted. */
  rows: number | null
  /** Of the raw files; null where they were not looked at. */
  rawBytes: number | null
  /** Of the daily files; null unless compacted. */
  dailyBytes: number | null
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
  /**
   * Runs the same, and writes the answer as Parquet into a file of this machine.
   *
   * @throws {LedgerError} As `query` does, here before anything is given out.
   */
  copy(sql: string, options?: QueryOptions): Promise<QueryFile>
  /**
   * Answers several questions over the same files: a run that is recorded meanwhile is in none of the
   * answers. One that cannot be answered does not stop the others.
   *
   * @throws {LedgerError} `empty`, `damaged`, `storage`; `signal.reason` when aborted.
   */
  batch(questions: readonly BatchQuestion[], options?: BatchOptions): Promise<BatchAnswer>
  /**
   * The same views as SQL, for any other client of DuckDB, over the files that there are now.
   *
   * @throws {LedgerError} `empty` where no run is recorded, or none in that time.
   */
  script(options?: ScriptOptions): Promise<ViewScript>
}

export interface ScriptOptions {
  /** Only runs from then on. */
  from?: Date | undefined
  /** Only runs before then. */
  to?: Date | undefined
}

export interface ViewScript {
  sql: string
  /** How many compacted days and single runs it reads. */
  days: number
  runs: number
  /** What it leaves out. */
  warnings: readonly string[]
}

export interface QueryOptions {
  parameters?: readonly (string | number)[]
  signal?: AbortSignal
  /** Told while files are fetched to this machine. */
  progress?: FetchProgress
}

export interface BatchQuestion {
  sql: string
  /** Values by name. One that the SQL does not use is left out. */
  parameters: Readonly<Record<string, ParameterValue>>
  /** The most rows that its answer may have; one with more is an error. */
  mostRows: number
}

export interface BatchOptions extends Omit<QueryOptions, 'parameters'> {
  /** The moment that ages are counted to (default: now). */
  now?: Date
}

export interface BatchAnswer {
  /** In the order of the questions: rows by column, or why there are none. */
  answers: readonly (BatchRows | { error: LedgerError })[]
  /** What all of them leave out, one line each. */
  warnings: readonly string[]
}

export interface BatchRows {
  columns: readonly string[]
  rows: readonly Record<string, Cell>[]
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

/** An answer as a Parquet file, with the types that DuckDB gives it. Closing it removes the file. */
export interface QueryFile extends AsyncDisposable {
  file: string
  rows: number
  /** What the answer leaves out. */
  warnings: readonly string[]
}

/** Immutable files under names that are used once. */
export interface Store {
  /** For messages: the folder or the URL. */
  readonly location: string
  /** Where the files are on this machine; null where they are elsewhere, and `local` brings them. */
  readonly folder: string | null
  /**
   * Creates a file from one on this machine.
   *
   * @param path Relative, with slashes, and only of characters that every store allows.
   * @returns `exists` where the name is taken; the file under it is left alone.
   * @throws {LedgerError} `storage`.
   */
  create(
    path: string,
    source: { file: string } | { text: string },
    options?: { signal?: AbortSignal },
  ): Promise<'created' | 'exists'>
  /** The whole file, or null where there is none. */
  read(path: string, options?: { signal?: AbortSignal }): Promise<Uint8Array | null>
  /** The paths of all files that begin with the prefix, in order. */
  list(prefix: string): AsyncIterable<string>
  /**
   * The names of the folders right below a folder, in order. Costs as much as there are of them,
   * however many files they hold.
   *
   * @param folder Its path, with a slash at the end.
   */
  folders(folder: string): Promise<string[]>
  /**
   * Where this machine's DuckDB can read these files, in the same order. A file that is not stored is
   * not there; one that cannot be had as it was stored is empty.
   *
   * @param folder A folder of the caller's on this machine, made when it is needed. What is not on
   *   this machine already is put there, and can be read until the caller removes it.
   * @throws {LedgerError} `storage`; `signal.reason` when aborted.
   */
  local(paths: readonly string[], folder: string, options?: LocalOptions): Promise<string[]>
}

export interface LocalOptions {
  /** Looks again, byte by byte, at what is kept on this machine: it may have been damaged here. */
  doubted?: boolean
  signal?: AbortSignal | undefined
  /** Told after each file that is fetched from elsewhere. */
  progress?: FetchProgress | undefined
}

/** Told how far fetching has come. */
export type FetchProgress = (fetched: number, of: number) => void
