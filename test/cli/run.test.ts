import { describe, expect, it } from 'vitest'

import { run } from '../../src/cli/run.ts'
import { LedgerError } from '../../src/domain/errors.ts'
import { fakeConnection, fakeQueries } from './fake-connection.ts'
import { fakeTerminal, type FakeTerminalOptions } from './fake-terminal.ts'

function refuseToConnect(): never {
  throw new Error('nothing may start')
}

/** Runs a command that must not reach any edge. */
async function runAlone(argv: string[], options?: FakeTerminalOptions) {
  const terminal = fakeTerminal(options)
  const code = await run(argv, terminal, { connect: refuseToConnect })
  return { code, out: terminal.out, err: terminal.err }
}

describe('run', () => {
  it.each([[['--help']], [['help']]])('shows help with examples first for %j', async (argv) => {
    const { code, out, err } = await runAlone(argv)
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out.indexOf('Examples:')).toBeLessThan(out.indexOf('Usage:'))
    expect(out).toMatch(/^ {2}collect +Ask every Bastion host/m)
    expect(out).toContain('130  interrupted')
  })

  it.each([[['collect', '--help']], [['help', 'collect']], [['collect', '-h']]])(
    'shows help of a command for %j',
    async (argv) => {
      const { code, out } = await runAlone(argv)
      expect(code).toBe(0)
      expect(out).toMatch(/^Asks every Bastion host/)
      expect(out).toContain('--host-timeout <DURATION>')
      expect(out).toContain('[LEDGER_HOST_TIMEOUT, default 60s]')
      expect(out).not.toContain('--query-timeout')
    },
  )

  it('fits help to a narrow terminal', async () => {
    for (const name of ['collect', 'query', 'sessions', 'hosts', 'runs', 'compact', 'connect']) {
      const { out } = await runAlone([name, '--help'], { columns: 60 })
      const [, options = ''] = out.split('\nOptions:\n')
      // Where there is nothing to break at, a line may be longer.
      const lines = options.split('\n').filter((line) => line.trim().includes(' '))
      for (const line of lines) expect(line.length).toBeLessThanOrEqual(60)
    }
  })

  it('is called in examples and hints as it was called itself', async () => {
    const env = { npm_package_name: 'bastion-ledger', npm_lifecycle_event: 'ledger' }
    const help = await runAlone(['hosts', '--help'], { env })
    expect(help.out).toContain('  npm run --silent ledger -- hosts -o csv')
    const wrong = await runAlone(['hots'], { env })
    expect(wrong.err).toContain('See npm run --silent ledger -- --help')
  })

  it('shows the version', async () => {
    const { code, out } = await runAlone(['--version'])
    expect(code).toBe(0)
    expect(out).toMatch(/^\d+\.\d+\.\d+\n$/)
  })

  it('shows help as an error where no command is given', async () => {
    const { code, out, err } = await runAlone([])
    expect({ code, out }).toEqual({ code: 1, out: '' })
    expect(err).toContain('Usage:')
  })

  it.each([
    [['colect'], "unknown command 'colect' (Did you mean collect?)"],
    [['--wharehouse', 'x'], "unknown option '--wharehouse'"],
    [['runs', '--form', '-7d'], "unknown option '--form' (Did you mean --from?)"],
    [['runs', '--limit'], "option '--limit <N>' argument missing"],
    [['hosts', 'x'], "too many arguments for 'hosts'"],
    [['query', 'SELECT', '*', 'FROM', 'hosts'], "too many arguments for 'query'"],
    [['x\x1b[2J'], "unknown command 'x\\x1b[2J'"],
    [
      ['query', 'x', '-o', 'xml'],
      'Cannot use "xml" for --output: it takes table, csv, json, jsonl, markdown or parquet',
    ],
    [['collect', '-o', 'csv'], 'Cannot use "csv" for --output: it takes table, json or jsonl'],
    [['collect', '--every', '5'], 'Cannot use "5" for --every: it takes a whole number and a unit'],
    [['collect', '--every', '25h'], 'Cannot use "25h" for --every: it takes from 1s to 24h'],
    [['collect', '--host-timeout', 'soon'], 'Cannot use "soon" for --host-timeout: it takes'],
    [
      ['collect', '--cloud', 'moon'],
      'Cannot use "moon" for --cloud: it takes public, usgov or china',
    ],
    [
      ['collect', '--arm-endpoint', 'http://x'],
      'Cannot use "http://x" for --arm-endpoint: it takes an https URL',
    ],
    [['hosts', '--warehouse', ''], 'Cannot use "" for --warehouse: it takes a folder'],
    [['query', '--memory-limit', 'big', 'x'], 'Cannot use "big" for --memory-limit: it takes'],
    [['runs', '--from', 'yesterday'], 'Cannot use "yesterday" for --from: it takes RFC 3339'],
    [['runs', '--from', '2026-11-23'], 'Cannot use "2026-11-23" for --from: it takes RFC 3339'],
    [['runs', '--to', '-7'], 'Cannot use "-7" for --to: it takes RFC 3339'],
    [
      ['runs', '--from', '-1d', '--to', '-2d'],
      'Cannot list runs: --from "-1d" is not before --to "-2d"',
    ],
    [['runs', '--limit', '0'], 'Cannot use "0" for --limit: it takes a whole number from 1'],
    [['query', 'x', '-f', 'y.sql'], 'Cannot query: SQL was given both as text and with --file'],
    [['query', '-f', '/nowhere/y.sql'], 'Cannot read "/nowhere/y.sql": there is no such file'],
    [['query', '-f', '/'], 'Cannot read "/": it is a folder'],
    [['query'], 'Cannot query: no SQL was given'],
    [['query', '  '], 'Cannot query: no SQL was given'],
  ])('refuses %j in one line, before anything starts', async (argv, message) => {
    const { code, out, err } = await runAlone(argv)
    expect({ code, out }).toEqual({ code: 1, out: '' })
    const [line, ...hints] = err.trimEnd().split('\n')
    expect(line).toContain(`bastion-ledger: ${message}`)
    expect(hints.length).toBeLessThanOrEqual(1)
  })

  it.each([
    [{ LEDGER_CONCURENCY: '3' }, 'Cannot use the setting "LEDGER_CONCURENCY"'],
    [{ LEDGER_CONCURRENCY: '0' }, 'Cannot use "0" for LEDGER_CONCURRENCY: it takes a whole number'],
  ])('refuses the environment %j', async (env, message) => {
    const { code, err } = await runAlone(['collect'], { env })
    expect(code).toBe(1)
    expect(err).toContain(message)
  })

  it.each([
    ['usage', 1],
    ['query', 1],
    ['storage', 1],
    ['not_signed_in', 4],
    ['no_permission', 4],
    ['unreachable', 5],
    ['damaged', 5],
    ['empty', 5],
  ] as const)('ends with a code for the error %s', async (code, exitCode) => {
    const terminal = fakeTerminal()
    const error = new LedgerError(code, 'Cannot read "x": it is broken', { hint: 'Mend it' })
    const connect = () => fakeConnection({ queries: fakeQueries(error) })
    expect(await run(['hosts'], terminal, { connect })).toBe(exitCode)
    expect(terminal.out).toBe('')
    expect(terminal.err).toBe('bastion-ledger: Cannot read "x": it is broken\n  Mend it\n')
  })

  it('says how to begin with an empty warehouse', async () => {
    const terminal = fakeTerminal()
    const queries = fakeQueries(new LedgerError('empty', 'The warehouse "w" has no run yet'))
    expect(await run(['hosts'], terminal, { connect: () => fakeConnection({ queries }) })).toBe(5)
    expect(terminal.err).toContain('Begin with bastion-ledger collect')
  })

  it('shows the stack of an unexpected error only with --debug', async () => {
    const queries = fakeQueries(new TypeError('x is not y\n'))
    const connect = () => fakeConnection({ queries })
    const terminal = fakeTerminal()
    expect(await run(['hosts'], terminal, { connect })).toBe(1)
    expect(terminal.err).toMatch(/^bastion-ledger: Unexpected error: x is not y\n.*--debug.*\n$/)

    const debugging = fakeTerminal()
    expect(await run(['hosts', '--debug'], debugging, { connect })).toBe(1)
    expect(debugging.err).toMatch(/\n +at .*run\.test\.ts/)
  })
})
