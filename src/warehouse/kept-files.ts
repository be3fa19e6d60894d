/**
 * Kept files: what questions made once and other questions read again, on this machine.
 *
 * A file's name says what it was made of, so it never changes. Several processes share them without
 * a lock: whoever uses one makes a second name for it in the question's folder, so that it can be
 * removed at any time. Whoever cannot keep a file, or finds none, does without.
 */

import { createHash } from 'node:crypto'
import { existsSync, linkSync, mkdirSync, statSync, unlinkSync, writeFileSync } from 'node:fs'
import { readdir, rm, stat, unlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'

import { codeOf } from '../domain/file-error.ts'
import { duckdbVersion } from './duckdb.ts'

/** Where kept files are found, and used. */
export interface KeepingPlace {
  /** The question's folder. */
  folder: string
  /** Where the ledger's files are; null where they are in the question's folder. */
  root: string | null
  /** Where this machine keeps things for later questions. */
  scratch: string
}

/**
 * Names a file by all that it is made of: by the engine, too.
 *
 * @param group What it is; files of one group come after one another.
 */
export async function keptName(group: string, madeOf: Iterable<string>): Promise<string> {
  const hash = createHash('sha256').update(await duckdbVersion())
  for (const one of madeOf) hash.update(`\n${one}`)
  return `${group}-${hash.digest('hex').slice(0, 32)}.parquet`
}

/** @returns Where it is in the question's folder; null where it is not kept. */
export function findKept(place: KeepingPlace, name: string): string | null {
  const mine = join(place.folder, name)
  return give(join(keptIn(place), name), mine) ? mine : null
}

/**
 * Makes a file in the question's folder, and keeps it.
 *
 * @returns Where it is; null where it cannot be made: the question then reads what it is made of, and
 *   fails where that cannot be read.
 */
export async function makeKept(
  place: KeepingPlace,
  name: string,
  make: (file: string) => Promise<unknown>,
): Promise<string | null> {
  const mine = join(place.folder, name)
  try {
    mkdirSync(place.folder, { recursive: true, mode: 0o700 })
    await make(mine)
  } catch {
    return null
  }
  give(mine, join(keptIn(place), name))
  return mine
}

const DAY_MS = 86_400_000

/**
 * Leaves a mark beside a file that is not kept. A day later it counts no more.
 *
 * @returns false where it was there, or cannot be.
 */
export function leaveMark(place: KeepingPlace, name: string, mark: 'asked' | 'tried'): boolean {
  const path = join(keptIn(place), `${name}.${mark}`)
  try {
    mkdirSync(keptIn(place), { recursive: true, mode: 0o700 })
    const before = statSync(path, { throwIfNoEntry: false })
    if (before && Math.abs(Date.now() - before.mtimeMs) > DAY_MS) unlinkSync(path)
    writeFileSync(path, '', { flag: 'wx' })
    return true
  } catch {
    return false
  }
}

/** Removes what may be damaged. */
export async function forgetKept(place: KeepingPlace, name: string): Promise<void> {
  await rm(join(keptIn(place), name), { force: true })
}

/** Removes the files of some groups, but for so many that were made last. */
export async function trimKept(
  place: KeepingPlace,
  isGroup: (group: string) => boolean,
  most: number,
): Promise<void> {
  const folder = keptIn(place)
  const names = await readdir(folder).catch(() => [])
  const kept = await Promise.all(
    names
      .filter((name) => isGroup(groupOf(name)))
      .map(async (name) => {
        const path = join(folder, name)
        return { path, at: (await stat(path).catch(() => null))?.mtimeMs ?? 0 }
      }),
  )
  const oldest = kept.toSorted((one, other) => other.at - one.at).slice(most)
  for (const { path } of oldest) await unlink(path).catch(() => undefined)
}

function groupOf(name: string): string {
  return name.slice(0, Math.max(0, name.lastIndexOf('-')))
}

function keptIn({ scratch }: KeepingPlace): string {
  return join(scratch, 'kept')
}

/** Makes a second name for a file. @returns false where it is not there, or cannot have one. */
function give(file: string, to: string): boolean {
  try {
    if (!existsSync(file)) return false
    mkdirSync(dirname(to), { recursive: true, mode: 0o700 })
    linkSync(file, to)
    return true
  } catch (error) {
    return codeOf(error) === 'EEXIST'
  }
}
