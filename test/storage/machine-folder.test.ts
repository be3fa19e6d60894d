import { chmodSync, chownSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import process from 'node:process'

import { describe, expect, it, vi } from 'vitest'

import { openMachineFolder } from '../../src/storage/machine-folder.ts'
import { tempFolder } from '../warehouse/temp-warehouse.ts'
import { addressOf } from './stores.ts'

const URL = 'https://contoso.blob.core.windows.net/ledger'

describe('openMachineFolder', () => {
  it('makes a folder for this user alone, the same at every start', async () => {
    await using folder = await tempFolder()
    const made = openMachineFolder(addressOf(URL), folder.root)
    expect(statSync(made).mode & 0o777).toBe(0o700)
    expect(openMachineFolder(addressOf(`${URL}/`), folder.root)).toBe(made)
  })

  it('has one for each warehouse', async () => {
    await using folder = await tempFolder()
    const urls = [URL, `${URL}/a`, `${URL}/b`, URL.replace('contoso', 'fabrikam')]
    const made = urls.map((url) => openMachineFolder(addressOf(url), folder.root))
    expect(new Set(made).size).toBe(4)
  })

  it('is in the temporary folder where no other is named, and all of it is private', async () => {
    await using folder = await tempFolder()
    vi.stubEnv('TMPDIR', folder.root)
    const made = openMachineFolder(addressOf(URL), null)
    vi.unstubAllEnvs()
    expect(dirname(dirname(made))).toBe(folder.root)
    expect(statSync(dirname(made)).mode & 0o777).toBe(0o700)
  })

  it('closes a folder of its own that was open to others', async () => {
    await using folder = await tempFolder()
    const made = openMachineFolder(addressOf(URL), folder.root)
    chmodSync(made, 0o755)
    openMachineFolder(addressOf(URL), folder.root)
    expect(statSync(made).mode & 0o777).toBe(0o700)
  })

  it('refuses a link, and a file', async () => {
    await using folder = await tempFolder()
    const made = openMachineFolder(addressOf(URL), folder.root)
    const other = join(folder.root, 'other')
    mkdirSync(other)
    symlinkSync(made, join(other, made.slice(folder.root.length + 1)))
    const refusal = {
      code: 'storage',
      message: expect.stringMatching(/^Cannot use .*: it is no folder$/),
    }
    expect(() => openMachineFolder(addressOf(URL), other)).toThrow(expect.objectContaining(refusal))
    const file = join(folder.root, 'file')
    writeFileSync(file, '')
    expect(() => openMachineFolder(addressOf(URL), file)).toThrow(
      expect.objectContaining({ code: 'storage' }),
    )
  })

  it.runIf(process.getuid?.() === 0)('refuses the folder of another user', async () => {
    await using folder = await tempFolder()
    chownSync(openMachineFolder(addressOf(URL), folder.root), 1234, 1234)
    expect(() => openMachineFolder(addressOf(URL), folder.root)).toThrow(
      expect.objectContaining({
        code: 'storage',
        message: expect.stringContaining('another user'),
      }),
    )
  })
})
