/**
 * Collect: one run over every host in scope, from the list of subscriptions to the run's record.
 *
 * A host or a subscription that fails is a row with its outcome, and the run goes on. What ends a
 * run early (its deadline, an interruption) ends the asking, not the storing.
 */

import type { BastionSource, Clock, Dice, Ledger, Progress, RunWriter } from '../domain/edges.ts'
import { LedgerError, messageOf } from '../domain/errors.ts'
import type { Host } from '../domain/host.ts'
import { unreachedPoll } from '../domain/poll.ts'
import { slotRunId, suffixedRunId, type RunRecord, type RunStart } from '../domain/run.ts'
import { unmatchedPatterns, type ScopeFilter } from '../domain/subscription.ts'
import { findPopulation, type Population, type PopulationOptions } from './population.ts'

export interface CollectOptions {
  /** The timer's slot; null for a run that a person started. */
  scheduledFor: Date | null
  filter: ScopeFilter
  /** When to stop asking (default 240,000). */
  runDeadlineMs?: number
  /** Stops asking; what was answered so far is still stored. */
  signal?: AbortSignal
  progress?: Progress
}

export interface CollectResult {
  /** null where the slot was already recorded: nothing was asked or written. */
  run: RunRecord | null
  /** The signal ended the asking. */
  interrupted: boolean
  /** Ids of runs that earlier crashes had left behind and that are stored now. */
  recovered: string[]
  /** Include patterns that no visible subscription matches. */
  unmatched: string[]
}

/**
 * Collects one run.
 *
 * @throws {LedgerError} `not_signed_in` before anything is written, `storage` where the run cannot
 *   be stored. A run that could read nothing is stored too, with outcome `failed`.
 */
export async function collect(
  edges: { clock: Clock; dice: Dice; azure: BastionSource; ledger: Ledger },
  options: CollectOptions,
): Promise<CollectResult> {
  const { clock, ledger } = edges
  const { scheduledFor, filter, runDeadlineMs = 240_000, signal, progress } = options
  const result = { interrupted: false, unmatched: [] }
  if (scheduledFor && (await ledger.hasSlot(scheduledFor))) {
    return { ...result, run: null, recovered: [] }
  }

  const startedAt = clock.now()
  await using bounds = openBounds(clock, runDeadlineMs, signal)
  const known = await ledger.knownHosts()
  const population = await readPopulation(edges, bounds, { known, filter, progress })
  // Only now: a run that is not signed in leaves no trace.
  const recovered = await ledger.recover()
  const start: RunStart = {
    runId: scheduledFor ? slotRunId(scheduledFor) : suffixedRunId(startedAt, suffix(edges.dice)),
    trigger: scheduledFor ? 'timer' : 'manual',
    scheduledFor,
    startedAt,
    subscriptions: population.subscriptions,
    error: population.error,
  }
  await using writer = await ledger.begin(start, population.hosts)
  await pollAll(edges, population.hosts, writer, { progress, bounds })
  return {
    run: await writer.commit(clock.now()),
    interrupted: signal?.aborted ?? false,
    recovered,
    unmatched: population.error ? [] : unmatchedPatterns(filter.include, population.visible),
  }
}

/** The run's signal: aborted by the caller, or by the deadline. */
interface Bounds extends AsyncDisposable {
  signal: AbortSignal
  cause(): 'interrupted' | 'deadline'
}

function openBounds(clock: Clock, runDeadlineMs: number, signal?: AbortSignal): Bounds {
  const end = new AbortController()
  const deadline = new AbortController()
  const timer = clock.sleep(runDeadlineMs, end.signal).then(
    () => deadline.abort(new Error('The run reached its deadline')),
    () => undefined,
  )
  return {
    signal: AbortSignal.any(signal ? [signal, deadline.signal] : [deadline.signal]),
    cause: () => (signal?.aborted ? 'interrupted' : 'deadline'),
    async [Symbol.asyncDispose]() {
      end.abort()
      await timer
    },
  }
}

/** Finds whom to ask; a list of subscriptions that cannot be read is a failed run, not a crash. */
async function readPopulation(
  { azure }: { azure: BastionSource },
  bounds: Bounds,
  options: Pick<PopulationOptions, 'known' | 'filter' | 'progress'>,
): Promise<Population & { error: RunStart['error'] }> {
  try {
    const population = await findPopulation(azure, {
      ...options,
      signal: bounds.signal,
      cause: bounds.cause,
    })
    return { ...population, error: null }
  } catch (error) {
    if (bounds.signal.aborted && bounds.cause() === 'deadline') {
      return failed('deadline', 'The run reached its deadline before the subscriptions were listed')
    }
    if (!(error instanceof LedgerError) || error.code === 'not_signed_in') throw error
    return failed(error.code, error.message)
  }
}

function failed(code: string, message: string): Population & { error: RunStart['error'] } {
  return { subscriptions: [], visible: [], hosts: [], error: { code, message } }
}

async function pollAll(
  { azure }: { azure: BastionSource },
  hosts: readonly Host[],
  writer: RunWriter,
  { progress, bounds }: { progress: Progress | undefined; bounds: Bounds },
): Promise<void> {
  const failure = new AbortController()
  const signal = AbortSignal.any([bounds.signal, failure.signal])
  const record = async (host: Host) => {
    const poll = await azure.pollHost(host, signal).catch((error: unknown) => {
      if (bounds.signal.aborted) return unreachedPoll(host, bounds.cause())
      throw error
    })
    await writer.add(poll)
    progress?.polled(poll, hosts.length)
  }

  const underWay = new Set<Promise<void>>()
  for (const host of hosts) {
    // At the deadline every host left is recorded at once, by the same path.
    if (!signal.aborted) await azure.turn(signal).catch(() => undefined)
    if (failure.signal.aborted) break
    const one = record(host)
      .catch((error: unknown) => failure.abort(error))
      .finally(() => underWay.delete(one))
    underWay.add(one)
  }
  await Promise.all(underWay)
  if (failure.signal.aborted) throw asError(failure.signal.reason)
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(messageOf(reason))
}

/** Four characters that tell apart the runs of one second. */
function suffix(dice: Dice): string {
  return Math.floor(dice.roll() * 36 ** 4)
    .toString(36)
    .padStart(4, '0')
}
