/** The view `hosts`, and when a host answered next, of histories that are summarized in parts. */

import * as fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'

import { histories, historyViews, rowsOf, type History } from './slot-histories.ts'

vi.setConfig({ testTimeout: 30_000 })

/** All polls of a host, in their order. An answer takes one second. */
function pollsOf({ runs }: History, name: string) {
  return runs.flatMap(({ runId, at, polls }) =>
    polls
      .filter(({ host }) => host === name)
      .map(({ outcome }) => ({ runId, at: at + 1000, outcome })),
  )
}

const namesOf = ({ runs }: History) =>
  [...new Set(runs.flatMap(({ polls }) => polls.map(({ host }) => host)))].toSorted()

describe('hosts', () => {
  it('agrees with a plain look at every poll, in however many parts', async () => {
    await fc.assert(
      fc.asyncProperty(histories, fc.integer({ min: 1, max: 4 }), async (history, parts) => {
        using engine = await historyViews(history, parts)
        const rows = await rowsOf(
          engine,
          `SELECT host_id, last_run_id, last_outcome, epoch_ms(first_ok_at) AS first_ok_ms,
             epoch_ms(last_ok_at) AS last_ok_ms, epoch_ms(last_answered_at) AS last_answered_ms
           FROM hosts ORDER BY host_id`,
        )
        const expected = namesOf(history).map((host_id) => {
          const polls = pollsOf(history, host_id)
          const answered = polls.filter(({ outcome }) => outcome === 'ok')
          return {
            host_id,
            last_run_id: polls.at(-1)?.runId,
            last_outcome: polls.at(-1)?.outcome,
            first_ok_ms: answered[0]?.at ?? null,
            last_ok_ms: answered.at(-1)?.at ?? null,
            last_answered_ms: polls.at(-1)?.at,
          }
        })
        expect(rows).toEqual(expected)
      }),
      { numRuns: 20 },
    )
  })
})

describe('raw.answers', () => {
  it('has the next answer after any moment, but for what comes within two slots', async () => {
    await fc.assert(
      fc.asyncProperty(histories, fc.integer({ min: 1, max: 4 }), async (history, parts) => {
        using engine = await historyViews(history, parts)
        const soonMs = 2 * history.intervalMs + 1000
        const firsts = await rowsOf(
          engine,
          'SELECT host_id, epoch_ms(first_observed_at) AS at FROM raw.answers ORDER BY ALL',
        )
        for (const host of namesOf(history)) {
          const answered = pollsOf(history, host).filter(({ outcome }) => outcome === 'ok')
          for (const moment of history.runs.flatMap(({ at }) => [at - 1, at + 999, at + 1000])) {
            const known = [
              ...answered.map(({ at }) => at).filter((at) => at <= moment + soonMs),
              ...firsts.filter((one) => one['host_id'] === host).map((one) => Number(one['at'])),
            ]
            const next = known.filter((at) => at > moment).toSorted((one, other) => one - other)[0]
            expect(next).toBe(answered.find(({ at }) => at > moment)?.at)
          }
        }
      }),
      { numRuns: 20 },
    )
  })
})
