/**
 * Owner: the process that a spool belongs to, and whether it still lives.
 *
 * The owner is part of the spool's folder name, so that taking a spool over is one `rename()`,
 * which only one of several succeeds in. A process id alone names nobody: ids are used again, and
 * in containers everyone is process 1. On Linux the id is therefore kept with its start time, the
 * machine's boot and the container.
 */

import { createHash, randomBytes } from 'node:crypto'
import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'

export interface Owner {
  pid: number
  /** When the process began, in the system's own unit; `0` where the system does not say. */
  since: string
  /** The machine, boot and container in which the process id means something. */
  place: string
  /** Tells apart the spools of one process. */
  token: string
}

/** Whether an owner lives: `unclear` where its process ids are not this machine's. */
export type Life = 'alive' | 'dead' | 'unclear'

const ours = new Set<string>()

/** Makes this process the owner of one more spool, until it is let go. */
export function becomeOwner(): Owner {
  const token = randomBytes(4).toString('hex')
  ours.add(token)
  return { pid: process.pid, since: startOf(process.pid), place: thisPlace(), token }
}

/** Ends an ownership: the next one who looks may take the spool over. */
export function letGo({ token }: Owner): void {
  ours.delete(token)
}

/** The owner as a part of a file name. */
export function formatOwner({ pid, since, place, token }: Owner): string {
  return `${pid}-${since}-${place}-${token}`
}

/** @returns null where the text names no owner. */
export function parseOwner(text: string): Owner | null {
  const match = /^(\d+)-(\d+)-([0-9a-f]+)-([0-9a-f]+)$/.exec(text)
  const [, pid, since, place, token] = match ?? []
  return pid && since && place && token ? { pid: Number(pid), since, place, token } : null
}

export function lifeOf(owner: Owner): Life {
  if (owner.place !== thisPlace()) return 'unclear'
  if (owner.pid === process.pid) return ours.has(owner.token) ? 'alive' : 'dead'
  if (!processExists(owner.pid)) return 'dead'
  if (owner.since === '0') return 'unclear'
  return owner.since === startOf(owner.pid) ? 'alive' : 'dead'
}

function processExists(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // EPERM: it exists, and is another user's.
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

let place: string | undefined
function thisPlace(): string {
  place ??= createHash('sha256')
    .update(
      [
        hostname(),
        attempt(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8')),
        attempt(() => readlinkSync('/proc/self/ns/pid')),
      ].join('\n'),
    )
    .digest('hex')
    .slice(0, 12)
  return place
}

/** @see https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html field 22, after the name in parentheses */
function startOf(pid: number): string {
  const stat = attempt(() => readFileSync(`/proc/${pid}/stat`, 'utf8'))
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return /^\d+$/.test(fields[19] ?? '') ? String(fields[19]) : '0'
}

function attempt(read: () => string): string {
  try {
    return read()
  } catch {
    return ''
  }
}
