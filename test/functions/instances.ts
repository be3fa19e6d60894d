/** Instances of the app that are taken away while they work. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { globSync, readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

import type { Settled } from '../functions-host/deployed.ts'
import type { FunctionsHost, Trigger } from '../functions-host/host.ts'

const INSTANCE = fileURLToPath(new URL('../functions-host/instance.ts', import.meta.url))

export interface Instance {
  /** Resolves when so many hosts have answered, and their answers are on disk. */
  answered(hosts: number): Promise<void>
  /** `terminate` tells the app, as the Functions host does. */
  end(
    how: 'SIGTERM' | 'SIGKILL' | 'terminate',
  ): Promise<{ code: number | null; signal: string | null }>
  /** Lines of its log, each parsed, once it has ended. */
  lines(): Record<string, unknown>[]
}

/** Starts an instance that carries out one invocation. */
export async function startInstance(
  { folder }: FunctionsHost,
  { env, simulator, folder: machine }: Settled,
  { name, trigger }: { name: string; trigger: Trigger },
): Promise<Instance> {
  const caFile = join(machine, 'ca.pem')
  await writeFile(caFile, simulator.ca)
  const child = spawn(process.execPath, [INSTANCE, folder, name, JSON.stringify(trigger)], {
    env: { PATH: process.env['PATH'], TZ: process.env['TZ'], ...env, NODE_EXTRA_CA_CERTS: caFile },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  let printed = ''
  child.stdout.on('data', (chunk: Buffer) => void (printed += chunk.toString()))
  const ended = once(child, 'close').then(() => ({
    code: child.exitCode,
    signal: child.signalCode,
  }))
  return {
    async answered(hosts) {
      while (spooled(machine, child.pid ?? 0) < hosts) {
        if (child.exitCode !== null) throw new Error(`The instance ended: ${printed}`)
        await wait(5)
      }
    },
    async end(how) {
      if (how === 'terminate') child.stdin.write('terminate\n')
      else child.kill(how)
      return ended
    },
    lines: () =>
      printed
        .split('\n')
        .filter((line) => line !== '')
        .map((line): Record<string, unknown> => JSON.parse(JSON.parse(line).message)),
  }
}

/** How many hosts' answers a process has on disk. */
function spooled(machine: string, pid: number): number {
  // A hidden folder is only found by its name.
  const places = ['warehouse/.tmp', 'scratch/*']
  return places
    .flatMap((place) => globSync(join(machine, place, 'spool', `*~${pid}-*`, 'polls.ndjson')))
    .reduce((sum, file) => sum + readFileSync(file, 'utf8').split('\n').length - 1, 0)
}
