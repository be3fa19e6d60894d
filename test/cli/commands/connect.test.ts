import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { run } from '../../../src/cli/run.ts'
import { LedgerError } from '../../../src/domain/errors.ts'
import { type FakeAnswer, fakeConnection, fakeQueries } from '../fake-connection.ts'
import { fakeTerminal } from '../fake-terminal.ts'

let cwd: string
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'ledger-connect-'))
})
afterAll(() => rm(cwd, { recursive: true }))

async function connectTo(argv: string[], answer: FakeAnswer | Error = {}) {
  const terminal = fakeTerminal({ cwd })
  const code = await run(['connect', ...argv], terminal, {
    connect: () => fakeConnection({ queries: fakeQueries(answer) }),
  })
  return { code, out: terminal.out, err: terminal.err }
}

const SCRIPT = '-- from undefined to undefined\nSELECT 1;\n'

describe('connect', () => {
  it('prints the script', async () => {
    expect(await connectTo([])).toEqual({ code: 0, out: SCRIPT, err: '' })
  })

  it('narrows it to some runs', async () => {
    const { out } = await connectTo(['--from', '-7d', '--to', '2026-11-23T00:00:00+01:00'])
    expect(out).toContain('-- from 2026-11-16T12:00:00.000Z to 2026-11-22T23:00:00.000Z\n')
  })

  it('writes it to a file, and replaces none unless told so', async () => {
    const file = join(cwd, 'ledger.sql')
    const first = await connectTo(['--init', 'ledger.sql'])
    expect(first).toEqual({
      code: 0,
      out: '',
      err: 'Written to "ledger.sql": 2 compacted days and 3 single runs\n',
    })
    expect(await readFile(file, 'utf8')).toBe(SCRIPT)
    await writeFile(file, 'mine')
    const second = await connectTo(['--init', 'ledger.sql'])
    expect(second).toEqual({
      code: 1,
      out: '',
      err: 'bastion-ledger: Cannot write "ledger.sql": it is there already\n  Replace it with --force\n',
    })
    expect(await readFile(file, 'utf8')).toBe('mine')
    expect((await connectTo(['--init', 'ledger.sql', '--force'])).code).toBe(0)
    expect(await readFile(file, 'utf8')).toBe(SCRIPT)
  })

  it('says what it leaves out, and ends with 3', async () => {
    const { code, out, err } = await connectTo([], { warnings: ['"x" is left out: it is missing'] })
    expect({ code, out }).toEqual({ code: 3, out: SCRIPT })
    expect(err).toBe('bastion-ledger: "x" is left out: it is missing\n')
  })

  it('says that there is no run', async () => {
    const empty = new LedgerError('empty', 'The warehouse "w" has no run in that time')
    expect((await connectTo([], empty)).code).toBe(5)
  })

  it('says why it cannot write', async () => {
    await mkdir(join(cwd, 'folder'), { recursive: true })
    const missing = await connectTo(['--init', 'no/such/ledger.sql'])
    expect(missing.code).toBe(1)
    expect(missing.err).toBe(
      'bastion-ledger: Cannot write "no/such/ledger.sql": no such file or folder (ENOENT)\n',
    )
    const folder = await connectTo(['--init', 'folder', '--force'])
    expect(folder.err).toMatch(/^bastion-ledger: Cannot write "folder": /)
  })

  it.each([
    [['--force'], 'Cannot use --force without --init: nothing is replaced'],
    [['--from', 'yesterday'], 'Cannot use "yesterday" for --from: it takes RFC 3339'],
    [['--from', '-1d', '--to', '-2d'], 'Cannot connect: --from "-1d" is not before --to "-2d"'],
    [['--init', ''], 'Cannot use "" for --init: it takes a file'],
    [['ledger.sql'], "too many arguments for 'connect'"],
  ])('refuses %j', async (argv, message) => {
    const { code, out, err } = await connectTo(argv)
    expect({ code, out }).toEqual({ code: 1, out: '' })
    expect(err).toContain(`bastion-ledger: ${message}`)
  })
})
