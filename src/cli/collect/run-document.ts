/**
 * A run as one JSON document, for scripts.
 */

import { hostTotals, type RunRecord } from '../../domain/run.ts'

/** What `collect` prints of a run. File paths are relative to the warehouse. */
export function runDocument(run: RunRecord) {
  const { run_id, outcome, started_at, finished_at } = run
  const lists = Object.groupBy(run.subscriptions, (subscription) => subscription.outcome)
  const expected = run.subscriptions.length
  const ok = lists.ok?.length ?? 0
  return {
    run: { run_id, outcome, started_at, finished_at },
    subscriptions: {
      expected,
      ok,
      failed: expected - ok,
      by_outcome: Object.fromEntries(
        Object.entries(lists).map(([name, list]) => [name, list.length]),
      ),
    },
    hosts: { ...hostTotals(run.counts), by_outcome: run.counts },
    sessions: run.sessions,
    files: run.files.map(({ path, rows, bytes, sha256 }) => ({ path, rows, bytes, sha256 })),
  }
}
