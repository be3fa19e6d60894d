import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { run } from '../../../src/cli/run.ts'
import { fakeTerminal, type FakeTerminalOptions } from '../fake-terminal.ts'

let cwd: string
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'ledger-silence-'))
})
afterEach(() => rm(cwd, { recursive: true }))

const SET = { LEDGER_SILENCES: 'silences.yaml' }

async function silence(argv: string[], options: FakeTerminalOptions = {}) {
  const terminal = fakeTerminal({ cwd, env: SET, ...options })
  const code = await run(['silence', ...argv], terminal, {
    connect() {
      throw new Error('Silences need no warehouse')
    },
  })
  return { code, out: terminal.out, err: terminal.err }
}

const OWNED = ['--owner', 'ops', '--reason', 'Patch night']

describe('silence', () => {
  it('adds a silence, and says what it does', async () => {
    const made = await silence([
      '--rule',
      'long-session',
      '--match',
      'user_name=ana*',
      '--match',
      'host_name = bas=1',
      '--for',
      '4h',
      ...OWNED,
    ])
    expect(made).toEqual({
      code: 0,
      out: '',
      err:
        'Silenced until 2026-11-23T16:00:00Z (for 4h 00m): long-session where user_name is ana* and ' +
        'host_name is bas=1\nWritten to "silences.yaml"\n',
    })
    expect(await readFile(join(cwd, 'silences.yaml'), 'utf8')).toBe(`silences:
  - rule: long-session
    match: { user_name: ana*, host_name: bas=1 }
    owner: ops
    reason: Patch night
    from: 2026-11-23T12:00:00Z
    until: 2026-11-23T16:00:00Z
`)
  })

  it('adds an exception', async () => {
    const { err } = await silence([
      '--exception',
      '--match',
      'user_name=svc-*',
      '--until',
      '2026-12-01T00:00:00+01:00',
      ...OWNED,
    ])
    expect(err).toMatch(/^Excepted until 2026-11-30T23:00:00Z \(for 7d 11h\): all rules where user/)
    const file = await readFile(join(cwd, 'silences.yaml'), 'utf8')
    expect(file).toMatch(/^exceptions:\n {2}- rule: "\*"\n/)
  })

  it('knows rules of the file', async () => {
    await writeFile(
      join(cwd, 'rules.yaml'),
      'rules: [{ name: mine, title: M, severity: low, description: D, sql: SELECT 1, labels: [] }]',
    )
    const argv = ['--rule', 'MIN?', '--for', '1h', ...OWNED]
    expect((await silence([...argv, '--rules', 'rules.yaml'])).code).toBe(0)
    expect((await silence(argv)).err).toContain('Cannot find the rule "MIN?"')
  })

  const RULE = ['--rule', 'long-session']
  const FOR = ['--for', '1h']
  it.each([
    [
      ['--rule', 'long-sesion', ...FOR, ...OWNED],
      'Cannot find the rule "long-sesion": there is none of that name\n  Did you mean "long-session"?',
    ],
    [
      [...FOR, ...OWNED],
      'Cannot silence: it would hold for everything\n  Give --rule, or --match, or both',
    ],
    [
      ['--rule', '*', '--exception', ...FOR, ...OWNED],
      'Cannot make an exception: it would hold for everything\n  Give --rule, or --match, or both',
    ],
    [
      [...RULE, ...OWNED],
      'Cannot silence without an end: none lasts for ever\n  Give --for, such as --for 4h, or --until with a time',
    ],
    [
      [...RULE, ...FOR, '--until', '2026-12-01T00:00:00Z', ...OWNED],
      'Cannot use --for with --until: both say when it ends',
    ],
    [
      [...RULE, '--until', '2026-11-23T12:00:00.5Z', ...OWNED],
      'Cannot silence with --until "2026-11-23T12:00:00.5Z": its end is not after now',
    ],
    [
      [...RULE, '--for', '999999999d', ...OWNED],
      'Cannot silence with --for "999999999d": its end is too far away',
    ],
    [
      [...RULE, '--for', '0h', ...OWNED],
      'Cannot silence with --for "0h": its end is not after now',
    ],
    [
      [...RULE, ...FOR, '--owner', ' '],
      'Cannot silence without --owner NAME and --reason TEXT\n  Whoever finds it later must know whom to ask, and why it is there',
    ],
    [
      ['--match', 'user_name', ...FOR, ...OWNED],
      'Cannot use "user_name" for --match: it takes a column and a text or glob, such as user_name=svc-*',
    ],
    [
      ['--match', 'a=1', '--match', 'a=2', ...FOR, ...OWNED],
      'Cannot use --match for "a" again: all must match\n  Make one of them a pattern for both: a={one,other}',
    ],
    [['--list', ...RULE], 'Cannot use --list with --rule: it shows all of them'],
  ])('refuses %j', async (argv, message) => {
    expect(await silence(argv)).toEqual({ code: 1, out: '', err: `bastion-ledger: ${message}\n` })
    await expect(readFile(join(cwd, 'silences.yaml'))).rejects.toThrow('ENOENT')
  })

  it('says which setting it needs', async () => {
    expect(await silence([...RULE, ...FOR, ...OWNED], { env: {} })).toEqual({
      code: 1,
      out: '',
      err:
        'bastion-ledger: Cannot add to the silences: no file for them is set\n' +
        '  Name a YAML file with LEDGER_SILENCES or --silences; it is made where there is none\n',
    })
  })
})

const FILE = `silences:
  - { rule: a, owner: ops, reason: Over, until: 2026-11-23T12:00:00Z }
  - { rule: b, owner: ops, reason: Later, from: 2026-12-01T00:00:00Z, until: 2026-12-02T00:00:00Z }
  - { rule: c, owner: ops, reason: Long, until: 2027-01-01T00:00:00Z }
exceptions:
  - { match: { user_name: svc-*, port: "22" }, owner: ops, reason: Backups, until: 2026-11-24T00:00:00Z }
  - { rule: d, owner: ops, reason: Long over, until: 2026-01-01T00:00:00Z }
`

describe('silence --list', () => {
  it('lists those in force first, and those that ended last', async () => {
    await writeFile(join(cwd, 'silences.yaml'), FILE)
    const { code, out, err } = await silence(['--list', '-o', 'json'])
    expect({ code, err }).toEqual({ code: 0, err: '' })
    const listed: { state: string; kind: string; rule: string }[] = JSON.parse(out)
    expect(listed.map(({ state, kind, rule }) => `${state} ${kind} ${rule}`)).toEqual([
      'in_force exception *',
      'in_force silence c',
      'not_yet silence b',
      'ended silence a',
      'ended exception d',
    ])
    expect(listed[0]).toEqual({
      state: 'in_force',
      kind: 'exception',
      rule: '*',
      match: { user_name: 'svc-*', port: '22' },
      from_at: null,
      until_at: '2026-11-24T00:00:00Z',
      owner: 'ops',
      reason: 'Backups',
    })
  })

  it.each([[40], [80], [120]])('fits %i columns', async (columns) => {
    await writeFile(join(cwd, 'silences.yaml'), FILE)
    const { out } = await silence([], { columns })
    const lines = out.split('\n')
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(columns)
    expect(out).toMatch(/^in force +c +/m)
    expect(out.includes('user_name=svc-*, port=22')).toBe(columns > 40)
  })

  it('says why there are none', async () => {
    await writeFile(join(cwd, 'silences.yaml'), '')
    expect(await silence(['-o', 'json'])).toEqual({
      code: 0,
      out: '[]\n',
      err: 'No silence and no exception in "silences.yaml"\n',
    })
    expect((await silence([], { env: {} })).err).toBe(
      'No silence and no exception: LEDGER_SILENCES or --silences names no file of them\n',
    )
  })
})
