/**
 * Paths: where a run's files are. Everything derives from the run's id, and from nothing else: no
 * name from outside ever becomes part of a path.
 */

import { isRunId, runDate } from '../domain/run.ts'

/** Run records begin with this: a run exists when its record exists. */
export const RECORDS = 'v1/raw/runs/'

export interface RunPaths {
  snapshots: string
  polls: string
  record: string
}

/** @throws {RangeError} If it is no run id. */
export function runPaths(runId: string): RunPaths {
  const date = runDate(runId)
  return {
    snapshots: `v1/raw/snapshots/date=${date}/${runId}.parquet`,
    polls: `v1/raw/polls/date=${date}/${runId}.parquet`,
    record: `${RECORDS}date=${date}/${runId}.json`,
  }
}

/**
 * Where the hosts of a run are kept for its shards.
 *
 * @param digest SHA-256 of the content in hexadecimal: runs of one day that have the same hosts share
 *   one file.
 */
export function populationFile(runId: string, digest: string): string {
  return `v1/raw/populations/date=${runDate(runId)}/${digest}.json.gz`
}

/** The run whose record this is, or null for any other file. */
export function runIdOf(path: string): string | null {
  const runId = /([^/]+)\.json$/.exec(path)?.[1] ?? ''
  return isRunId(runId) && runPaths(runId).record === path ? runId : null
}

/** What the records of one slot or second begin with: `<slot>.json`, `<slot>-k3f9.json`, shards. */
export function recordPrefix(slotId: string): string {
  return runPaths(slotId).record.slice(0, -'.json'.length)
}
