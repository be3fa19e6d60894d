import { execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

import { describe, expect, it } from 'vitest'

import { tempFolder } from '../warehouse/temp-warehouse.ts'
import { buildApp } from './built-app.ts'
import { startHost } from './host.ts'

/** An app of these files. */
async function appOf(files: Record<string, string>) {
  const folder = await tempFolder()
  const manifest = JSON.stringify({ type: 'module', main: 'dist/functions/*.js' })
  for (const [path, text] of Object.entries({ ...files, 'package.json': manifest })) {
    await mkdir(dirname(join(folder.root, path)), { recursive: true })
    await writeFile(join(folder.root, path), text)
  }
  return folder
}

// What `@azure/functions` does, in a few lines.
const REGISTER = `
  import { createRequire } from 'node:module'
  const core = createRequire(import.meta.url)('@azure/functions-core')
  core.registerFunction(
    { name: 'tick', bindings: { timer: { type: 'timerTrigger', direction: 'in', schedule: '%SCHEDULE%' } } },
    () => undefined,
  )`

describe('startHost', () => {
  it('refuses an app of which a file cannot be loaded', async () => {
    await using app = await appOf({ 'dist/functions/broken.js': 'throw new Error("broken")' })
    await expect(startHost(app.root)).rejects.toThrow('broken')
  })

  it('refuses an app without files', async () => {
    await using app = await appOf({})
    await expect(startHost(app.root)).rejects.toThrow('no file matches dist/functions/*.js')
  })

  it('finds what an app registers', async () => {
    await using app = await appOf({ 'dist/functions/tick.js': REGISTER })
    await using host = await startHost(app.root)
    expect([...host.functions.keys()]).toEqual(['tick'])
  })
})

const check = (folder: string) =>
  promisify(execFile)(process.execPath, ['build/check-app.ts', folder])

describe('check-app', () => {
  it('passes the app that is built', async () => {
    await using app = await buildApp()
    const { stdout } = await check(app.folder)
    expect(stdout).toContain('The app registers collect, collect-shard,')
  })

  it('fails an app that lacks a function', async () => {
    await using app = await appOf({ 'dist/functions/tick.js': REGISTER })
    await expect(check(app.root)).rejects.toMatchObject({
      stderr: expect.stringContaining('The app registers tick: not collect'),
    })
  })
})
