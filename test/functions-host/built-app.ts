/** The app as it is deployed: built, with its host.json, in a folder of its own. */

import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { bundleFunctions, ROOT } from '../../build/bundle.ts'

/** Builds the app, in the repository so that it finds DuckDB; gone when disposed. */
export async function buildApp(): Promise<{ folder: string } & AsyncDisposable> {
  await mkdir(join(ROOT, 'dist'), { recursive: true })
  const folder = await mkdtemp(join(ROOT, 'dist', 'test-'))
  await bundleFunctions(join(folder, 'dist', 'functions'))
  await copyFile(join(ROOT, 'host.json'), join(folder, 'host.json'))
  const manifest = { type: 'module', main: 'dist/functions/*.js' }
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest))
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) }
}
