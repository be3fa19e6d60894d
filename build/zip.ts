/** A folder as a zip, the same from the same files on every machine. */

import { createWriteStream } from 'node:fs'
import { glob, stat } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { pipeline } from 'node:stream/promises'

import { ZipFile } from 'yazl'

// The first moment that a zip can name, and a file that everybody may read, also where it was packed on
// Windows. Only DOS's form of a time knows no zone.
const SAME = { mtime: new Date(1980, 0, 1), forceDosTimestamp: true, mode: 0o100644 }

/** @returns The size of the zip in bytes. */
export async function zipFolder(folder: string, to: string): Promise<number> {
  const zip = new ZipFile()
  for (const path of (await filesIn(folder)).toSorted()) {
    const name = path.replaceAll(sep, '/')
    zip.addFile(join(folder, path), name, { ...SAME, compressionLevel: 9 })
  }
  zip.end()
  await pipeline(zip.outputStream, createWriteStream(to))
  return (await stat(to)).size
}

/** Paths of all files in a folder, at any depth. */
export async function filesIn(folder: string): Promise<string[]> {
  const found: string[] = []
  for await (const entry of glob('**/*', { cwd: folder, withFileTypes: true })) {
    if (entry.isFile()) found.push(join(entry.parentPath, entry.name).slice(folder.length + 1))
  }
  return found
}
