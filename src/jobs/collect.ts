/**
 * Collect: one run over every host in scope, from the list of subscriptions to the run's record.
 *
 * A host or a subscription that fails is a row with its outcome, and the run goes on. What ends a
 * run early (its deadline, an interruption) ends the asking, not the storing.
 */

import type { Discovery } from '../domain/discovery.ts'
import type {
  BastionSource,
  Clock,
  Dice,
  Ledger,
  Progress,
  RunWriter,
  Shards,
} from '../domain/edges.ts'
import { LedgerError } from '../domain/errors.ts'
import { slotRunId, suffixedRunId, type RunRecord, type RunStart } from '../domain/run.ts'
import type { Shard } from '../domain/shard.ts'
import { unmatchedPatterns, type ScopeFilter } from '../domain/subscription.ts'
import { missingShards, planShards } from './plan-shards.ts'
import { openBounds, pollAll, type Bounds } from './polling.ts'
import { findPopulation, type FoundPopulation, type PopulationOptions } from './population.ts'

export interface CollectOptions {
  /** The timer's slot; null for a run that a person started. */
  scheduledFor: Date | null
  filter: ScopeFilter
  /** How hosts are looked for (default `arm`). */
  discovery?: Discovery
  /** Beyond so many hosts, a slot's hosts are left to shards (default: never). */
  shardHosts?: number
  /** When to stop asking (default 240,000). */
  runDeadlineMs?: number
  /** Stops asking; what was answered so far is still stored. */
  signal?: AbortSignal
  progress?: Progress
}

export interface CollectResult {
  /** null where the slot was already recorded: nothing was asked or written. */
  run: RunRecord | null
  /** What is left to others to ask; empty where this run asked its hosts itself. */
  shards: Shard[]
  /** The signal ended the asking. */
  interrupted: boolean
  /** Ids of runs that earlier crashes had left behind and that are stored now. */
  recovered: string[]
  /** Include patterns that no subscription matches. */
  unmatched: string[]
}

/**
 * How long the first lists of hosts wait for the last. One subscription that is slow to list, or
 * throttled, must not hold up the hosts of all others.
 */
const PATIENCE_MS = 3000

/**
 * Collects one run.
 *
 * @throws {LedgerError} `not_signed_in` before anything is written, `storage` where the run cannot
 *   be stored. A run that could read nothing is stored too, with outcome `failed`.
 */
export async function collect(
  edges: { clock: Clock; dice: Dice; azure: BastionSource; ledger: Ledger; shards: Shards },
  options: CollectOptions,
): Promise<CollectResult> {
  const { clock, ledger } = edges
  const { scheduledFor, filter, discovery = 'arm', signal, progress } = options
  const { shardHosts = Infinity } = options
  const result = { interrupted: false, unmatched: [], shards: [] }
  if (scheduledFor && (await ledger.hasSlot(scheduledFor))) {
    const shards = await missingShards(edges.shards, scheduledFor)
    return { ...result, run: null, shards, recovered: [] }
  }

  const startedAt = clock.now()
  await using bounds = openBounds(clock, options.runDeadlineMs ?? 240_000, signal)
  const known = ledger.knownHosts()
  const isForShards = (hosts: number) => scheduledFor !== null && hosts > shardHosts
  const population = await readPopulation(edges, bounds, {
    known,
    filter,
    discovery,
    progress,
    expected(hosts) {
      if (!isForShards(hosts)) edges.azure.expect(hosts)
    },
  })
  // Only now: a run that is not signed in leaves no trace.
  const recovered = await ledger.recover()
  // A collector of this very slot had crashed: what it was answered is the slot's run.
  if (scheduledFor && recovered.length > 0 && (await ledger.hasSlot(scheduledFor))) {
    return { ...result, run: null, recovered }
  }
  const start: RunStart = {
    runId: scheduledFor ? slotRunId(scheduledFor) : suffixedRunId(startedAt, suffix(edges.dice)),
    trigger: scheduledFor ? 'timer' : 'manual',
    scheduledFor,
    startedAt,
    discovery,
    filter,
    subscriptions: population.subscriptions,
    error: population.error,
  }
  const { candidates } = population
  const ending = () => ({
    interrupted: signal?.aborted ?? false,
    recovered,
    unmatched: population.error ? [] : unmatchedPatterns(filter.include, candidates),
  })
  if (scheduledFor && isForShards(population.hosts.length)) {
    const { subscriptions, hosts } = (await population.rest) ?? population
    const plan = await planShards(
      edges,
      { ...start, subscriptions, scheduledFor },
      hosts,
      shardHosts,
    )
    return { ...plan, ...ending() }
  }
  await using writer = await ledger.begin(start, population.hosts)
  await askAll(edges, population, writer, { progress, bounds })
  return { run: await writer.commit(clock.now()), shards: [], ...ending() }
}

/** Asks the hosts that are known, and those of late lists as soon as these have come. */
async function askAll(
  edges: { azure: BastionSource },
  { ready, hosts, rest }: FoundPopulation,
  writer: RunWriter,
  options: { progress: Progress | undefined; bounds: Bounds },
): Promise<void> {
  const first = pollAll(edges, ready, writer, { ...options, of: hosts.length })
  const asked = new Set(ready.map(({ hostId }) => hostId))
  const second = async () => {
    if (rest === null) return
    const whole = await rest
    await writer.amend(whole.subscriptions, whole.hosts)
    const others = whole.hosts.filter(({ hostId }) => !asked.has(hostId))
    await pollAll(edges, others, writer, { ...options, of: whole.hosts.length })
  }
  // Both to their end: the writer must not be closed under one of them.
  const failure = (await Promise.allSettled([first, second()])).find(isRejected)
  if (failure) throw failure.reason
}

function isRejected(result: PromiseSettledResult<unknown>): result is PromiseRejectedResult {
  return result.status === 'rejected'
}

/** Finds whom to ask; a list of subscriptions that cannot be read is a failed run, not a crash. */
async function readPopulation(
  edges: { azure: BastionSource; clock: Clock; dice: Dice },
  bounds: Bounds,
  options: Omit<PopulationOptions, 'signal' | 'cause' | 'patience'>,
): Promise<FoundPopulation & { error: RunStart['error'] }> {
  const found = new AbortController()
  const patience = edges.clock.sleep(PATIENCE_MS, found.signal).catch(() => undefined)
  try {
    const population = await findPopulation(edges, {
      ...options,
      signal: bounds.signal,
      cause: bounds.cause,
      patience,
    })
    return { ...population, error: null }
  } catch (error) {
    // A ledger that cannot be read ends the run: that is nothing to record of Azure.
    await options.known
    if (bounds.signal.aborted && bounds.cause() === 'deadline') {
      return failed('deadline', 'The run reached its deadline before the subscriptions were listed')
    }
    if (!(error instanceof LedgerError) || error.code === 'not_signed_in') throw error
    return failed(error.code, error.message)
  } finally {
    found.abort()
    await patience
  }
}

function failed(code: string, message: string): FoundPopulation & { error: RunStart['error'] } {
  const nobody = { subscriptions: [], candidates: [], hosts: [], ready: [], rest: null }
  return { ...nobody, error: { code, message } }
}

/** Four characters that tell apart the runs of one second. */
function suffix(dice: Dice): string {
  return Math.floor(dice.roll() * 36 ** 4)
    .toString(36)
    .padStart(4, '0')
}
