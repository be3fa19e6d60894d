/**
 * Paths: where a run's files are. Everything derives from the run's id, and from nothing else: no
 * name from outside ever becomes part of a path.
 */

import type { DailyTable } from '../domain/day.ts'
import { isRunId, runDate } from '../domain/run.ts'

/** Run records begin with this: a run exists when its record exists. */
export const RECORDS = 'v1/raw/runs/'

/** Day records begin with this: a day is compacted when its record exists. */
export const DAYS = 'v1/days/'

/** Markers begin with this: of runs that their day was compacted without (late-runs.ts). */
export const LATE = 'v1/late/'

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

/** The file of one table of a compacted day. */
export function dailyPath(table: DailyTable, date: string): string {
  return `v1/daily/${table}/date=${date}/part-0.parquet`
}

export function dayRecordPath(date: string): string {
  return `${DAYS}${date}.json`
}

/** The day whose record this is, or null for any other file. */
export function dayOfRecord(path: string): string | null {
  const date = /^v1\/days\/(\d{4}-\d{2}-\d{2})\.json$/.exec(path)?.[1]
  return date ?? null
}

export function lateMarker(runId: string): string {
  return `${LATE}${runId}`
}

/** The run that this marks as late, or null for any other file. */
export function lateRunOf(path: string): string | null {
  const runId = path.startsWith(LATE) ? path.slice(LATE.length) : ''
  return isRunId(runId) ? runId : null
}

/** Records of alerts begin with this (alert-log.ts). */
export const ALERTS = 'v1/alerts/'

/** @throws {RangeError} If it is no number of a record. */
export function alertPath(number: number): string {
  if (!Number.isSafeInteger(number) || number < 1)
    throw new RangeError(`Cannot name the record "${number}": it is no whole number from 1`)
  const folder = Math.floor(number / 1000)
  return `${ALERTS}${nine(folder)}/${nine(number)}.json`
}

/** The number of the record that this is, or null for any other file. */
export function alertNumberOf(path: string): number | null {
  const number = Number(/\/(\d{9,})\.json$/.exec(path)?.[1] ?? NaN)
  return number >= 1 && alertPath(number) === path ? number : null
}

function nine(number: number): string {
  return String(number).padStart(9, '0')
}
