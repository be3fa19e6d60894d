/** What a machine keeps of a container, alone and with several processes. */

import { execFile } from 'node:child_process'
import { readdir, readFile, rm, stat, unlink, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { startAzurite, type Azurite } from '../azurite.ts'
import { tempFolder } from '../warehouse/temp-warehouse.ts'
import type { CacheUser } from './cache-user.ts'
import { blobsAt, cacheIn, openFaultyBlobs, type FaultyBlobs } from './stores.ts'

let azurite: Azurite
beforeAll(async () => {
  azurite = await startAzurite()
}, 60_000)
afterAll(() => azurite[Symbol.asyncDispose]())

const BYTES = 10_000

async function store({ direct }: FaultyBlobs, ...paths: string[]): Promise<void> {
  for (const path of paths) await direct.create(path, { text: contentOf(path) })
}

function contentOf(path: string): string {
  return path.repeat(BYTES).slice(0, BYTES)
}

/** The files in the cache, as paths in the store. */
async function keptIn({ root }: FaultyBlobs): Promise<string[]> {
  const entries = await readdir(join(root, 'cache'), { recursive: true })
  return entries
    .filter((name) => name.includes('~'))
    .map((name) => name.split('~')[0] ?? '')
    .toSorted()
}

async function entryOf({ root }: FaultyBlobs, path: string): Promise<string> {
  const entries = await readdir(join(root, 'cache'), { recursive: true })
  return join(root, 'cache', entries.find((name) => name.startsWith(`${path}~`)) ?? 'none')
}

/** Asks for files, reads them, and gives back their folder. */
async function read({ store: blobs, root }: FaultyBlobs, paths: string[], doubted = false) {
  const folder = join(root, `question-${Math.random()}`)
  const files = await blobs.local(paths, folder, { doubted })
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8')))
  await rm(folder, { recursive: true, force: true })
  return texts
}

function fetched({ proxy }: FaultyBlobs): string[] {
  return proxy.requests.splice(0).map(({ path }) => path)
}

describe('the cache of a container', () => {
  it('fetches a file once', async () => {
    await using blobs = await openFaultyBlobs(azurite)
    await store(blobs, 'v1/a', 'v1/b', 'v1/d/c')
    const told: [number, number][] = []
    const progress = (done: number, of: number) => void told.push([done, of])
    await blobs.store.local(['v1/a', 'v1/b'], join(blobs.root, 'one'), { progress })
    expect(told).toEqual([
      [1, 2],
      [2, 2],
    ])
    expect(fetched(blobs).toSorted()).toEqual(['v1/a', 'v1/b'])
    expect(await read(blobs, ['v1/b', 'v1/d/c', 'v1/a'])).toEqual(
      ['v1/b', 'v1/d/c', 'v1/a'].map(contentOf),
    )
    expect(fetched(blobs)).toEqual(['v1/d/c'])
  })

  it('forgets what was used longest ago, and keeps within its bound', async () => {
    await using blobs = await openFaultyBlobs(azurite, { cache: { folder: '', maxBytes: 0 } })
    const cache = cacheIn(blobs.root, 4.5 * BYTES)
    const limited = { ...blobs, store: blobsAt(azurite, blobs.url, { cache }) }
    await store(blobs, 'v1/a', 'v1/b', 'v1/c', 'v1/d', 'v1/e')
    await read(limited, ['v1/a', 'v1/b', 'v1/c', 'v1/d'])
    for (const [index, path] of ['v1/b', 'v1/d', 'v1/a', 'v1/c'].entries()) {
      const entry = await entryOf(blobs, path)
      const { mtime } = await stat(entry)
      await utimes(entry, new Date(Date.now() - (9 - index) * 7_200_000), mtime)
    }
    // Used again: no longer the oldest.
    await read(limited, ['v1/b'])
    await read(limited, ['v1/e'])
    expect(await keptIn(blobs)).toEqual(['v1/a', 'v1/b', 'v1/c', 'v1/e'])
  })

  it('answers a question that is larger than the cache', async () => {
    await using blobs = await openFaultyBlobs(azurite)
    const limited = {
      ...blobs,
      store: blobsAt(azurite, blobs.url, { cache: cacheIn(blobs.root, 2.5 * BYTES) }),
    }
    const paths = ['v1/a', 'v1/b', 'v1/c', 'v1/d', 'v1/e']
    await store(blobs, ...paths)
    expect(await read(limited, paths)).toEqual(paths.map(contentOf))
    expect((await keptIn(blobs)).length).toBeLessThanOrEqual(2)
  })

  it('keeps nothing where it may not', async () => {
    await using blobs = await openFaultyBlobs(azurite)
    const none = { ...blobs, store: blobsAt(azurite, blobs.url, { cache: cacheIn(blobs.root, 0) }) }
    await store(blobs, 'v1/a')
    expect(await read(none, ['v1/a'])).toEqual([contentOf('v1/a')])
    await expect(readdir(join(blobs.root, 'cache'))).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it('leaves a file to whoever uses it when it is forgotten', async () => {
    await using blobs = await openFaultyBlobs(azurite)
    await store(blobs, 'v1/a')
    const [file] = await blobs.store.local(['v1/a'], join(blobs.root, 'question'))
    await unlink(await entryOf(blobs, 'v1/a'))
    expect(await readFile(file ?? '', 'utf8')).toBe(contentOf('v1/a'))
  })

  it.each<[string, (entry: string) => Promise<void>]>([
    ['is cut short', (entry) => writeFile(entry, 'v1')],
    ['was last compared long ago, and is altered', alterLongAgo],
  ])('fetches a kept file again that %s', async (_what, damage) => {
    await using blobs = await openFaultyBlobs(azurite)
    await store(blobs, 'v1/a')
    await read(blobs, ['v1/a'])
    await damage(await entryOf(blobs, 'v1/a'))
    fetched(blobs)
    expect(await read(blobs, ['v1/a'])).toEqual([contentOf('v1/a')])
    expect(fetched(blobs)).toEqual(['v1/a'])
    expect(await readFile(await entryOf(blobs, 'v1/a'), 'utf8')).toBe(contentOf('v1/a'))
  })

  it('compares every byte of what is doubted, and fetches only what is wrong', async () => {
    await using blobs = await openFaultyBlobs(azurite)
    await store(blobs, 'v1/a', 'v1/b')
    const folder = join(blobs.root, 'question')
    const [a = '', b = ''] = await blobs.store.local(['v1/a', 'v1/b'], folder)
    await writeFile(b, contentOf('v1/X'))
    fetched(blobs)
    await blobs.store.local(['v1/a', 'v1/b'], folder)
    expect(fetched(blobs)).toEqual([])
    await blobs.store.local(['v1/a', 'v1/b'], folder, { doubted: true })
    expect(fetched(blobs)).toEqual(['v1/b'])
    expect(await readFile(a, 'utf8')).toBe(contentOf('v1/a'))
    expect(await readFile(b, 'utf8')).toBe(contentOf('v1/b'))
  })

  it('is shared by processes that read and forget at the same time', async () => {
    await using folder = await tempFolder()
    const url = await azurite.createContainer()
    const cache = cacheIn(folder.root, 6 * BYTES)
    const paths = Array.from({ length: 12 }, (_, index) => `v1/${index % 3}/${index}`)
    const blobs = blobsAt(azurite, url, { cache })
    await Promise.all(paths.map((path) => blobs.create(path, { text: contentOf(path) })))
    const { connectionString } = azurite
    const users = await Promise.all(
      Array.from({ length: 3 }, (_, index) => {
        const user: CacheUser = {
          connectionString,
          url,
          cache,
          paths,
          folder: join(folder.root, `user-${index}`),
          bytes: BYTES,
          rounds: 25,
        }
        const script = join(import.meta.dirname, 'cache-user.ts')
        return promisify(execFile)(process.execPath, [script, JSON.stringify(user)])
      }),
    )
    expect(users.map(({ stdout }) => stdout)).toEqual(['0', '0', '0'])
  }, 60_000)
})

/** As a disk does it: the same length, another byte, and nobody told. */
async function alterLongAgo(entry: string): Promise<void> {
  const bytes = await readFile(entry)
  bytes[100] = (bytes[100] ?? 0) ^ 1
  await writeFile(entry, bytes)
  const { atime } = await stat(entry)
  await utimes(entry, atime, new Date(Date.now() - 2 * 86_400_000))
}
