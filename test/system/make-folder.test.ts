import { mkdir, stat } from 'node:fs/promises'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { makeFolder } from '../../src/system/make-folder.ts'
import { tempFolder } from '../warehouse/temp-warehouse.ts'

describe('makeFolder', () => {
  it('says which folders were missing, the uppermost first', async () => {
    await using folder = await tempFolder()
    const at = (path: string) => join(folder.root, path)
    await mkdir(at('a'))
    expect(await makeFolder(at('a/b/c'))).toEqual([at('a/b'), at('a/b/c')])
    expect((await stat(at('a/b/c'))).isDirectory()).toBe(true)
    expect(await makeFolder(at('a/b/c'))).toEqual([])
  })

  it('names each of them once, though several make the same ones', async () => {
    await using folder = await tempFolder()
    const at = (path: string) => join(folder.root, path)
    const made = await Promise.all(Array.from({ length: 10 }, () => makeFolder(at('a/b/c'))))
    expect(made.flat().toSorted()).toEqual([at('a'), at('a/b'), at('a/b/c')])
  })
})
