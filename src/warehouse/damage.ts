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
import type { RunFile, StoredRun } from './stored-runs.ts'
import type { Table } from './parquet.ts'

/** Why a file cannot be read, by its path in the store. */
export type Damage = ReadonlyMap<string, string>

/**
 * Looks at the end of each Parquet file, where a whole one has its mark. 10 µs a file, and done at
 * once: through promises it takes ten times as long.
 */
export function checkEnds(runs: readonly StoredRun[], tables: readonly Table[]): Damage {
  const damage = new Map<string, string>()
  const mark = Buffer.alloc(4)
  for (const run of runs) {
    for (const table of tables) {
      const why = checkEnd(run[table].file, mark)
      if (why !== null) damage.set(run[table].path, why)
    }
  }
  return damage
}

function checkEnd(file: string, mark: Buffer): string | null {
  try {
    const handle = openSync(file, 'r')
    try {
      const { size } = fstatSync(handle)
      // The least Parquet file: two marks, and the length of the footer.
      if (size < 12) return 'it is cut short'
      readSync(handle, mark, 0, 4, size - 4)
      return mark.toString('latin1') === 'PAR1' ? null : 'it is cut short or altered'
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
  if (expected === undefined) return checkEnd(file, Buffer.alloc(4))
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
