/**
 * The app's folder: what is deployed, and nothing else.
 *
 * The bundles hold every package but DuckDB, of which the files are copied that it runs by. A folder
 * `alerts/` in the repository is its user's, with rules and silences, and goes along as it is.
 */

import { existsSync } from 'node:fs'
import { copyFile, cp, mkdir, readFile, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

import { z } from 'zod'

import manifest from '../package.json' with { type: 'json' }
import { bundleFunctions, ROOT } from './bundle.ts'
import { LINUX_BINDINGS, linuxDuckdb } from './linux-duckdb.ts'

const dependent = z.object({ dependencies: z.record(z.string(), z.string()).default({}) })

/**
 * Fills the folder.
 *
 * @param scratch For what must be fetched first.
 */
export async function fillAppFolder(folder: string, scratch: string): Promise<void> {
  await bundleFunctions(join(folder, 'dist', 'functions'))
  await copyFile(join(ROOT, 'host.json'), join(folder, 'host.json'))
  await copyAlerts(ROOT, folder)
  const { name, version, type, main } = manifest
  await writeFile(join(folder, 'package.json'), JSON.stringify({ name, version, type, main }))
  const modules = join(folder, 'node_modules')
  for (const one of await packagesOf('@duckdb/node-api')) {
    await copyPackage(join(ROOT, 'node_modules', one), join(modules, one))
  }
  await copyPackage(await linuxDuckdb(scratch), join(modules, LINUX_BINDINGS))
}

/** Copies the user's rules and silences, where there are any. */
export async function copyAlerts(root: string, folder: string): Promise<void> {
  const own = join(root, 'alerts')
  if (existsSync(own)) await cp(own, join(folder, 'alerts'), { recursive: true })
}

/** A package and all that it depends on, as npm lays them out: side by side. */
async function packagesOf(name: string, found = new Set<string>()): Promise<Set<string>> {
  if (found.has(name)) return found
  found.add(name)
  const file = join(ROOT, 'node_modules', name, 'package.json')
  const { dependencies } = dependent.parse(JSON.parse(await readFile(file, 'utf8')))
  for (const dependency of Object.keys(dependencies)) await packagesOf(dependency, found)
  return found
}

async function copyPackage(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true })
  await cp(from, to, { recursive: true, filter: (path) => isNeeded(basename(path)) })
}

/** Whether code runs by it, or its licence asks for it. */
function isNeeded(name: string): boolean {
  return !/\.(d\.ts|map|md|tsbuildinfo)$/.test(name)
}
