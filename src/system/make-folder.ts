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
 *
 * @param made Called for each folder that was missing, the uppermost first.
 */
export async function makeFolder(
  folder: string,
  made: (folder: string) => Promise<void> = async () => undefined,
): Promise<void> {
  if (await isMade(folder, made)) return
  await makeFolder(dirname(folder), made)
  if (!(await isMade(folder, made))) await mkdir(folder)
}

/** @returns false where what is above it is missing. */
async function isMade(folder: string, made: (folder: string) => Promise<void>): Promise<boolean> {
  try {
    await mkdir(folder)
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return true
    if (codeOf(error) !== 'ENOENT' || dirname(folder) === folder) throw error
    return false
  }
  await made(folder)
  return true
}
