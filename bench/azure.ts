/**
 * The simulated Azure of a benchmark, and the programs that ask it: each in a process of its own, so
 * that no one's work or memory is counted as another's.
 */

import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

import { z } from 'zod'

export interface Azure extends AsyncDisposable {
  /** For programs that ask it: its addresses and the certificate to trust. */
  env: Record<string, string>
  /** Gives the simulator a command, and reads its answer. */
  say(command: string): Promise<unknown>
}

const SIMULATOR = new URL('../src/simulator/serve.ts', import.meta.url)

const greeting = z.object({ env: z.record(z.string(), z.string()), ca: z.string() })

/**
 * Starts a simulated Azure.
 *
 * @param options As src/simulator/serve.ts takes them.
 */
export async function startAzure(options: object, script = SIMULATOR): Promise<Azure> {
  const child = spawn(process.execPath, [fileURLToPath(script), JSON.stringify(options)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const read = async () => {
    const line: unknown = JSON.parse(String((await lines.next()).value))
    return line
  }
  const { env, ca } = greeting.parse(await read())
  const folder = await mkdtemp(join(tmpdir(), 'bastion-ledger-bench-'))
  const trusted = join(folder, 'ca.pem')
  await writeFile(trusted, ca)
  return {
    env: { ...env, NODE_EXTRA_CA_CERTS: trusted },
    async say(command) {
      child.stdin.write(`${command}\n`)
      return read()
    },
    async [Symbol.asyncDispose]() {
      child.stdin.end()
      await ended(child)
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/**
 * Runs a program to its end, and reads the one line of JSON that it prints.
 *
 * @param input Becomes its only argument, as JSON.
 */
export async function runProgram(program: URL, azure: Azure, input: object): Promise<unknown> {
  // No setting of whoever runs the benchmark may reach the program that is measured.
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('LEDGER_'))
  const child = spawn(process.execPath, [fileURLToPath(program), JSON.stringify(input)], {
    env: { ...Object.fromEntries(inherited), ...azure.env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const output: string[] = []
  child.stdout.setEncoding('utf8').on('data', (text: string) => output.push(text))
  const code = await ended(child)
  if (code !== 0) throw new Error(`Cannot measure "${program.pathname}": it ended with ${code}`)
  const printed: unknown = JSON.parse(output.join(''))
  return printed
}

async function ended(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null) return child.exitCode
  await once(child, 'close')
  return child.exitCode
}
