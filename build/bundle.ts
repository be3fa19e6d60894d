/**
 * The bundles: one file a function and one of the command line, each with the pieces that it loads
 * when it needs them.
 *
 * DuckDB stays outside, since it is native, and so does `@azure/functions-core`, which exists only
 * inside the Functions worker: the bundler reaches it by a `require` that it makes for the purpose.
 */

import { glob } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

import { build } from 'rolldown'

/** The repository. */
export const ROOT = fileURLToPath(new URL('..', import.meta.url))

const STACK = fileURLToPath(new URL('./async-disposable-stack.ts', import.meta.url))

/** Names of the functions: their files' names. */
export async function functionNames(): Promise<string[]> {
  const files = await Array.fromAsync(glob('functions/*.ts', { cwd: ROOT }))
  return files.map((file) => basename(file, '.ts')).toSorted()
}

/** Bundles the functions into a folder; the pieces that they share are in a folder below it. */
export async function bundleFunctions(folder: string): Promise<void> {
  const names = await functionNames()
  await bundle(folder, Object.fromEntries(names.map((name) => [name, `functions/${name}.ts`])))
}

/** Bundles the command line into a folder, as `main.js`. */
export async function bundleCommandLine(folder: string): Promise<void> {
  await bundle(folder, { main: 'src/cli/main.ts' })
}

async function bundle(folder: string, input: Record<string, string>): Promise<void> {
  await build({
    cwd: ROOT,
    input,
    platform: 'node',
    external: ['@azure/functions-core', /^@duckdb\//],
    transform: {
      // Node 22 knows neither `using` nor the class that goes with it.
      target: 'node22.18',
      inject: { AsyncDisposableStack: [STACK, 'AsyncDisposableStack'] },
    },
    output: {
      dir: resolve(ROOT, folder),
      entryFileNames: '[name].js',
      // Not beside the entries: the worker loads every file that is there.
      chunkFileNames: 'pieces/[name]-[hash].js',
      cleanDir: true,
    },
  })
}
