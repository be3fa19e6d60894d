/**
 * The cache: files of a container that were read once, kept on this machine for the next question.
 *
 * Several processes share it without a lock. A file's content is part of its name, so whoever finds
 * it knows what it must be. Whoever uses it makes a second name for it (a hard link) in a folder of
 * their own: then the cache can forget the file at any time, and it is still there for them, however
 * late they open it. Nobody ever waits, and the worst that a race costs is a file read twice.
 */

import { copyFileSync, linkSync, readdirSync, statSync, unlinkSync, utimesSync } from 'node:fs'
import { mkdir, readdir, stat, unlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'

import { codeOf } from '../domain/file-error.ts'
import { contentOf, type Content } from './blob-transfer.ts'

export interface Cache {
  /**
   * Gives kept files their second names.
   *
   * @param files By path, the name that each is to get. Its folder is there.
   * @returns The paths that are not kept.
   */
  take(files: ReadonlyMap<string, string>, options?: { doubted?: boolean }): Promise<string[]>
  /** Keeps a file that is elsewhere on this machine. Does nothing where it cannot. */
  keep(path: string, file: string, content: Content): Promise<void>
  /** Forgets what was used longest ago, until the rest is within the bound. */
  trim(): Promise<void>
}

export interface CacheOptions {
  folder: string
  /** 0 keeps nothing. */
  maxBytes: number
}

const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000
// Room for some more files before the next time.
const LEFT_AFTER_TRIM = 0.9
// Links made in one go: about 10 ms in which nothing else happens.
const AT_ONCE = 500

export function openCache({ folder, maxBytes }: CacheOptions): Cache {
  return {
    async take(files, { doubted = false } = {}) {
      const shelves = new Map<string, ReadonlyMap<string, Entry>>()
      const missing: string[] = []
      let done = 0
      for (const [path, to] of files) {
        const shelf = join(folder, dirname(path))
        const entries = shelves.get(shelf) ?? readShelf(shelf)
        shelves.set(shelf, entries)
        const entry = entries.get(path.slice(path.lastIndexOf('/') + 1))
        if (!entry || !(await isWhole(entry, doubted)) || !link(entry.file, to)) missing.push(path)
        done += 1
        if (done % AT_ONCE === 0) await nextTurn()
      }
      return missing
    },

    async keep(path, file, { bytes, md5 }) {
      if (bytes > maxBytes) return
      const entry = join(folder, `${path}~${bytes}-${md5}`)
      await mkdir(dirname(entry), { recursive: true, mode: 0o700 })
      link(file, entry)
    },

    async trim() {
      const entries = await allEntries(folder)
      const total = entries.reduce((sum, { bytes }) => sum + bytes, 0)
      if (total <= maxBytes) return
      const used = await Promise.all(
        entries.map(async (entry) => ({ ...entry, usedMs: await lastUsedMs(entry.file) })),
      )
      let left = total
      for (const { file, bytes } of used.toSorted((a, b) => a.usedMs - b.usedMs)) {
        if (left <= maxBytes * LEFT_AFTER_TRIM) return
        await unlink(file).catch(ignoreMissing)
        left -= bytes
      }
    },
  }
}

interface Entry extends Content {
  file: string
}

function readShelf(folder: string): Map<string, Entry> {
  return new Map(namesIn(folder).flatMap((name) => parseEntry(folder, name)))
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return []
    throw error
  }
}

function parseEntry(folder: string, name: string): [name: string, entry: Entry][] {
  const [, file, bytes, md5] = /^(.+)~(\d+)-([0-9a-f]{32})$/.exec(name) ?? []
  if (!file || !bytes || !md5) return []
  return [[file, { file: join(folder, name), bytes: Number(bytes), md5 }]]
}

/**
 * Whether a kept file is what its name says. Its length is compared each time, its bytes when it was
 * last looked at a day ago, or when it is doubted. What is not whole is forgotten.
 *
 * A file's times are our own: modified when its bytes were compared, accessed when it was used.
 */
async function isWhole({ file, bytes, md5 }: Entry, doubted: boolean): Promise<boolean> {
  const now = Date.now()
  try {
    const found = statSync(file)
    const due = doubted || Math.abs(now - found.mtimeMs) > DAY_MS
    if (found.size !== bytes || (due && (await contentOf(file)).md5 !== md5)) {
      unlinkSync(file)
      return false
    }
    if (due || now - found.atimeMs > HOUR_MS) {
      utimesSync(file, new Date(now), due ? new Date(now) : found.mtime)
    }
    return true
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false
    throw error
  }
}

/** Gives a file a second name; a copy where the file system cannot. */
function link(from: string, to: string): boolean {
  try {
    linkSync(from, to)
  } catch (error) {
    const code = codeOf(error)
    if (code === 'EEXIST') return true
    if (code === 'ENOENT') return false
    copyFileSync(from, to)
  }
  return true
}

async function allEntries(folder: string): Promise<Entry[]> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true }).catch(
    (error: unknown) => {
      if (codeOf(error) === 'ENOENT') return []
      throw error
    },
  )
  return found.flatMap(({ name, parentPath }) =>
    parseEntry(parentPath, name).map(([, entry]) => entry),
  )
}

async function lastUsedMs(file: string): Promise<number> {
  const found = await stat(file).catch(ignoreMissing)
  return found?.atimeMs ?? 0
}

function ignoreMissing(error: unknown): undefined {
  if (codeOf(error) !== 'ENOENT') throw error
}
