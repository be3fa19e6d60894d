/**
 * Folders on this machine, made with all that is missing above them.
 */

import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'

import { codeOf } from '../domain/file-error.ts'

/**
 * Makes a folder, unless it is there.
 *
 * Not by `mkdir(…, { recursive: true })`: where a system answers ENOENT although the parent is there,
 * as `/proc` does, Node 24 tries for ever.
 */
export async function makeFolder(folder: string, retry = true): Promise<void> {
  try {
    await mkdir(folder)
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return
    if (codeOf(error) !== 'ENOENT' || !retry) throw error
    await makeFolder(dirname(folder))
    return makeFolder(folder, false)
  }
}
