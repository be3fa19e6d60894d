/**
 * DuckDB for Linux x64, on whatever machine the package is made.
 *
 * npm installs the native module of its own machine only. Where that is another one, the package of
 * the version that the lock file names is fetched, and must have the checksum that is there.
 */

import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import { promisify } from 'node:util'

import { z } from 'zod'

import { ROOT } from './bundle.ts'

export const LINUX_BINDINGS = '@duckdb/node-bindings-linux-x64'

const lockFile = z.object({
  packages: z.record(
    z.string(),
    z.looseObject({ version: z.string().optional(), integrity: z.string().optional() }),
  ),
})
const packed = z.tuple([z.object({ filename: z.string() })])

/**
 * The folder of the package.
 *
 * @param scratch A folder for what is fetched.
 * @param modules Where npm has installed packages (default: the repository's).
 */
export async function linuxDuckdb(
  scratch: string,
  modules = join(ROOT, 'node_modules'),
): Promise<string> {
  const installed = join(modules, LINUX_BINDINGS)
  return existsSync(installed) ? installed : fetchPackage(scratch)
}

async function fetchPackage(scratch: string): Promise<string> {
  const lock = lockFile.parse(JSON.parse(await readFile(join(ROOT, 'package-lock.json'), 'utf8')))
  const { version, integrity } = lock.packages[`node_modules/${LINUX_BINDINGS}`] ?? {}
  if (!version || !integrity) throw new Error(`Cannot fetch ${LINUX_BINDINGS}: the lock has none`)

  const printed = await npm(['pack', `${LINUX_BINDINGS}@${version}`, '--json'], scratch)
  const [{ filename }] = packed.parse(JSON.parse(printed))
  const archive = join(scratch, filename)
  const checksum = createHash('sha512').update(await readFile(archive))
  if (`sha512-${checksum.digest('base64')}` !== integrity) {
    throw new Error(`Cannot use ${filename}: it is not what the lock file names`)
  }
  // Linux, macOS and Windows 10 have it.
  await promisify(execFile)('tar', ['-xzf', filename], { cwd: scratch })
  return join(scratch, 'package')
}

/** Runs npm: the one that runs this script, where there is one. */
async function npm(args: string[], cwd: string): Promise<string> {
  const cli = process.env['npm_execpath']
  const [command, first] = cli ? [process.execPath, [cli]] : ['npm', []]
  const { stdout } = await promisify(execFile)(command, [...first, ...args], { cwd })
  return stdout
}
