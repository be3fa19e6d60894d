import { chmod, mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { LedgerError } from '../../src/domain/errors.ts'
import { checkFolder } from '../../src/storage/folder-check.ts'
import { tempFolder } from '../warehouse/temp-warehouse.ts'

async function failure(root: string): Promise<LedgerError> {
  const error: unknown = await checkFolder(root).catch((reason: unknown) => reason)
  if (error instanceof LedgerError) return error
  throw new Error(`It gave ${String(error)}`)
}

describe('checkFolder', () => {
  it('leaves nothing where there was nothing', async () => {
    await using folder = await tempFolder()
    await checkFolder(join(folder.root, 'a', 'b', 'warehouse'))
    expect(await readdir(folder.root)).toEqual([])
  })

  it('leaves what was there', async () => {
    await using folder = await tempFolder()
    const scratch = join(folder.root, '.tmp')
    await mkdir(scratch)
    await writeFile(join(scratch, 'spool'), 'mine')
    await checkFolder(folder.root)
    expect(await readdir(folder.root)).toEqual(['.tmp'])
    expect(await readdir(scratch)).toEqual(['spool'])
  })

  it('says why it cannot be written: a file is in the way', async () => {
    await using folder = await tempFolder()
    const file = join(folder.root, 'warehouse')
    await writeFile(file, '')
    const { code, message, hint } = await failure(file)
    expect(code).toBe('storage')
    expect(message).toMatch(/^Cannot write ".*warehouse": a part of the path is a file/)
    expect(hint).toContain('--warehouse')
  })

  it.skipIf(process.getuid?.() === 0)('says why it cannot be written: permission', async () => {
    await using folder = await tempFolder()
    await chmod(folder.root, 0o500)
    expect((await failure(folder.root)).message).toContain('permission denied')
    await chmod(folder.root, 0o700)
  })

  it('says why it cannot be written: a system that takes no folders', async () => {
    expect((await failure('/proc/ledger')).code).toBe('storage')
  })
})
