/**
 * Damage: files that are recorded, and are not there, cut short or altered. They are left out of an
 * answer and named; everything else is answered.
 *
 * Before a question only what is cheap is checked, the last bytes of each file. Only when reading
 * fails is every file compared with the checksum in the record of its run or day.
 */

import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { readFile } from 'node:fs/promises'

import type { Store } from '../domain/edges.ts'
import { messageOf } from '../domain/errors.ts'
import { fileChecksum } from '../system/checksum.ts'
import { parseWatchRecord } from './alert-log.ts'
import { parseDay } from './catalog.ts'
import { dayRecordPath, runPaths } from './paths.ts'
import { parseRecord } from './records.ts'
import {
  KINDS,
  pathsOf,
  type BringOptions,
  type StoredFile,
  type StoredPart,
} from './stored-files.ts'

/** Why a file cannot be read, by its path in the store. */
export type Damage = ReadonlyMap<string, string>

// What the last bytes of a whole file are: Parquet's mark, and the end of a record's JSON.
const PARQUET_END = 'PAR1'
const JSON_END = '}\n'

/**
 * Looks at the end of each file. 10 µs a file, and done at once: through promises it takes ten times
 * as long.
 */
export function checkEnds(parts: readonly StoredPart[]): Damage {
  const damage = new Map<string, string>()
  for (const { files } of parts) {
    for (const kind of KINDS) {
      const one = files[kind]
      const end = one?.path.endsWith('.json') ? JSON_END : PARQUET_END
      const why = one ? checkEnd(one.file, end) : null
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
 * Compares every file with the record of its run or day, and every record with what a record must
 * be. What this machine keeps of another's files is compared first: only what is stored damaged
 * counts.
 */
export async function checkContent(
  store: Store,
  parts: readonly StoredPart[],
  { folder, signal }: BringOptions,
): Promise<Damage> {
  const all = parts.filter(({ files }) => KINDS.some((kind) => files[kind]))
  await store.local(pathsOf(all), folder, { doubted: true, signal })
  const some = all.filter(({ files }) => !files.alerts)
  const records = some.map(({ id, isDay }) => (isDay ? dayRecordPath(id) : runPaths(id).record))
  const local = await store.local(records, folder, { doubted: true, signal })
  const damage = new Map<string, string>()
  for (const { files } of all) {
    const why = files.alerts ? await checkAlerts(files.alerts) : null
    if (files.alerts && why !== null) damage.set(files.alerts.path, why)
  }
  for (const [index, part] of some.entries()) {
    signal?.throwIfAborted()
    const record = { path: records[index] ?? '', file: local[index] ?? '' }
    for (const [path, why] of await checkPart(part, record)) damage.set(path, why)
  }
  return damage
}

async function checkPart({ id, isDay, files }: StoredPart, record: StoredFile): Promise<Damage> {
  const damage = new Map<string, string>()
  const { value, why } = await attempt(() => readFile(record.file))
  const sums = value && (isDay ? sumsOfDay(value, id) : sumsOfRun(value, id))
  if (why !== null) damage.set(record.path, why)
  else if (!sums) damage.set(record.path, `it is no record of this ${isDay ? 'day' : 'run'}`)
  for (const kind of KINDS) {
    const file = files[kind]
    // A run's record is JSON, and is compared with nothing but itself.
    if (!file || file.path.endsWith('.json')) continue
    const problem = await checkSum(file, sums?.get(file.path), isDay ? 'day' : 'run')
    if (problem !== null) damage.set(file.path, problem)
  }
  return damage
}

async function checkAlerts({ file }: StoredFile): Promise<string | null> {
  const { value, why } = await attempt(() => readFile(file))
  return why ?? (parseWatchRecord(value) ? null : 'it is no record of alerts')
}

type Sums = ReadonlyMap<string, string>

function sumsOfRun(bytes: Uint8Array, runId: string): Sums | null {
  const record = parseRecord(bytes)
  return record?.run_id === runId
    ? new Map(record.files.map(({ path, sha256 }) => [path, sha256]))
    : null
}

function sumsOfDay(bytes: Uint8Array, date: string): Sums | null {
  const record = parseDay(bytes)
  return record?.date === date
    ? new Map(record.files.map(({ path, sha256 }) => [path, sha256]))
    : null
}

async function checkSum(
  { file }: StoredFile,
  expected: string | undefined,
  part: 'day' | 'run',
): Promise<string | null> {
  if (expected === undefined) return checkEnd(file, PARQUET_END)
  const { value, why } = await attempt(() => fileChecksum(file))
  return why ?? (value === expected ? null : `it is not what its ${part} recorded`)
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
