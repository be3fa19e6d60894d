/**
 * A run: one pass over every host in scope, and its record.
 *
 * A run exists when its record exists. The record is written last, so whatever it names is whole.
 */

import { z } from 'zod'

import { DISCOVERIES, type Discovery } from './discovery.ts'
import { isFailure, isSkip, POLL_OUTCOMES, type PollOutcome } from './poll.ts'
import { SUBSCRIPTION_OUTCOMES, type ScopeFilter, type SubscriptionPoll } from './subscription.ts'

const RUN_ID = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z(-[0-9a-z]{4})?(\.s\d{2,5}of\d{2,5})?$/

/** The id of a timer's slot: `20261123T090500Z`. */
export function slotRunId(slot: Date): string {
  return `${slot.toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`
}

/** The id of a run that a person started, or of a second try at a slot: `20261123T090512Z-k3f9`. */
export function suffixedRunId(at: Date, suffix: string): string {
  return `${slotRunId(at)}-${suffix}`
}

/** The id of one part of a slot's run: `20261123T090500Z.s03of16`. */
export function shardRunId(slot: Date, { shard, of }: { shard: number; of: number }): string {
  const digits = Math.max(2, String(of).length)
  return `${slotRunId(slot)}.s${String(shard).padStart(digits, '0')}of${String(of).padStart(digits, '0')}`
}

/** Whether the text is a run id. Only such text ever becomes part of a path. */
export function isRunId(text: string): boolean {
  return RUN_ID.test(text)
}

/** The UTC date under which a run is kept: `2026-11-23`. */
export function runDate(runId: string): string {
  const match = RUN_ID.exec(runId)
  if (!match) throw new RangeError(`Cannot read the run id ${JSON.stringify(runId)}`)
  return `${match[1]}-${match[2]}-${match[3]}`
}

/** The slot of a scheduled time: floored to the interval, counted from midnight UTC. */
export function slotOf(at: Date, intervalMs: number): Date {
  return new Date(Math.floor(at.getTime() / intervalMs) * intervalMs)
}

export type RunTrigger = 'timer' | 'manual' | 'shard'

/** Where the hosts of a run are asked by other collectors, each recording its own part. */
export interface RunShards {
  count: number
  /** Hosts over all of them. */
  hosts: number
  /** Path of the file that names the hosts. */
  population: string
}

/**
 * `ok`: every subscription was listed and every host that can be asked answered · `partial`:
 * stored, but something did not answer · `failed`: nothing could be read.
 */
export type RunOutcome = 'ok' | 'partial' | 'failed'

/** What is known of a run before its first host is asked. */
export interface RunStart {
  runId: string
  trigger: RunTrigger
  /** The timer's slot; null for a run that a person started. */
  scheduledFor: Date | null
  startedAt: Date
  /** How hosts were looked for, and in which scope; absent in shards. */
  discovery?: Discovery
  filter?: ScopeFilter
  /** Those of the whole run; empty for one shard of it, which lists nothing itself. */
  subscriptions: readonly SubscriptionPoll[]
  /** Where shards ask the hosts: this run has no polls of its own. */
  shards?: RunShards
  /** Where the whole run failed before any subscription was known. */
  error: { code: string; message: string } | null
}

export type OutcomeCounts = Partial<Record<PollOutcome, number>>

/** The outcome of a run, from its subscriptions and its polls. Of a shard, from its polls alone. */
export function runOutcome(
  {
    trigger,
    subscriptions,
    error,
  }: Pick<RunStart, 'subscriptions' | 'error'> & Partial<Pick<RunStart, 'trigger'>>,
  counts: OutcomeCounts,
): RunOutcome {
  const hosts = sum(counts, () => true)
  const ok = counts.ok ?? 0
  const lists = subscriptions.filter(({ outcome }) => outcome === 'ok').length
  const incomplete =
    lists < subscriptions.length || sum(counts, isFailure) > 0 || (counts.skipped_deadline ?? 0) > 0
  if (error || (subscriptions.length === 0 && trigger !== 'shard')) return 'failed'
  if (!incomplete) return 'ok'
  return ok > 0 || (lists > 0 && hosts === 0) ? 'partial' : 'failed'
}

/** Hosts of a run, by what came of asking them. expected = ok + failed + skipped. */
export function hostTotals(counts: OutcomeCounts) {
  return {
    expected: sum(counts, () => true),
    ok: counts.ok ?? 0,
    failed: sum(counts, isFailure),
    skipped: sum(counts, isSkip),
  }
}

function sum(counts: OutcomeCounts, select: (outcome: PollOutcome) => boolean): number {
  return POLL_OUTCOMES.filter(select).reduce((total, outcome) => total + (counts[outcome] ?? 0), 0)
}

const instant = z.iso.datetime({ offset: true })
const count = z.int().nonnegative()

/** Path of a file that names a run's hosts. */
export const populationPath = z
  .string()
  .regex(/^v1\/raw\/populations\/date=\d{4}-\d{2}-\d{2}\/[0-9a-f]{64}\.json\.gz$/)

/** The run's record, as stored in `v1/raw/runs/…/<runId>.json`. */
export const runRecord = z.object({
  schema_version: z.literal(1),
  run_id: z.string().regex(RUN_ID),
  trigger: z.enum(['timer', 'manual', 'shard']),
  scheduled_for: instant.nullable(),
  started_at: instant,
  finished_at: instant,
  outcome: z.enum(['ok', 'partial', 'failed']),
  error_code: z.string().nullable(),
  error_message: z.string().nullable(),
  api_version: z.string(),
  collector_version: z.string(),
  /** How hosts were looked for; absent in shards, which look for none. */
  discovery: z.enum(DISCOVERIES).optional(),
  /** What limited the scope; absent in shards, which are given their hosts. */
  scope: z
    .object({
      include: z.array(z.string()),
      exclude: z.array(z.string()),
      management_group: z.string().nullable(),
    })
    .optional(),
  subscriptions: z.array(
    z.object({
      subscription_id: z.string(),
      name: z.string(),
      state: z.string(),
      outcome: z.enum(SUBSCRIPTION_OUTCOMES),
      /** Which list it was: only `arm` proves how many hosts there are (default `arm`). */
      listed_by: z.enum(DISCOVERIES).optional(),
      hosts: count.nullable(),
      error_code: z.string().nullable(),
      error_message: z.string().nullable(),
    }),
  ),
  /** Absent where the run asked its hosts itself. */
  shards: z
    .object({ count: z.int().positive(), hosts: count, population: populationPath })
    .optional(),
  /** Polls by outcome; outcomes that no poll had are left out. */
  counts: z.partialRecord(z.enum(POLL_OUTCOMES), count),
  sessions: count,
  files: z.array(
    z.object({
      path: z
        .string()
        .regex(/^v1\/raw\/(snapshots|polls)\/date=\d{4}-\d{2}-\d{2}\/[^/]+\.parquet$/),
      bytes: count,
      rows: count,
      sha256: z.string().regex(/^[0-9a-f]{64}$/),
      content_digest: z.string().regex(/^[0-9a-f]{64}$/),
    }),
  ),
})
export type RunRecord = z.infer<typeof runRecord>
