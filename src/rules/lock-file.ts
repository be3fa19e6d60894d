/**
 * One writer at a time, among programs that ask for this lock: a file beside the one that is written.
 */

import { open, rm, stat } from 'node:fs/promises'
import { setTimeout } from 'node:timers/promises'

import { LedgerError } from '../domain/errors.ts'
import { codeOf } from '../domain/file-error.ts'

// It is held for milliseconds: an old one was left by a crash.
const OLD_MS = 10_000
const WAIT_MS = 20
const MOST_WAITS = 1000

/**
 * Waits for the lock, and holds it until it is disposed of.
 *
 * @throws {LedgerError} `usage` where others hold it all the time; the system's error where there can
 *   be no file.
 */
export async function lockFile(path: string): Promise<AsyncDisposable> {
  const lock = `${path}.lock`
  for (let waits = 0; waits < MOST_WAITS; waits++) {
    if (await isLocked(lock)) return { [Symbol.asyncDispose]: () => rm(lock, { force: true }) }
    if ((await ageMsOf(lock)) > OLD_MS) await rm(lock, { force: true })
    else await setTimeout(WAIT_MS)
  }
  throw new LedgerError('usage', `Cannot write "${path}": somebody else is writing it`, {
    hint: `If nobody is, remove "${lock}"`,
  })
}

async function isLocked(lock: string): Promise<boolean> {
  try {
    await (await open(lock, 'wx')).close()
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw error
  }
}

async function ageMsOf(lock: string): Promise<number> {
  try {
    return Date.now() - (await stat(lock)).mtimeMs
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return 0
    throw error
  }
}
