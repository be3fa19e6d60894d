import { describe, expect, it } from 'vitest'

import { run } from '../../../src/cli/run.ts'
import type { Cell } from '../../../src/domain/edges.ts'
import { type Asked, fakeConnection, fakeQueries } from '../fake-connection.ts'
import { fakeTerminal } from '../fake-terminal.ts'
import { columnsOf } from '../output/answers.ts'

const sessionColumns = columnsOf(
  'user_name VARCHAR',
  'target_host_name VARCHAR',
  'target_ip_address VARCHAR',
  'target_resource_id VARCHAR',
  'host_name VARCHAR',
  'protocol VARCHAR',
  'state VARCHAR',
  'started_at TIMESTAMP WITH TIME ZONE',
  'first_seen_at TIMESTAMP WITH TIME ZONE',
  'last_seen_at TIMESTAMP WITH TIME ZONE',
  'ended_after TIMESTAMP WITH TIME ZONE',
  'ended_before TIMESTAMP WITH TIME ZONE',
  'duration_mins_min BIGINT',
  'duration_mins_max BIGINT',
  'end_cause VARCHAR',
)
const on = (time: string) => `2026-11-23T${time}Z`

// oxfmt-ignore
const sessionRows: Cell[][] = [
  ['ana@contoso.com', 'vm-pay-01', '10.0.0.4', null, 'bas-hub-weu', 'SSH', 'active', on('08:58:00'), on('09:00:01'), on('11:58:00'), null, null, 180, null, null],
  ['adm-ben@contoso.com', null, '10.0.0.5', null, 'bas-hub-weu', 'RDP', 'ending', null, on('11:00:01'), on('11:50:00'), null, null, 49, null, null],
  [null, null, null, '/subscriptions/s/x/vm-old', 'bas-spoke-neu', 'SSH', 'unknown', on('09:00:00'), on('08:00:01'), on('11:50:00'), null, null, 229, null, null],
  ['cleo@contoso.com', 'vm-pay-02', '10.0.0.6', null, 'bas-hub-weu', 'SSH', 'ended', on('08:58:00'), on('09:00:01'), on('09:40:01'), on('09:40:00'), on('09:45:01'), 42, 48, 'host_event'],
  ['cleo@contoso.com', 'vm-pay-02', '10.0.0.6', null, 'bas-hub-weu', 'SSH', 'ended', on('08:58:00'), on('09:00:01'), '2026-11-24T00:00:00Z', on('23:58:00'), '2026-11-24T00:03:00Z', 2290, 2295, null],
]

const doubtColumns = columnsOf(
  'ending BIGINT',
  'unknown BIGINT',
  'hosts_unread BIGINT',
  'hosts BIGINT',
)
const voiceColumns = columnsOf(
  'certain BIGINT',
  'possible BIGINT',
  'cannot_say BIGINT',
  'unlisted BIGINT',
  'target_seen BOOLEAN',
)

interface Given {
  columns?: number | null
  rows?: Cell[][]
  /** The row of the second question. */
  after?: Cell[]
}

async function sessions(
  argv: string[],
  { columns = null, rows = sessionRows, after = [] }: Given = {},
) {
  const asked: Asked[] = []
  const terminal = fakeTerminal({ columns })
  const isAt = argv.includes('--at')
  const first = isAt
    ? {
        columns: [...columnsOf('certainty VARCHAR', 'why VARCHAR'), ...sessionColumns],
        rows: rows.map((row) => ['certain', 'because', ...row]),
      }
    : { columns: sessionColumns, rows }
  const second = { columns: isAt ? voiceColumns : doubtColumns, rows: [after] }
  const answers = [fakeQueries(first, asked), fakeQueries(second, asked)]
  const queries = {
    ...fakeQueries({}),
    query: async (sql: string, options = {}) =>
      (answers[asked.length] ?? fakeQueries({})).query(sql, options),
  }
  const code = await run(['sessions', ...argv], terminal, {
    connect: () => fakeConnection({ queries }),
  })
  return { code, asked, out: terminal.out, err: terminal.err }
}

describe('sessions', () => {
  it('asks for the newest first', async () => {
    const { code, asked, err } = await sessions([])
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(asked).toEqual([
      { sql: 'FROM sessions ORDER BY first_seen_at DESC, host_id, session_id', parameters: [] },
    ])
  })

  it('binds every value', async () => {
    const line =
      '--longer-than 8h --user Ana* --target 10.0.0._ --host bas-? ' +
      '--subscription 11111111-1111-1111-1111-111111111111 ' +
      '--from -7d --to 2026-11-23T00:00:00+01:00 --limit 3'
    const { asked } = await sessions(line.split(' '))
    expect(asked[0]?.parameters).toEqual([
      'Ana%',
      '10.0.0.\\_',
      'bas-_',
      '11111111-1111-1111-1111-111111111111',
      '2026-11-23T12:00:00.000Z',
      8 * 3_600_000,
      '2026-11-16T12:00:00.000Z',
      '2026-11-22T23:00:00.000Z',
    ])
    expect(asked[0]?.sql).toMatch(/^FROM sessions WHERE .* LIMIT 3$/s)
    expect(asked[0]?.sql).not.toContain('hosts')
  })

  it('reads names of subscriptions only where no id is given', async () => {
    const { asked } = await sessions(['--subscription', 'Payments*'])
    expect(asked[0]?.sql).toContain('SELECT subscription_id FROM hosts WHERE')
  })

  it.each([40, 50, 80, 120])('fits a terminal of %i cells', async (columns) => {
    const { out } = await sessions([], { columns })
    await expect(out).toMatchFileSnapshot(`golden/sessions-${columns}.txt`)
    for (const line of out.split('\n')) expect(line.length).toBeLessThanOrEqual(columns)
  })

  it.each([50, 80, 120])('shows what was on at a moment in %i cells', async (columns) => {
    const { out } = await sessions(['--at', '-1h'], { columns, after: [5, 0, 0, 0, true] })
    await expect(out).toMatchFileSnapshot(`golden/sessions-at-${columns}.txt`)
    for (const line of out.split('\n')) expect(line.length).toBeLessThanOrEqual(columns)
  })

  it('shows a screenful on a terminal, and all in a pipe or where told so', async () => {
    const rows = Array.from({ length: 30 }, () => sessionRows[0] ?? [])
    const lines = async (argv: string[], columns: number | null) =>
      (await sessions(argv, { rows, columns, after: [0, 0, 0, 2] })).out.split('\n').length - 3
    expect(await lines([], 80)).toBe(20)
    expect(await lines([], null)).toBe(30)
    expect(await lines(['--limit', '30'], 80)).toBe(30)
    expect(await lines(['--active'], 80)).toBe(30)
  })

  it('has every column in the formats for programs', async () => {
    const { out } = await sessions(['-o', 'csv'])
    expect(out.split('\n')[0]).toBe(sessionColumns.map(({ name }) => name).join(','))
  })

  it('says with --active who may be on too, and that hosts were not read', async () => {
    const well = await sessions(['--active'], { after: [0, 0, 0, 41] })
    expect(well).toMatchObject({ code: 0, err: '' })
    expect(well.asked[0]?.sql).toContain("WHERE state = 'active'")
    const { code, err } = await sessions(['--active', '--user', 'ana', '-o', 'json'], {
      after: [2, 1, 3, 41],
    })
    expect(code).toBe(3)
    expect(err.split('\n')).toEqual([
      'May be on too: 2 that the latest answer of their host lacks (ending), 1 whose host could not be read since (unknown)',
      'bastion-ledger: 3 of 41 hosts could not be read in their last poll; who is connected through them is unknown',
      '',
    ])
  })

  it('says with --at what is certain, and ends with 3 where something cannot be known', async () => {
    const { code, out, err } = await sessions(['--at', '-1h', '--target', 'vm-1'], {
      columns: 120,
      after: [5, 0, 3, 1, false],
    })
    expect(code).toBe(3)
    expect(out).toMatch(/^Certainty +User +Target +Host +Why/)
    expect(err.split('\n')).toEqual([
      '5 certain, 0 possible',
      'bastion-ledger: No session on "vm-1" was ever seen, so every host counts',
      'bastion-ledger: Nothing can be said of 2 hosts and 1 unlisted subscription at that moment',
      '',
    ])
  })

  it('says with --at that every host was read, and nobody seen', async () => {
    const none = { rows: [], after: [0, 0, 0, 0, true] }
    const { code, err } = await sessions(['--at', '-1h'], none)
    expect(code).toBe(0)
    expect(err).toBe(
      '0 rows\nNobody was seen, and every host was read just before and just after\n',
    )
  })

  it.each([
    [
      ['--longer-than', '8'],
      'Cannot use "8" for --longer-than: it takes a whole number and a unit',
    ],
    [['--longer-than', '-8h'], 'Cannot use "-8h" for --longer-than'],
    [['--at', 'yesterday'], 'Cannot use "yesterday" for --at: it takes RFC 3339'],
    [['--at', '2026-11-23'], 'Cannot use "2026-11-23" for --at: it takes RFC 3339'],
    [['--at', '2026-11-23T12:00:01Z'], 'Cannot say who will be on: --at'],
    [['--at', '-1h', '--active'], 'Cannot use --at together with --active'],
    [['--at', '-1h', '--longer-than', '1h'], 'Cannot use --at together with --longer-than'],
    [['--at', '-1h', '--from', '-2h'], 'Cannot use --at together with --from'],
    [['--at', '-1h', '--to', '-2h'], 'Cannot use --at together with --to'],
    [
      ['--from', '-1d', '--to', '-2d'],
      'Cannot list sessions: --from "-1d" is not before --to "-2d"',
    ],
    [['--limit', '0'], 'Cannot use "0" for --limit'],
    [['--user', ''], 'Cannot use "" for --user'],
    [['ana'], "too many arguments for 'sessions'"],
  ])('refuses %j before it asks', async (argv, message) => {
    const { code, asked, out, err } = await sessions(argv)
    expect({ code, asked, out }).toEqual({ code: 1, asked: [], out: '' })
    expect(err).toContain(`bastion-ledger: ${message}`)
  })
})
