/**
 * Small histories of runs, in an engine without files, and what each slot of them came to by a plain
 * count: to compare the views `coverage` and `gaps` with.
 */

import * as fc from 'fast-check'

import { POLL_OUTCOMES, type PollOutcome } from '../../src/domain/poll.ts'
import { slotOf, slotRunId } from '../../src/domain/run.ts'
import { startEngine, type Engine } from '../../src/warehouse/duckdb.ts'
import { historyOf } from '../../src/warehouse/host-history.ts'
import { summaryOf } from '../../src/warehouse/poll-summary.ts'
import { allViews, emptyTables } from '../../src/warehouse/views.ts'

const START = Date.parse('2026-11-20T00:00:00Z')
const HOUR_MS = 3_600_000
const HOSTS = ['a', 'b'] as const

export interface MadeRun {
  runId: string
  at: number
  polls: { host: string; outcome: PollOutcome }[]
}

export interface History {
  runs: MadeRun[]
  now: number
  intervalMs: number
  recentFrom: string
}

const OUTCOMES = fc.constantFrom<PollOutcome | null>(
  ...(['ok', 'ok', 'ok', 'throttled', 'denied', 'not_found', 'skipped_unsupported', null] as const),
)

/** A few runs over a few days: at their slot or beside it, twice in a slot, or in shards. */
export const histories: fc.Arbitrary<History> = fc
  .record({
    intervalMs: fc.constantFrom(5 * HOUR_MS, 6 * HOUR_MS, 24 * HOUR_MS),
    runs: fc.uniqueArray(
      fc.record({
        minute: fc.oneof(
          fc.integer({ min: 0, max: 15 }).map((n) => n * 360),
          fc.integer({ min: 0, max: 5400 }),
        ),
        isSplit: fc.boolean(),
        outcomes: fc.tuple(OUTCOMES, OUTCOMES),
      }),
      { minLength: 1, maxLength: 12, selector: ({ minute }) => minute },
    ),
    recent: fc.nat({ max: 11 }),
    nowAfter: fc.integer({ min: 1, max: 4000 }),
  })
  .map(({ intervalMs, runs: made, recent, nowAfter }) => {
    const runs = made
      .toSorted((one, other) => one.minute - other.minute)
      .flatMap(({ minute, isSplit, outcomes }) => {
        const at = START + minute * 60_000
        const polls = HOSTS.flatMap((host, index) => {
          const outcome = outcomes[index] ?? null
          return outcome === null ? [] : [{ host, outcome }]
        })
        const runId = slotRunId(new Date(at))
        if (!isSplit) return [{ runId, at, polls }]
        const parts = polls.map((poll, index) => ({
          runId: `${runId}.s0${index + 1}of02`,
          at,
          polls: [poll],
        }))
        return [{ runId, at, polls: [] }, ...parts]
      })
    const last = Math.max(...runs.map(({ at }) => at))
    return {
      runs,
      intervalMs,
      now: last + nowAfter * 60_000,
      recentFrom: runs[recent % runs.length]?.runId ?? '',
    }
  })

/** Of a host. */
export interface Life {
  host: string
  isListed: boolean
  /** Number of the first of its slots. */
  first: number
  /** What each of them came to. */
  slots: (PollOutcome | 'not_asked' | 'no_run')[]
}

/** What every slot came to, counted one by one. */
export function livesOf({ runs, now, intervalMs, recentFrom }: History): Life[] {
  const slotNumber = (ms: number) => slotOf(new Date(ms), intervalMs).getTime() / intervalMs
  return HOSTS.flatMap((host) => {
    const polls = runs.flatMap((run) =>
      run.polls
        .filter((poll) => poll.host === host)
        .map(({ outcome }) => ({ outcome, runId: run.runId, slot: slotNumber(run.at) })),
    )
    const [firstPoll, lastPoll] = [polls[0], polls.at(-1)]
    if (!firstPoll || !lastPoll) return []
    const isListed = lastPoll.outcome !== 'not_found' && lastPoll.runId >= recentFrom
    const last = isListed ? Math.max(lastPoll.slot, slotNumber(now) - 1) : lastPoll.slot
    const slots = Array.from({ length: last - firstPoll.slot + 1 }, (_, index) => {
      const slot = firstPoll.slot + index
      const outcomes = polls.filter((poll) => poll.slot === slot).map(({ outcome }) => outcome)
      if (outcomes.includes('ok')) return 'ok'
      const hasRun = runs.some((run) => slotNumber(run.at) === slot)
      return outcomes.at(-1) ?? (hasRun ? 'not_asked' : 'no_run')
    })
    return [{ host, isListed, first: firstPoll.slot, slots }]
  })
}

/** What a slot with polls can come to that proves nothing. */
export const FAILURES = POLL_OUTCOMES.filter((outcome) => outcome !== 'ok')

/**
 * An engine with the views over a history. An answer takes one second, and is asked for at once.
 *
 * @param parts Polls are summarized in so many parts, each with polls from all over the history.
 */
export async function historyViews(history: History, parts: number): Promise<Engine> {
  const { runs, now, intervalMs, recentFrom } = history
  const engine = await startEngine({ threads: 1 })
  const views = { recentFrom, now: new Date(now), intervalMs }
  await engine.connection.run(`${emptyTables()};\n${allViews(views)}`)
  const records = runs.map(({ runId }) => `('${runId}')`)
  const polls = runs.flatMap(({ runId, at, polls: some }) =>
    some.map(
      ({ host, outcome }) =>
        `('${runId}', ${time(at)}, ${time(at + 1000)}, 's', 'rg', '${host}', '${host}', '${outcome}')`,
    ),
  )
  await engine.connection.run(`INSERT INTO raw.records (run_id) VALUES ${records.join(', ')}`)
  if (polls.length > 0) {
    await engine.connection.run(
      `INSERT INTO polls (run_id, requested_at, observed_at, subscription_id, resource_group,
         host_id, host_name, outcome) VALUES ${polls.join(', ')};
       INSERT INTO raw.recent_polls FROM polls WHERE run_id >= '${recentFrom}'`,
    )
  }
  for (const [name, of] of Object.entries({ poll_summary: summaryOf, host_history: historyOf })) {
    const inParts = Array.from({ length: parts }, (_, part) =>
      of(`(FROM polls WHERE hash(host_id, run_id) % ${parts} = ${part})`),
    )
    await engine.connection.run(
      `DROP VIEW raw.${name}; CREATE VIEW raw.${name} AS ${inParts.join(' UNION ALL ')}`,
    )
  }
  return engine
}

function time(ms: number): string {
  return `TIMESTAMPTZ '${new Date(ms).toISOString()}'`
}

/** Rows with numbers, and text for everything else. */
export async function rowsOf({ connection }: Engine, sql: string) {
  const reader = await connection.runAndReadAll(sql)
  return reader.getRowObjectsJson().map((row) =>
    Object.fromEntries(
      Object.entries(row).map(([name, value]) => {
        const isCount = typeof value === 'string' && /^-?\d+$/.test(value)
        return [name, isCount ? Number(value) : value]
      }),
    ),
  )
}
