/**
 * Makes `dist/bastion-ledger.zip`: the Function app for Linux x64, ready to deploy, from any machine.
 *
 * It is put together outside the repository, where it is checked, and only then packed.
 */

import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { promisify } from 'node:util'

import { fillAppFolder } from './app-folder.ts'
import { ROOT } from './bundle.ts'
import { filesIn, zipFolder } from './zip.ts'

const MOST_BYTES = 30e6
const NAME = 'bastion-ledger.zip'

const scratch = await mkdtemp(join(tmpdir(), 'bastion-ledger-'))
try {
  const app = join(scratch, 'app')
  await mkdir(app)
  await fillAppFolder(app, scratch)
  const check = [join(ROOT, 'build', 'check-app.ts'), app]
  const { stdout } = await promisify(execFile)(process.execPath, check)
  process.stdout.write(stdout)

  const zip = join(ROOT, 'dist', NAME)
  await mkdir(join(ROOT, 'dist'), { recursive: true })
  const bytes = await zipFolder(app, zip)
  // The same as a folder, for tools that pack it themselves.
  const unpacked = join(ROOT, 'dist', 'app')
  await rm(unpacked, { recursive: true, force: true })
  await cp(app, unpacked, { recursive: true })

  const files = await filesIn(app)
  const sizes = await Promise.all(files.map(async (file) => (await stat(join(app, file))).size))
  const whole = sizes.reduce((sum, size) => sum + size, 0)
  process.stdout.write(
    `dist/${NAME}: ${megabytes(bytes)}, ${files.length} files of ${megabytes(whole)}\n`,
  )
  if (bytes > MOST_BYTES) throw new Error(`The package may have ${megabytes(MOST_BYTES)}`)
} finally {
  await rm(scratch, { recursive: true, force: true })
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`
}
