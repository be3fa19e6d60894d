import { describe, expect, it } from 'vitest'

import { run } from '../../../src/cli/run.ts'
import type { CompactedDay, CompactOptions } from '../../../src/domain/edges.ts'
import { LedgerError } from '../../../src/domain/errors.ts'
import { fakeConnection, fakeDays } from '../fake-connection.ts'
import { fakeTerminal, type FakeTerminalOptions } from '../fake-terminal.ts'

function day(date: string, more: Partial<CompactedDay> = {}): CompactedDay {
  return {
    date,
    outcome: 'compacted',
    why: null,
    runs: 288,
    rows: 123_456,
    rawBytes: 42 * 1024 ** 2,
    dailyBytes: 512 * 1024,
    ...more,
  }
}

function not(date: string, outcome: CompactedDay['outcome'], why: string | null, runs = 288) {
  return day(date, { outcome, why, runs, rows: null, rawBytes: null, dailyBytes: null })
}

const OPEN = not('2026-11-23', 'open', 'it is closed at 2026-11-24 02:00', 144)

async function compact(
  argv: string[],
  days: CompactedDay[] | Error,
  options: FakeTerminalOptions = {},
) {
  const asked: CompactOptions[] = []
  const terminal = fakeTerminal(options)
  const code = await run(['compact', ...argv], terminal, {
    connect: () => fakeConnection({ days: fakeDays(days, asked) }),
  })
  return { code, asked, out: terminal.out, err: terminal.err }
}

describe('compact', () => {
  it('prints a document in a pipe, and a line a day beside it', async () => {
    const { code, asked, out, err } = await compact(
      [],
      [day('2026-11-21'), day('2026-11-22'), OPEN],
    )
    expect(code).toBe(0)
    expect(asked[0]).toMatchObject({ dryRun: false, leaveOutDamaged: false })
    expect(JSON.parse(out)).toEqual({
      dry_run: false,
      compacted: ['2026-11-21', '2026-11-22'].map((date) => ({
        date,
        runs: 288,
        rows: 123_456,
        raw_bytes: 44_040_192,
        daily_bytes: 524_288,
      })),
      ready: [],
      not_compacted: [
        { date: '2026-11-23', outcome: 'open', runs: 144, why: 'it is closed at 2026-11-24 02:00' },
      ],
    })
    expect(err.split('\n')).toEqual([
      '2026-11-21  compacted  288 runs, 123,456 rows, 42.0 MiB → 512.0 KiB',
      '2026-11-22  compacted  288 runs, 123,456 rows, 42.0 MiB → 512.0 KiB',
      '2026-11-23  open  144 runs: it is closed at 2026-11-24 02:00',
      'Compacted 2 days: 84.0 MiB → 1.0 MiB',
      '',
    ])
  })

  it('prints nothing but words on a terminal, unless asked', async () => {
    const { out, err } = await compact([], [day('2026-11-22')], { columns: 80 })
    expect(out).toBe('')
    expect(err).toContain('2026-11-22  compacted  288 runs')
  })

  it.each([50, 80])('prints a table that fits %i cells', async (columns) => {
    const days = [
      day('2026-11-20'),
      not('2026-11-21', 'damaged', '"v1/raw/polls/x.parquet" is missing'),
      not('2026-11-22', 'waiting', '2026-11-21 comes first'),
      OPEN,
    ]
    const { code, out } = await compact(['-o', 'table'], days, { columns })
    expect(code).toBe(3)
    await expect(out).toMatchFileSnapshot(`golden/compact-${columns}.txt`)
    for (const line of out.split('\n')) expect(line.length).toBeLessThanOrEqual(columns)
  })

  it('only says what it would do', async () => {
    const { code, asked, out, err } = await compact(
      ['--dry-run', '--leave-out-damaged'],
      [not('2026-11-22', 'ready', null), OPEN],
    )
    expect(code).toBe(0)
    expect(asked[0]).toMatchObject({ dryRun: true, leaveOutDamaged: true })
    expect(JSON.parse(out)).toMatchObject({
      dry_run: true,
      compacted: [],
      ready: [{ date: '2026-11-22', runs: 288 }],
    })
    expect(err).toMatch(/Would compact 1 day\n$/)
  })

  it('says that there is nothing to do', async () => {
    const { code, out, err } = await compact([], [])
    expect(code).toBe(0)
    expect(JSON.parse(out)).toMatchObject({ compacted: [], not_compacted: [] })
    expect(err).toBe('Nothing was compacted\n')
    expect((await compact(['--dry-run'], [OPEN])).err).toMatch(/Nothing to compact\n$/)
  })

  it('prints what is done when it is interrupted, and ends with 130', async () => {
    const terminal = fakeTerminal()
    const days = {
      async compact({ done, signal }: CompactOptions = {}) {
        done?.(day('2026-11-22'))
        terminal.pressCtrlC()
        signal?.throwIfAborted()
        return []
      },
    }
    const code = await run(['compact'], terminal, { connect: () => fakeConnection({ days }) })
    expect(code).toBe(130)
    expect(JSON.parse(terminal.out)).toMatchObject({ compacted: [{ date: '2026-11-22' }] })
    expect(terminal.err).toMatch(/Interrupted: Compacted 1 day/)
  })

  it('tells what went wrong', async () => {
    const { code, out, err } = await compact(
      [],
      new LedgerError('storage', 'Cannot write "x": full'),
    )
    expect({ code, out }).toEqual({ code: 1, out: '' })
    expect(err).toBe('bastion-ledger: Cannot write "x": full\n')
  })

  it('shows of a file name nothing that a terminal would obey', async () => {
    const { err } = await compact([], [not('2026-11-22', 'damaged', 'x\x1b[2J')])
    expect(err).toContain('x\\x1b[2J')
  })

  it.each([
    [['-o', 'csv'], 'Cannot use "csv" for --output: it takes table or json'],
    [['2026-11-22'], "too many arguments for 'compact'"],
    [['--memory-limit', 'much'], 'Cannot use "much" for --memory-limit'],
  ])('refuses %j before anything starts', async (argv, message) => {
    const { code, asked, err } = await compact(argv, [])
    expect({ code, asked }).toEqual({ code: 1, asked: [] })
    expect(err).toContain(`bastion-ledger: ${message}`)
  })
})
