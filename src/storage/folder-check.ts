/**
 * A folder's check: whether the ledger could be kept there, by doing once what it does for each file.
 *
 * A free name is taken by a link, which some disks and network shares do not have.
 */

import { randomUUID } from 'node:crypto'
import { link, open, readFile, rm, rmdir, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'

import { LedgerError } from '../domain/errors.ts'
import { codeOf, fileError } from '../domain/file-error.ts'
import { makeFolder } from '../system/make-folder.ts'
import { scratchOf } from './folder.ts'

/**
 * Writes a file, gives it a name, reads it back and removes it, and every folder that this made.
 *
 * @param root As the person wrote it, for messages.
 * @throws {LedgerError} `storage`
 */
export async function checkFolder(root: string): Promise<void> {
  const scratch = scratchOf(root)
  const part = join(scratch, `check-${randomUUID()}.part`)
  const named = part.replace(/\.part$/, '.txt')
  const text = 'The ledger can be kept here.\n'
  try {
    const missing = await missingFolders(scratch)
    try {
      await makeFolder(scratch)
      await using file = await open(part, 'wx')
      await file.writeFile(text)
      await file.sync()
      await link(part, named)
      if ((await readFile(named, 'utf8')) === text) return
    } finally {
      for (const path of [part, named]) await rm(path, { force: true }).catch(ignore)
      // Only what is empty: another process may have begun to use it.
      for (const folder of missing) await rmdir(folder).catch(ignore)
    }
  } catch (error) {
    throw fileError('write', root, error)
  }
  throw new LedgerError('storage', `Cannot write "${root}": what was written is not what is there`)
}

/** Folders that are not there, the deepest first. */
async function missingFolders(folder: string): Promise<string[]> {
  try {
    await stat(folder)
    return []
  } catch (error) {
    if (codeOf(error) !== 'ENOENT' || dirname(folder) === folder) return []
    return [folder, ...(await missingFolders(dirname(folder)))]
  }
}

function ignore(): void {
  // What is left over harms nothing, and what went wrong before is worth telling.
}
