/**
 * Damage: files that are recorded, and are not there, cut short or altered. They are left out of an
 * answer and named; everything else is answered.
 *
 * Before a question only what is cheap is checked, the last bytes of each file. Only when reading
 * fails is every file compared with the checksum in its run's record.
 */

import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { readFile } from 'node:fs/promises'

import { messageOf } from '../domain/errors.ts'
import { fileChecksum } from './checksum.ts'
import { parseRecord } from './records.ts'
import type { FileKind, RunFile, StoredRun } from './stored-runs.ts'

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
    for (const kind of ['record', 'snapshots', 'polls'] as const) {
      const why = checkEnd(run[kind].file, ENDS[kind])
      if (why !== null) damage.set(run[kind].path, why)
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

/** Compares every file with its run's record, and every record with what a record must be. */
export async function checkContent(
  runs: readonly StoredRun[],
  signal?: AbortSignal,
): Promise<Damage> {
  const damage = new Map<string, string>()
  for (const run of runs) {
    signal?.throwIfAborted()
    for (const [path, why] of await checkRun(run)) damage.set(path, why)
  }
  return damage
}

async function checkRun({ runId, record, snapshots, polls }: StoredRun): Promise<Damage> {
  const damage = new Map<string, string>()
  const { value, why } = await attempt(() => readFile(record.file))
  const parsed = value && parseRecord(value)
  if (why !== null) damage.set(record.path, why)
  else if (parsed?.run_id !== runId) damage.set(record.path, 'it is no record of this run')
  for (const { path, file } of [snapshots, polls]) {
    const expected = parsed?.files.find((one) => one.path === path)?.sha256
    const problem = await checkSum({ path, file }, expected)
    if (problem !== null) damage.set(path, problem)
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
