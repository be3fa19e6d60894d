/**
 * Damage: files that are recorded, and are not there, cut short or altered. They are left out of an
 * answer and named; everything else is answered.
 *
 * Before a question only what is cheap is checked, the last bytes of each file. Only when reading
 * fails is every file compared with the checksum in its run's record.
 */

import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { readFile } from 'node:fs/promises'

import type { Store } from '../domain/edges.ts'
import { messageOf } from '../domain/errors.ts'
import { fileChecksum } from '../system/checksum.ts'
import { runPaths } from './paths.ts'
import { parseRecord } from './records.ts'
import {
  KINDS,
  pathsOf,
  type BringOptions,
  type FileKind,
  type RunFile,
  type StoredRun,
} from './stored-runs.ts'

/** Why a file cannot be read, by its path in the store. */
export type Damage = ReadonlyMap<string, string>

// What the last bytes of a whole file are: Parquet's mark, and the end of a record's JSON.
const ENDS: Record<FileKind, string> = { snapshots: 'PAR1', polls: 'PAR1', record: '}\n' }

/**
 * Looks at the end of each file. 10 µs a file, and done at once: through promises it takes ten times
 * as long.
 */
export function checkEnds(runs: readonly StoredRun[]): Damage {
  const damage = new Map<string, string>()
  for (const run of runs) {
    for (const kind of KINDS) {
      const one = run[kind]
      const why = one ? checkEnd(one.file, ENDS[kind]) : null
      if (one && why !== null) damage.set(one.path, why)
    }
  }
  return damage
}

function checkEnd(file: string, end: string): string | null {
  try {
    const handle = openSync(file, 'r')
    try {
      const { size } = fstatSync(handle)
      const last = Buffer.alloc(end.length)
      if (size > end.length) readSync(handle, last, 0, end.length, size - end.length)
      return last.toString('latin1') === end ? null : 'it is cut short or altered'
    } finally {
      closeSync(handle)
    }
  } catch (error) {
    return reasonOf(error)
  }
}

/**
 * Compares every file with its run's record, and every record with what a record must be. What this
 * machine keeps of another's files is compared first: only what is stored damaged counts.
 */
export async function checkContent(
  store: Store,
  runs: readonly StoredRun[],
  { folder, signal }: BringOptions,
): Promise<Damage> {
  const some = runs.filter((run) => KINDS.some((kind) => run[kind]))
  await store.local(pathsOf(some), folder, { doubted: true, signal })
  const records = some.map(({ runId }) => runPaths(runId).record)
  const local = await store.local(records, folder, { doubted: true, signal })
  const damage = new Map<string, string>()
  for (const [index, run] of some.entries()) {
    signal?.throwIfAborted()
    const record = { path: records[index] ?? '', file: local[index] ?? '' }
    for (const [path, why] of await checkRun({ ...run, record })) damage.set(path, why)
  }
  return damage
}

async function checkRun(run: StoredRun & { record: RunFile }): Promise<Damage> {
  const { runId, record } = run
  const damage = new Map<string, string>()
  const { value, why } = await attempt(() => readFile(record.file))
  const parsed = value && parseRecord(value)
  if (why !== null) damage.set(record.path, why)
  else if (parsed?.run_id !== runId) damage.set(record.path, 'it is no record of this run')
  for (const table of [run.snapshots, run.polls]) {
    if (!table) continue
    const expected = parsed?.files.find((one) => one.path === table.path)?.sha256
    const problem = await checkSum(table, expected)
    if (problem !== null) damage.set(table.path, problem)
  }
  return damage
}

async function checkSum({ file }: RunFile, expected: string | undefined): Promise<string | null> {
  if (expected === undefined) return checkEnd(file, ENDS.polls)
  const { value, why } = await attempt(() => fileChecksum(file))
  return why ?? (value === expected ? null : 'it is not what its run recorded')
}

async function attempt<T>(read: () => Promise<T>) {
  try {
    return { value: await read(), why: null }
  } catch (error) {
    return { value: undefined, why: reasonOf(error) }
  }
}

function reasonOf(error: unknown): string {
  const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
  return missing ? 'it is missing' : messageOf(error)
}
