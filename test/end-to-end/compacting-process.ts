/**
 * Compaction in a process of its own, which can be killed, or kills itself at a chosen point.
 */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const CHILD = fileURLToPath(new URL('compacting-child.ts', import.meta.url))

export interface Ending {
  /** So long after the start, unless it has ended before. */
  killAfterMs?: number
  /**
   * Where it kills itself: at the beginning of a step, or before or after it creates its n-th file.
   * For example `sort`, `before 3`.
   */
  at?: string
}

/** @returns Whether it was killed. */
export async function compactInProcess(
  root: string,
  now: string,
  { killAfterMs, at = '' }: Ending = {},
): Promise<boolean> {
  const child = spawn(process.execPath, [CHILD, root, now, at], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let words = ''
  child.stderr.on('data', (chunk: Buffer) => void (words += chunk.toString()))
  const ended = once(child, 'close')
  if (killAfterMs !== undefined) {
    await Promise.race([wait(killAfterMs), ended])
    child.kill('SIGKILL')
  }
  await ended
  if (child.signalCode === 'SIGKILL') return true
  if (child.exitCode !== 0) throw new Error(`Compaction failed:\n${words}`)
  return false
}
