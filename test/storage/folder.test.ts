/** What a folder does beyond what every store promises (store.test.ts). */

import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { openFolder, scratchOf } from '../../src/storage/folder.ts'
import { tempFolder } from '../warehouse/temp-warehouse.ts'
import { pathsIn } from './stores.ts'

describe('openFolder', () => {
  it('makes nothing before the first file', async () => {
    await using folder = await tempFolder()
    const store = openFolder(join(folder.root, 'new'))
    expect(await store.read('v1/a.json')).toBeNull()
    expect(await pathsIn(store, 'v1/')).toEqual([])
    expect(await readdir(folder.root)).toEqual([])
  })

  it('creates from a file, which it leaves where it was', async () => {
    await using folder = await tempFolder()
    await using elsewhere = await tempFolder()
    const store = openFolder(folder.root)
    const scratch = scratchOf(folder.root)
    await mkdir(scratch, { recursive: true })
    const sources = [join(scratch, 'x'), join(elsewhere.root, 'y')]
    for (const [index, file] of sources.entries()) {
      await writeFile(file, `content ${index}`)
      expect(await store.create(`v1/${index}.bin`, { file })).toBe('created')
      expect(await readFile(file, 'utf8')).toBe(`content ${index}`)
      expect(new TextDecoder().decode((await store.read(`v1/${index}.bin`)) ?? undefined)).toBe(
        `content ${index}`,
      )
    }
  })

  it('leaves nothing unfinished behind when many write one name', async () => {
    await using folder = await tempFolder()
    await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        openFolder(folder.root).create('v1/a/b/c.json', { text: `writer ${index}` }),
      ),
    )
    expect(await readdir(scratchOf(folder.root))).toEqual([])
  })

  it('lists nothing of its own scratch', async () => {
    await using folder = await tempFolder()
    const store = openFolder(folder.root)
    await store.create('v1/a.json', { text: 'a' })
    await writeFile(join(scratchOf(folder.root), 'left.part'), '')
    expect(await pathsIn(store, '')).toEqual(['v1/a.json'])
  })

  it('lists only folders that can hold the prefix', async () => {
    await using folder = await tempFolder()
    const store = openFolder(folder.root)
    await store.create('v1/date=2026-11-23/a.json', { text: 'a' })
    // Reading this one fails, so a list that looked into it would too.
    await symlink(join(folder.root, 'loop'), join(folder.root, 'loop'))
    await mkdir(join(folder.root, 'v1/date=2026-11-22'))
    await symlink('x', join(folder.root, 'v1/date=2026-11-22/x'))
    expect(await pathsIn(store, 'v1/date=2026-11-23/')).toEqual(['v1/date=2026-11-23/a.json'])
  })

  it('never leaves the folder, whatever the path', async () => {
    await using folder = await tempFolder()
    const store = openFolder(folder.root)
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: fc.constantFrom('.', '/', 'a', '=', '\\') }),
        async (path) => {
          const local = await store
            .local([path], folder.root)
            .catch(() => [join(folder.root, 'refused')])
          expect(local[0]?.startsWith(`${folder.root}/`)).toBe(true)
          expect(local[0]?.split('/')).not.toContain('..')
        },
      ),
    )
  })
})

describe('openFolder where the disk refuses', () => {
  it('names the file and the reason when a file is in the way', async () => {
    await using folder = await tempFolder()
    const root = join(folder.root, 'taken')
    await writeFile(root, 'a file')
    const store = openFolder(root)
    const refusal = { code: 'storage', message: expect.stringContaining(root) }
    await expect(store.create('v1/a.json', { text: '' })).rejects.toMatchObject({
      ...refusal,
      message: expect.stringContaining('not a folder (ENOTDIR)'),
      hint: expect.stringContaining('--warehouse'),
    })
    await expect(store.read('v1/a.json')).rejects.toMatchObject(refusal)
    await expect(pathsIn(store, 'v1/')).rejects.toMatchObject(refusal)
  })

  it('says so when the system is one that nobody can write to', async () => {
    const store = openFolder('/proc/1/nothing')
    await expect(store.create('v1/a.json', { text: '' })).rejects.toMatchObject({
      code: 'storage',
      message: expect.stringMatching(/^Cannot write "\/proc\/1\/nothing/),
    })
  })
})
