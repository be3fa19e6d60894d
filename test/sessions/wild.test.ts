/**
 * Sessions of polls that no Azure would answer: by SQL as by the definition, compacted or not.
 *
 * Repeat one that failed by its seed: `WILD_SEED=123 npx vitest run test/sessions/wild.test.ts`.
 */

import * as fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'

import type { SessionRow } from '../../src/domain/session-columns.ts'
import type { Poll } from '../../src/domain/poll.ts'
import { inOrder, record } from './recorded.ts'
import { referenceSessions } from './reference.ts'
import { lastHosts } from './ways.ts'
import { wildRuns } from './wild-polls.ts'
import type { WeekRun } from './weeks.ts'

vi.setConfig({ testTimeout: 120_000 })

const given = process.env['WILD_SEED']
const seeds = given === undefined ? fc.nat() : fc.constant(Number(given))
const numRuns = given === undefined ? 4 : 1

describe('the sessions of wild polls', () => {
  it('are the same by SQL as by the definition, compacted or not', async () => {
    await fc.assert(
      fc.asyncProperty(seeds, fc.nat({ max: 2 }), async (seed, day) => {
        const runs = wildRuns(seed)
        await using recorded = await record(runs)
        const due = inOrder(referenceSessions(runs, lastHosts(runs)))
        const half = `2026-11-0${2 + day}`
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

/** The first host of which two answers differ, with its polls. */
function differenceOf(
  way: string,
  { rows, due, runs }: { rows: SessionRow[]; due: SessionRow[]; runs: readonly WeekRun[] },
): unknown[] {
  const [told, expected] = [rows, due].map((all) => Map.groupBy(all, (row) => row.host_id))
  const hosts = [...(told?.keys() ?? []), ...(expected?.keys() ?? [])]
  const differs = (id: string) => !isSame(told?.get(id), expected?.get(id))
  const [hostId] = hosts.filter(differs).toSorted((one, other) => sizeOf(one) - sizeOf(other))
  if (hostId === undefined) return []
  const polls = runs.flatMap((run) =>
    run.polls
      .filter((poll) => poll.host.hostId === hostId)
      .map((poll) => pollLine(run.runId, poll)),
  )
  return [{ way, hostId, told: told?.get(hostId), due: expected?.get(hostId), polls }]

  function sizeOf(id: string): number {
    return expected?.get(id)?.length ?? 0
  }
}

function pollLine(runId: string, { outcome, observedAt, sessions }: Poll): string {
  const told = sessions.map(
    ({ sessionId, startedAt }) => `${sessionId}@${startedAt?.toISOString()}`,
  )
  return [runId, observedAt?.toISOString(), outcome, ...told].join(' ')
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}
