/**
 * The real `collect` command in a process of its own, which can be killed at a chosen moment.
 */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))

export interface CollectorOptions {
  root: string
  /** The simulator's. */
  env: Readonly<Record<string, string>>
  /** File of the certificate to trust. */
  caFile: string
  args?: readonly string[]
}

/**
 * When to kill: so long after the start, after the spool is there, after the first answers are on
 * disk, or after the first Parquet file is.
 */
export interface Moment {
  after: 'start' | keyof typeof TRACES
  ms: number
}

/** The file in a collector's spool that shows how far it is. */
const TRACES = {
  spool: 'start.json',
  answers: 'polls.ndjson',
  parquet: 'snapshots.parquet',
} as const

export interface Collector {
  pid: number
  /** Sends a signal. */
  kill(signal: 'SIGINT' | 'SIGKILL'): void
  /** Kills it at a moment, unless it has ended before; resolves when it has ended. */
  killAt(moment: Moment): Promise<{ killed: boolean }>
  ended: Promise<{ code: number | null; signal: string | null }>
  /** What it has printed until now. */
  stdout(): string
  stderr(): string
}

/** Starts `collect`. */
export function startCollector({ root, env, caFile, args = [] }: CollectorOptions): Collector {
  const child = spawn(
    process.execPath,
    [MAIN, 'collect', '--warehouse', root, '-o', 'jsonl', ...args],
    {
      env: {
        PATH: process.env['PATH'],
        TZ: process.env['TZ'],
        ...env,
        NODE_EXTRA_CA_CERTS: caFile,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  const printed = { stdout: '', stderr: '' }
  child.stdout.on('data', (chunk: Buffer) => void (printed.stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => void (printed.stderr += chunk.toString()))
  const { pid } = child
  if (pid === undefined) throw new Error('Cannot start the collector')
  const isRunning = () => child.exitCode === null && child.signalCode === null
  const ended = once(child, 'close').then(() => ({
    code: child.exitCode,
    signal: child.signalCode,
  }))
  return {
    pid,
    ended,
    kill: (signal) => void child.kill(signal),
    async killAt({ after, ms }) {
      if (after !== 'start') {
        while (isRunning() && !hasBegun(root, pid, after)) await wait(1)
      }
      await Promise.race([wait(ms), ended])
      child.kill('SIGKILL')
      return { killed: (await ended).signal === 'SIGKILL' }
    },
    stdout: () => printed.stdout,
    stderr: () => printed.stderr,
  }
}

/** The folders in which collectors keep what they were answered, until it is recorded. */
export function spools(root: string): string[] {
  const folder = join(root, '.tmp', 'spool')
  return existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : []
}

function hasBegun(root: string, pid: number, what: keyof typeof TRACES): boolean {
  return spools(root)
    .filter((folder) => folder.includes(`~${pid}-`))
    .some((folder) => (statSync(join(folder, TRACES[what]), UNSURE)?.size ?? 0) > 0)
}

const UNSURE = { throwIfNoEntry: false } as const
