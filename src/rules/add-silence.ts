/**
 * Adding an entry to the file of silences. What people wrote there stays, comments as well.
 */

import { randomUUID } from 'node:crypto'
import { open, realpath, rename, rm, stat } from 'node:fs/promises'
import { isDeepStrictEqual } from 'node:util'

import { LedgerError } from '../domain/errors.ts'
import { codeOf } from '../domain/file-error.ts'
import { FileProblem } from '../domain/file-problem.ts'
import type { Silences } from '../domain/silence.ts'
import { parseSilences, type SilenceKind, type WrittenSilence } from '../domain/silences-file.ts'
import { insertEntry } from './insert-entry.ts'
import { lockFile } from './lock-file.ts'
import { parseYaml } from './read-yaml.ts'
import { readBytes, type TextFile, textOf, usageError } from './text-file.ts'

/**
 * Adds an entry to the end of its list.
 *
 * @throws {LedgerError} `usage` where the file cannot be read or written, or says something wrong
 *   already, or would with the entry. It is then as it was.
 */
export async function addSilence(
  file: TextFile,
  kind: SilenceKind,
  entry: WrittenSilence,
): Promise<void> {
  try {
    await using _ = await lockFile((await pathOf(file)) ?? file.path)
    const path = await pathOf(file)
    const before = path === null ? '' : textOf(file, await readBytes({ ...file, path }))
    const text = withEntry(before, file, kind, entry)
    await replace(path ?? file.path, text, path === null ? null : (await stat(path)).mode)
  } catch (error) {
    throw usageError('write', file, error)
  }
}

/** The file behind links, so that they stay links; null where there is none. */
async function pathOf(file: TextFile): Promise<string | null> {
  try {
    return await realpath(file.path)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null
    throw usageError('read', file, error)
  }
}

function withEntry(
  before: string,
  file: TextFile,
  kind: SilenceKind,
  entry: WrittenSilence,
): string {
  const { document, data: old } = parseYaml(before, file.name, parseSilences)
  const added = parseEntry(file, kind, entry)
  const text = insertEntry(before, document, kind, entry)
  if (text !== null && holds(text, file, { ...old, [kind]: [...old[kind], ...added] })) return text
  throw new LedgerError('usage', `Cannot add to "${file.name}": its ${kind} are no list of lines`, {
    hint: `Write them below "${kind}:", each with a dash before it`,
  })
}

function parseEntry({ name }: TextFile, kind: SilenceKind, entry: WrittenSilence) {
  try {
    return parseSilences({ [kind]: [entry] })[kind]
  } catch (error) {
    if (!(error instanceof FileProblem)) throw error
    throw new LedgerError('usage', `Cannot add to "${name}": ${error.message}`, { cause: error })
  }
}

/** Whether what is to be written would be read as this. */
function holds(text: string, file: TextFile, expected: Silences): boolean {
  try {
    const { data } = parseYaml(textOf(file, Buffer.from(text)), file.name, parseSilences)
    return isDeepStrictEqual(data, expected)
  } catch (error) {
    if (error instanceof LedgerError) return false
    throw error
  }
}

/** @param mode Who may do what with it; null for a new file. */
async function replace(path: string, text: string, mode: number | null): Promise<void> {
  const part = `${path}.${randomUUID()}.part`
  try {
    {
      await using handle = await open(part, 'wx')
      await handle.writeFile(text)
      if (mode !== null) await handle.chmod(mode & 0o777)
      await handle.sync()
    }
    // Renamed only when whole and on disk, so that no reader ever meets half a file.
    await rename(part, path)
  } finally {
    await rm(part, { force: true })
  }
}
