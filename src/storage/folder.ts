/**
 * A folder as a store: files are created once, whole, and never change.
 *
 * A file is written under `.tmp/`, flushed to disk, and then given its name by `link()`, which
 * fails where the name is taken; `rename()` would replace the other file without a word. So no
 * reader ever meets half a file, and of two writers of one name exactly one wins.
 */

import { randomUUID } from 'node:crypto'
import { constants, type Dirent } from 'node:fs'
import { copyFile, link, open, readdir, readFile, rm, stat } from 'node:fs/promises'
import { dirname, join, relative, resolve } from 'node:path'

import type { Store } from '../domain/edges.ts'
import { codeOf, fileError } from '../domain/file-error.ts'
import { allEnded } from '../system/all-ended.ts'
import { fileChecksum } from '../system/checksum.ts'
import { makeFolder } from '../system/make-folder.ts'
import { checked } from './path.ts'

/** Where a folder's unfinished files are; on the same disk, or `link()` could not name them. */
export function scratchOf(root: string): string {
  return join(resolve(root), '.tmp')
}

/**
 * Opens a folder as a store. It need not exist: the first file creates it.
 *
 * @param root As the person wrote it, for messages.
 */
export function openFolder(root: string): Store {
  const base = resolve(root)
  const scratch = scratchOf(root)
  return {
    location: root,
    folder: base,

    async create(path, source, { signal } = {}) {
      const target = join(base, checked(path))
      signal?.throwIfAborted()
      try {
        const writing = writePart(scratch, source)
        try {
          const [part] = await allEnded([writing, makeDurably(dirname(target))])
          return await nameIt(part.path, target)
        } finally {
          const part = await writing.catch(() => null)
          if (part?.temporary) await rm(part.path, { force: true })
        }
      } catch (error) {
        throw fileError('write', target, error)
      }
    },

    async read(path, { signal } = {}) {
      const file = join(base, checked(path))
      signal?.throwIfAborted()
      try {
        return await readFile(file)
      } catch (error) {
        if (codeOf(error) === 'ENOENT') return null
        throw fileError('read', file, error)
      }
    },

    list: (prefix) => walk(base, '', prefix),

    async folders(folder) {
      const entries = await entriesOf(join(base, checked(folder.replace(/\/$/, ''))))
      return entries
        .filter((entry) => entry.isDirectory())
        .map(({ name }) => name)
        .toSorted()
    },

    // They are there already.
    local: async (paths) => paths.map((path) => join(base, checked(path))),
  }
}

type Source = Parameters<Store['create']>[1]

/** The content on the folder's own disk, flushed, still without its name. */
async function writePart(
  scratch: string,
  source: Source,
): Promise<{ path: string; temporary: boolean }> {
  if ('file' in source && !relative(scratch, resolve(source.file)).startsWith('..')) {
    await flush(source.file)
    return { path: source.file, temporary: false }
  }
  await makeDurably(scratch)
  const path = join(scratch, `${randomUUID()}.part`)
  try {
    if ('file' in source) {
      await copyFile(source.file, path, constants.COPYFILE_EXCL)
      await flush(path)
    } else {
      await using file = await open(path, 'wx')
      await file.writeFile(source.text)
      await file.sync()
    }
  } catch (error) {
    await rm(path, { force: true })
    throw error
  }
  return { path, temporary: true }
}

/** Gives the file its name. The same content under that name already is success too. */
async function nameIt(part: string, target: string): Promise<'created' | 'exists'> {
  try {
    await link(part, target)
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
    return (await sameContent(part, target)) ? 'created' : 'exists'
  }
  await flush(dirname(target))
  return 'created'
}

/** What is above each made folder is flushed too, so that the names outlive a power cut. */
async function makeDurably(folder: string): Promise<void> {
  const made = await makeFolder(folder)
  await allEnded(made.map((one) => flush(dirname(one))))
}

async function sameContent(a: string, b: string): Promise<boolean> {
  const [left, right] = await Promise.all([stat(a), stat(b)])
  if (left.size !== right.size) return false
  const [one, other] = await Promise.all([fileChecksum(a), fileChecksum(b)])
  return one === other
}

async function flush(path: string): Promise<void> {
  await using handle = await open(path, 'r')
  // Some systems cannot flush a folder (Windows: EPERM, some network shares: EINVAL).
  await handle.sync().catch((error: unknown) => {
    if (!['EPERM', 'EINVAL', 'ENOTSUP'].includes(codeOf(error))) throw error
  })
}

/** Walks only folders that can hold the prefix: a ledger has a folder for every day. */
async function* walk(base: string, folder: string, prefix: string): AsyncGenerator<string> {
  const names = (await entriesOf(join(base, folder)))
    // With its slash a folder sorts where its files do: `a-b` comes before `a/b`.
    .map((entry) => `${folder}${entry.name}${entry.isDirectory() ? '/' : ''}`)
    .filter((path) => path !== '.tmp/' && (path.startsWith(prefix) || prefix.startsWith(path)))
    .toSorted((one, other) => (one < other ? -1 : 1))
  for (const path of names) {
    if (path.endsWith('/')) yield* walk(base, path, prefix)
    else if (path.startsWith(prefix)) yield path
  }
}

async function entriesOf(folder: string): Promise<Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true })
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return []
    throw fileError('list', folder, error)
  }
}
