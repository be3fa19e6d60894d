/**
 * Sessions of polls that no Azure would answer: by SQL as by the definition, compacted or not.
 *
 * Repeat one that failed by its seed: `WILD_SEED=123 npm run test:long -- wild`.
 */

import { isDeepStrictEqual } from 'node:util'

import * as fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'

import type { SessionRow } from '../../src/domain/session-columns.ts'
import type { Poll } from '../../src/domain/poll.ts'
import { inOrder, record } from './recorded.ts'
import { referenceSessions } from './reference.ts'
import { hostsReadLast } from './ways.ts'
import { wildRuns } from './wild-polls.ts'
import type { WeekRun } from './weeks.ts'

vi.setConfig({ testTimeout: 120_000 })

const given = process.env['WILD_SEED']
const seeds = given === undefined ? fc.nat() : fc.constant(Number(given))
const numRuns = given === undefined ? 4 : 1

describe('the sessions of wild polls', () => {
  it('are the same by SQL as by the definition, compacted or not', async () => {
    await fc.assert(
      fc.asyncProperty(seeds, async (seed) => {
        const runs = wildRuns(seed)
        await using recorded = await record(runs)
        const due = inOrder(referenceSessions(runs, hostsReadLast(runs)))
        const half = `2026-11-0${2 + (seed % 3)}`
        const ways: [string, SessionRow[]][] = [
          ['nothing compacted', await recorded.raw()],
          [`compacted up to ${half}`, await recorded.compacted(half)],
          ['each day compacted as it ended', await recorded.grown()],
        ]
        const differences = ways.flatMap(([way, rows]) => differenceOf(way, { rows, due, runs }))
        expect(differences, `WILD_SEED=${seed}`).toEqual([])
      }),
      { numRuns, seed: 20261123, endOnFailure: true },
    )
  })
})

/** What differs for one host, the one with the fewest rows, with its polls. */
function differenceOf(
  way: string,
  { rows, due, runs }: { rows: SessionRow[]; due: SessionRow[]; runs: readonly WeekRun[] },
): unknown[] {
  const [told, expected] = [rows, due].map((all) => Map.groupBy(all, (row) => row.host_id))
  const rowsOf = (id: string) => [told?.get(id) ?? [], expected?.get(id) ?? []] as const
  const [hostId] = [...new Set([...rows, ...due].map((row) => row.host_id))]
    .filter((id) => !isDeepStrictEqual(...rowsOf(id)))
    .toSorted((one, other) => rowsOf(one)[1].length - rowsOf(other)[1].length)
  if (hostId === undefined) return []
  const polls = runs.flatMap(({ runId, polls: ofAll }) =>
    ofAll.filter((poll) => poll.host.hostId === hostId).map((poll) => pollLine(runId, poll)),
  )
  return [{ way, rows: rowDifferences(...rowsOf(hostId)), polls }]
}

function rowDifferences(told: readonly SessionRow[], due: readonly SessionRow[]): string[] {
  const byName = new Map(told.map((row) => [nameOf(row), row]))
  const names = new Set(due.map(nameOf))
  return [
    ...told.map(nameOf).flatMap((name) => (names.has(name) ? [] : [`invented: ${name}`])),
    ...due.flatMap((row) => {
      const other: Record<string, unknown> | undefined = byName.get(nameOf(row))
      if (!other) return [`lost: ${nameOf(row)}`]
      return Object.entries(row)
        .filter(([column, value]) => other[column] !== value)
        .map(
          ([column, value]) =>
            `${nameOf(row)}: ${column} is ${String(other[column])}, not ${value}`,
        )
    }),
  ]
}

function nameOf(row: SessionRow): string {
  return `${row.session_id}@${row.started_at} from ${row.first_run_id}`
}

function pollLine(runId: string, { outcome, observedAt, sessions }: Poll): string {
  const told = sessions.map(
    ({ sessionId, startedAt }) => `${sessionId}@${startedAt?.toISOString()}`,
  )
  return [runId, observedAt?.toISOString(), outcome, ...told].join(' ')
}
