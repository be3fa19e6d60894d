/**
 * Checks an app's folder: `node build/check-app.ts FOLDER`.
 *
 * An app that is broken has no functions, and Azure does not say why. So it is started here as the
 * worker starts it, must register every function, and must find all that it loads later. The folder
 * must be outside the repository, or it would find what it lacks.
 */

import { glob } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import process from 'node:process'
import { pathToFileURL } from 'node:url'

import { startHost } from '../test/functions-host/host.ts'
import { functionNames } from './bundle.ts'

const folder = resolve(process.argv[2] ?? '.')
await using host = await startHost(folder)
const expected = await functionNames()
const registered = [...host.functions.keys()].toSorted()
if (registered.join() !== expected.join()) {
  throw new Error(
    `The app registers ${registered.join(', ') || 'nothing'}: not ${expected.join(', ')}`,
  )
}
for await (const piece of glob('dist/functions/pieces/*.js', { cwd: folder })) {
  await import(pathToFileURL(join(folder, piece)).href)
}
// Of another machine's DuckDB nothing more can be tried than that it is there.
const load = createRequire(join(folder, 'dist', 'functions', 'collect.js'))
load.resolve('@duckdb/node-bindings-linux-x64/duckdb.node')
if (`${process.platform}-${process.arch}` === 'linux-x64') load('@duckdb/node-api')
process.stdout.write(`The app registers ${registered.join(', ')}\n`)
