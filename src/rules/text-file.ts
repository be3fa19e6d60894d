/**
 * Small text files that people write: read whole, and only where they are what they should be.
 */

import { readFile, stat } from 'node:fs/promises'

import { ALERT_SETTINGS } from '../domain/alert-settings.ts'
import { LedgerError } from '../domain/errors.ts'
import { fileError } from '../domain/file-error.ts'

export interface TextFile {
  /** As the person wrote it, for messages. */
  name: string
  path: string
  /** The setting that names it; null where none does. */
  setting: 'rules' | 'silences' | null
}

const MOST_BYTES = 1_000_000

/** @throws {LedgerError} `usage` */
export async function readText(file: TextFile): Promise<string> {
  return textOf(file, await readBytes(file))
}

/** The file as it is. @throws {LedgerError} `usage` */
export async function readBytes(file: TextFile): Promise<Buffer> {
  try {
    const found = await stat(file.path)
    // Reading a pipe could wait for ever.
    if (!found.isFile())
      throw refusal(file, `it is ${found.isDirectory() ? 'a folder' : 'no file'}`)
    if (found.size > MOST_BYTES) throw tooLarge(file, found.size)
    return await readFile(file.path)
  } catch (error) {
    throw usageError('read', file, error)
  }
}

/** @throws {LedgerError} `usage` where it is no text, or more than is read. */
export function textOf(file: TextFile, bytes: Uint8Array): string {
  if (bytes.length > MOST_BYTES) throw tooLarge(file, bytes.length)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (error) {
    throw refusal(file, 'it is no UTF-8 text', error)
  }
}

/** A file error as a mistake in the setting that names the file. Other errors stay as they are. */
export function usageError(act: 'read' | 'write', file: TextFile, error: unknown): unknown {
  const told = fileError(act, file.name, error)
  if (!(told instanceof LedgerError) || told.code === 'usage') return told
  // Its hint is for the warehouse.
  return refusalOf(file, told.message, error)
}

function tooLarge(file: TextFile, bytes: number): LedgerError {
  const [is, most] = [bytes, MOST_BYTES].map((count) => count.toLocaleString('en'))
  return refusal(file, `it has ${is} bytes, and ${most} are allowed`)
}

function refusal(file: TextFile, why: string, cause?: unknown): LedgerError {
  return refusalOf(file, `Cannot read "${file.name}": ${why}`, cause)
}

function refusalOf(file: TextFile, message: string, cause: unknown): LedgerError {
  const hint = hintFor(file)
  return new LedgerError('usage', message, { cause, ...(hint === undefined ? {} : { hint }) })
}

function hintFor({ setting }: TextFile): string | undefined {
  if (setting === null) return undefined
  const { env, flag } = ALERT_SETTINGS[setting]
  return `It is named by ${env} or --${flag}`
}
