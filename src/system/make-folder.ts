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
 * @returns The folders that were missing, the uppermost first.
 */
export async function makeFolder(folder: string): Promise<string[]> {
  const made = await makeOne(folder)
  if (made) return made
  const above = await makeFolder(dirname(folder))
  const own = await makeOne(folder)
  if (own) return [...above, ...own]
  await mkdir(folder)
  return [...above, folder]
}

/** @returns null where what is above it is missing. */
async function makeOne(folder: string): Promise<string[] | null> {
  try {
    await mkdir(folder)
    return [folder]
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return []
    if (codeOf(error) !== 'ENOENT' || dirname(folder) === folder) throw error
    return null
  }
}
