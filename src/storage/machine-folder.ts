/**
 * The machine's folder: where this machine keeps what belongs to a warehouse that is elsewhere.
 * Runs under way are in it, and files once read.
 *
 * It has the same name for the same warehouse at every start, so that the next run finds what a
 * crashed one left. The system's temporary folder is everybody's: a folder of that name which
 * another user made first is refused, for whoever owns it can read and replace what is in it.
 */

import { createHash } from 'node:crypto'
import { chmodSync, lstatSync, mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import process from 'node:process'

import { LedgerError } from '../domain/errors.ts'
import { codeOf, fileError } from '../domain/file-error.ts'
import type { BlobAddress } from '../domain/warehouse-address.ts'

const PRIVATE = 0o700

/**
 * Makes the folder, readable by this user alone.
 *
 * @param base The folder that it is made in; null for one in the system's temporary folder.
 * @throws {LedgerError} `storage`
 */
export function openMachineFolder(
  { account, container, containerUrl, prefix }: BlobAddress,
  base: string | null,
): string {
  const digest = createHash('sha256').update(`${containerUrl}/${prefix}`).digest('hex')
  const name = `${account}-${container}-${digest.slice(0, 12)}`
  return makePrivate(join(base === null ? defaultBase() : makeBase(resolve(base)), name))
}

function defaultBase(): string {
  return makePrivate(join(tmpdir(), `bastion-ledger-${process.getuid?.() ?? 'user'}`))
}

function makeBase(folder: string): string {
  try {
    mkdirSync(folder, { recursive: true })
    return folder
  } catch (error) {
    throw fileError('write', folder, error)
  }
}

function makePrivate(folder: string): string {
  try {
    mkdirSync(folder, { mode: PRIVATE })
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw fileError('write', folder, error)
  }
  const found = lstatSync(folder)
  if (!found.isDirectory()) throw refusal(folder, 'it is no folder')
  // Windows has no such user ids, and its temporary folder is the user's own.
  const user = process.getuid?.()
  if (user === undefined) return folder
  if (found.uid !== user) throw refusal(folder, 'it belongs to another user')
  if ((found.mode & 0o077) !== 0) chmodSync(folder, PRIVATE)
  return folder
}

function refusal(folder: string, why: string): LedgerError {
  return new LedgerError('storage', `Cannot use "${folder}" for what this machine keeps: ${why}`, {
    hint: 'Choose another folder with LEDGER_SCRATCH',
  })
}
