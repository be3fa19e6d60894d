/**
 * A process that reads a container's files again and again through the shared cache, and tells how
 * many were not what they had to be. Its arguments are JSON: see `CacheUser`.
 */

import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'

import { blobsAt } from './stores.ts'

export interface CacheUser {
  connectionString: string
  url: string
  cache: { folder: string; maxBytes: number }
  /** A folder of its own. */
  folder: string
  /** What is stored under each path is the path itself, repeated to this length. */
  paths: string[]
  bytes: number
  rounds: number
}

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what the test wrote
const user = JSON.parse(process.argv[2] ?? '') as CacheUser
const store = blobsAt(user, user.url, { cache: user.cache })
let wrong = 0
for (let round = 0; round < user.rounds; round += 1) {
  const folder = join(user.folder, String(round))
  const some = user.paths.filter((_, index) => (index + round) % 3 !== 0)
  const files = await store.local(some, folder)
  // As late as DuckDB: after the cache has forgotten them, on behalf of this process or another.
  await store.local(user.paths.slice(0, 4), join(user.folder, 'other'))
  for (const [index, file] of files.entries()) {
    const text = await readFile(file, 'utf8').catch(() => 'missing')
    if (text !== some[index]?.repeat(user.bytes).slice(0, user.bytes)) wrong += 1
  }
  await rm(folder, { recursive: true, force: true })
}
process.stdout.write(String(wrong))
