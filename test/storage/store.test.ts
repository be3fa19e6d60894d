/** What every store promises: one suite for each kind. */

import { randomUUID } from 'node:crypto'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { startAzurite, type Azurite } from '../azurite.ts'
import { pathsIn, STORES, textOf } from './stores.ts'

let azurite: Azurite
beforeAll(async () => {
  azurite = await startAzurite()
}, 60_000)
afterAll(() => azurite[Symbol.asyncDispose]())

describe.each(STORES)('a store in %s', (_kind, open) => {
  it('is empty at first', async () => {
    await using temp = await open(azurite)
    expect(await temp.store.read('v1/a.json')).toBeNull()
    expect(await pathsIn(temp.store, 'v1/')).toEqual([])
  })

  it('creates a file once, and leaves the first one alone', async () => {
    await using temp = await open(azurite)
    expect(await temp.store.create('v1/a.json', { text: 'one' })).toBe('created')
    expect(await temp.store.create('v1/a.json', { text: 'two' })).toBe('exists')
    expect(await textOf(temp.store, 'v1/a.json')).toBe('one')
  })

  it('takes the same content again for a success', async () => {
    await using temp = await open(azurite)
    await temp.store.create('v1/a.json', { text: 'one' })
    expect(await temp.again().create('v1/a.json', { text: 'one' })).toBe('created')
    expect(await temp.again().create('v1/a.json', { text: 'oni' })).toBe('exists')
    expect(await temp.again().create('v1/a.json', { text: '' })).toBe('exists')
  })

  it('creates from a file, which it leaves where it was', async () => {
    await using temp = await open(azurite)
    const file = join(temp.elsewhere, 'x')
    const bytes = Buffer.alloc(3_000_000, 'some content')
    await writeFile(file, bytes)
    expect(await temp.store.create('v1/x.bin', { file })).toBe('created')
    expect(await temp.store.create('v1/x.bin', { file })).toBe('created')
    expect(bytes.equals(await readFile(file))).toBe(true)
    expect(bytes.equals((await temp.store.read('v1/x.bin')) ?? Buffer.alloc(0))).toBe(true)
  })

  it('names the file that it was to create from when that cannot be read', async () => {
    await using temp = await open(azurite)
    const file = join(temp.elsewhere, 'not-there')
    await expect(temp.store.create('v1/x.bin', { file })).rejects.toMatchObject({ code: 'storage' })
    expect(await pathsIn(temp.store, '')).toEqual([])
  })

  it.each(['', 'é, 漢字 and 𝄞\n', 'a'.repeat(70_000)])('keeps a text as it is', async (text) => {
    await using temp = await open(azurite)
    await temp.store.create('v1/a.txt', { text })
    expect(await textOf(temp.store, 'v1/a.txt')).toBe(text)
    expect(await pathsIn(temp.store, 'v1/')).toEqual(['v1/a.txt'])
  })

  it('lets exactly one of many writers of a name win', async () => {
    await using temp = await open(azurite)
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        temp.again().create('v1/a/b/c.json', { text: `writer ${index}` }),
      ),
    )
    expect(outcomes.filter((outcome) => outcome === 'created')).toHaveLength(1)
    const winner = outcomes.indexOf('created')
    expect(await textOf(temp.store, 'v1/a/b/c.json')).toBe(`writer ${winner}`)
  })

  it('lets all of many writers of the same content win', async () => {
    await using temp = await open(azurite)
    const outcomes = await Promise.all(
      Array.from({ length: 10 }, () => temp.again().create('v1/a.json', { text: 'the same' })),
    )
    expect(new Set(outcomes)).toEqual(new Set(['created']))
  })

  it('lists by prefix in order of path', async () => {
    await using temp = await open(azurite)
    const all = ['a-b.json', 'a/b.json', 'a.json', 'v1/x/2.json', 'v1/x/10.json', 'v1/y/1.json']
    for (const path of all) await temp.store.create(path, { text: path })
    expect(await pathsIn(temp.store, '')).toEqual(all.toSorted())
    expect(await pathsIn(temp.store, 'v1/x/')).toEqual(['v1/x/10.json', 'v1/x/2.json'])
    expect(await pathsIn(temp.store, 'v1/x/1')).toEqual(['v1/x/10.json'])
    expect(await pathsIn(temp.store, 'v1')).toEqual(['v1/x/10.json', 'v1/x/2.json', 'v1/y/1.json'])
    expect(await pathsIn(temp.store, 'v2/')).toEqual([])
  })

  it('names the folders right below a folder, in order', async () => {
    await using temp = await open(azurite)
    const all = ['v1/x/date=2/a', 'v1/x/date=10/b/c', 'v1/x/date=10/d', 'v1/x/e', 'v1/xy/f/g', 'h']
    for (const path of all) await temp.store.create(path, { text: path })
    expect(await temp.store.folders('v1/x/')).toEqual(['date=10', 'date=2'])
    expect(await temp.store.folders('v1/')).toEqual(['x', 'xy'])
    expect(await temp.store.folders('v1/x/date=10/')).toEqual(['b'])
    expect(await temp.store.folders('v1/x/date=2/')).toEqual([])
    expect(await temp.store.folders('v2/')).toEqual([])
    await expect(temp.store.folders('../')).rejects.toThrow(RangeError)
  })

  it('puts files where DuckDB can read them, in the order asked for', async () => {
    await using temp = await open(azurite)
    const paths = ['v1/b/1.txt', 'v1/a/1.txt', 'v1/a/2.txt']
    for (const path of paths) await temp.store.create(path, { text: path })
    const folder = join(temp.elsewhere, 'question')
    const files = await temp.store.local([...paths, 'v1/a/1.txt'], folder)
    expect(await Promise.all(files.map((file) => readFile(file, 'utf8')))).toEqual([
      ...paths,
      'v1/a/1.txt',
    ])
    // DuckDB names the file of each row, and views look at its end.
    expect(files.every((file, index) => file.endsWith(`/${paths[index] ?? 'v1/a/1.txt'}`))).toBe(
      true,
    )
    expect(await temp.store.local([], folder)).toEqual([])
  })

  it('has a place for a file that is not stored, where nothing is', async () => {
    await using temp = await open(azurite)
    await temp.store.create('v1/a.txt', { text: 'a' })
    const [there, missing] = await temp.store.local(['v1/a.txt', 'v1/b.txt'], temp.elsewhere)
    expect(await readFile(there ?? '', 'utf8')).toBe('a')
    await expect(readFile(missing ?? '')).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it('keeps what is stored when the caller removes its folder', async () => {
    await using temp = await open(azurite)
    await temp.store.create('v1/a.txt', { text: 'a' })
    const folder = join(temp.elsewhere, 'question')
    await temp.store.local(['v1/a.txt'], folder)
    await rm(folder, { recursive: true, force: true })
    const [file] = await temp.store.local(['v1/a.txt'], folder)
    expect(await readFile(file ?? '', 'utf8')).toBe('a')
  })

  it('does nothing when it is aborted before', async () => {
    await using temp = await open(azurite)
    const reason = new Error('stop')
    const signal = AbortSignal.abort(reason)
    await expect(temp.store.create('v1/a.txt', { text: 'a' }, { signal })).rejects.toBe(reason)
    await expect(temp.store.read('v1/a.txt', { signal })).rejects.toBe(reason)
    expect(await pathsIn(temp.store, '')).toEqual([])
  })

  it.each([
    '',
    '/etc/passwd',
    '../a',
    'a/../b',
    'a//b',
    'a\\b',
    'a b',
    '.tmp/a',
    'a/.b',
    'é',
    'a\0',
  ])('refuses the path %j', async (path) => {
    await using temp = await open(azurite)
    await expect(temp.store.create(path, { text: '' })).rejects.toThrow(RangeError)
    await expect(temp.store.read(path)).rejects.toThrow(RangeError)
    await expect(temp.store.local([path], temp.elsewhere)).rejects.toThrow(RangeError)
  })

  it('is a list of names to the one content that each got first', async () => {
    await using temp = await open(azurite)
    const name = fc.constantFrom('v1/a', 'v1/b', 'v1/b/c', 'v1/d=1/e.txt')
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(name, fc.string()), { maxLength: 6 }), async (files) => {
        const root = `t${randomUUID()}/`
        const model = new Map<string, string>()
        for (const [path, text] of files) {
          // A folder cannot have a file and a folder of one name; the ledger never does that.
          if (path === 'v1/b/c' ? model.has('v1/b') : path === 'v1/b' && model.has('v1/b/c'))
            continue
          const first = model.get(path) ?? text
          model.set(path, first)
          const outcome = await temp.store.create(`${root}${path}`, { text })
          expect(outcome).toBe(first === text ? 'created' : 'exists')
        }
        const found = await pathsIn(temp.store, root)
        expect(found).toEqual([...model.keys()].map((path) => `${root}${path}`).toSorted())
        for (const [path, text] of model) expect(await textOf(temp.store, root + path)).toBe(text)
      }),
      { numRuns: 15 },
    )
  })
})
