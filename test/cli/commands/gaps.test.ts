import { describe, expect, it } from 'vitest'

import { run } from '../../../src/cli/run.ts'
import type { Cell } from '../../../src/domain/edges.ts'
import { VIEWS } from '../../../src/domain/views.ts'
import { type Asked, fakeConnection, fakeQueries } from '../fake-connection.ts'
import {
  failedPoll,
  host,
  okPoll,
  recordRun,
  tempWarehouse,
} from '../../warehouse/temp-warehouse.ts'
import { fakeTerminal } from '../fake-terminal.ts'
import { columnsOf } from '../output/answers.ts'

const gapColumns = Object.entries(VIEWS['gaps']?.columns ?? {}).map(([name, { type }]) => ({
  name,
  type: type.replace('TIMESTAMPTZ', 'TIMESTAMP WITH TIME ZONE'),
}))
const knownColumns = columnsOf(
  'hosts BIGINT',
  'since TIMESTAMP WITH TIME ZONE',
  'unsupported BIGINT',
)

const ID = '5f3c0000-0000-0000-0000-000000000001'
const BUSY = 'Azure asked to wait 120 s, longer than a run waits'
const on = (time: string) => `2026-11-23T${time}Z`
// oxfmt-ignore
const gapRows: Cell[][] = [
  [ID, 'rg', `/subscriptions/${ID}/bas-hub-weu`, 'bas-hub-weu', on('11:40:03'), null, 19, 3, 'no run 3', null, null, 3, 0],
  [ID, 'rg', `/subscriptions/${ID}/bas-pay`, 'bas-pay-production-weu', on('09:25:22'), on('10:00:44'), 35, 6, 'throttled 4, not asked 2', 'TooManyRequests', BUSY, 0, 2],
  [ID, 'rg', `/subscriptions/${ID}/bas-lab`, 'bas-lab', '2025-11-01T09:25:22Z', '2025-11-03T10:00:44Z', 2915, 582, 'denied 582', 'Forbidden', null, 0, 0],
]

interface Given {
  columns?: number | null
  rows?: Cell[][]
  /** What is known of the hosts. */
  known?: Cell[]
}

async function gaps(argv: string[], { columns = null, rows = gapRows, known = [] }: Given = {}) {
  const asked: Asked[] = []
  const terminal = fakeTerminal({ columns })
  const list = fakeQueries({ columns: gapColumns, rows }, asked)
  const hosts = fakeQueries({ columns: knownColumns, rows: [known] }, asked)
  const code = await run(['gaps', ...argv], terminal, {
    connect: () =>
      fakeConnection({
        queries: {
          ...list,
          query: (sql, options) =>
            (sql.includes('FROM hosts') && !sql.startsWith('FROM gaps') ? hosts : list).query(
              sql,
              options,
            ),
        },
      }),
  })
  return {
    code,
    asked,
    out: terminal.out,
    lines: terminal.out.trimEnd().split('\n'),
    err: terminal.err,
  }
}

describe('gaps', () => {
  it('answers from a ledger, and tells no gap from no such host', { timeout: 30_000 }, async () => {
    await using warehouse = await tempWarehouse()
    for (const time of ['11:45', '11:50', '11:55']) {
      const slot = `2026-11-23T${time}:00Z`
      const b = time === '11:50' ? failedPoll(host('b'), slot) : okPoll(host('b'), slot)
      await recordRun(warehouse, slot, [okPoll(host('a'), slot), b])
    }
    const ask = async (...argv: string[]) => {
      const terminal = fakeTerminal()
      const code = await run(['gaps', ...argv], terminal, {
        connect: () => fakeConnection({ queries: warehouse.queries }),
      })
      return {
        code,
        first: terminal.out.split('\n')[2]?.split(/ {2,}/).slice(0, 4),
        err: terminal.err,
      }
    }
    const found = { code: 0, first: ['b', '23 Nov 11:45:01', '9m', 'denied 1'], err: '' }
    expect(await ask()).toEqual(found)
    expect(await ask('--from', '-12m', '--longer-than', '9m', '--host', 'B*')).toEqual(found)
    expect(await ask('--host', 'a', '--subscription', 'Subscription 1111')).toMatchObject({
      code: 0,
      err: 'No gaps: 1 host, read in every slot since 23 Nov 11:45:00\n',
    })
    expect(await ask('--host', 'c')).toMatchObject({
      code: 3,
      err: expect.stringContaining('No host is known by --host "c"'),
    })
  })

  it('asks for those that last first, then for the newest', async () => {
    const { asked } = await gaps([])
    expect(asked).toEqual([
      {
        sql: 'FROM gaps ORDER BY to_at IS NULL DESC, from_at DESC, lower(host_name), host_id',
        parameters: [],
      },
    ])
  })

  it('binds what limits them', async () => {
    const limits = `--from -7d --to 2026-11-23T00:00:00Z --longer-than 30m --host bas-* --subscription ${ID} --limit 3`
    const { asked } = await gaps(limits.split(' '))
    expect(asked).toEqual([
      {
        sql: expect.stringMatching(
          /^FROM gaps WHERE \(to_at IS NULL OR to_at > \$1::TIMESTAMPTZ\) AND from_at < \$2::TIMESTAMPTZ AND minutes \* 60000 >= \$3 AND .* LIMIT 3$/,
        ),
        parameters: [
          '2026-11-16T12:00:00.000Z',
          '2026-11-23T00:00:00.000Z',
          1_800_000,
          'bas-%',
          ID,
        ],
      },
    ])
  })

  it.each([
    ['--from', '-1d', '--to', '-2d'],
    ['--longer-than', 'long'],
    ['--host', ' '],
    ['--limit', '0'],
  ])('refuses %s %s %s %s', async (...argv) => {
    const { code, asked, err } = await gaps(argv.filter((text) => text !== undefined))
    expect({ code, asked }).toEqual({ code: 1, asked: [] })
    expect(err).toContain(argv[0])
  })

  it('shows how long each lasted, and which still do', async () => {
    const { lines } = await gaps([])
    expect(lines.slice(2).map((line) => line.split(/ {2,}/))).toEqual([
      ['bas-hub-weu', '23 Nov 11:40:03', '≥ 19m', 'no run 3', 'lasts', '3', '—', ID],
      [
        'bas-pay-production-weu',
        '23 Nov 09:25:22',
        '35m',
        'throttled 4, not asked 2',
        '23 Nov 10:00:44',
        '6',
        BUSY,
        ID,
      ],
      [
        'bas-lab',
        '2025-11-01 09:25',
        '2d 00h',
        'denied 582',
        '2025-11-03 10:00',
        '582',
        'Forbidden',
        ID,
      ],
    ])
  })

  it.each([50, 80])('fits %i columns', async (columns) => {
    const { lines } = await gaps([], { columns })
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(columns)
    expect(lines[2]).toContain('≥ 19m')
    expect(lines.some((line) => line.includes('no run 3'))).toBe(columns === 80)
  })

  it('shows a screenful on a terminal', async () => {
    const rows = Array.from({ length: 30 }, () => gapRows[0] ?? [])
    const { lines, err } = await gaps([], { columns: 80, rows })
    expect(lines).toHaveLength(2 + 20)
    expect(err).toContain('Only the first 20 rows are shown')
  })

  it('has every column in the formats for programs', async () => {
    const { lines } = await gaps(['-o', 'csv'])
    expect(lines[0]).toBe(gapColumns.map(({ name }) => name).join(','))
  })

  it.each<[string, string[], Cell[], string]>([
    [
      'all',
      [],
      [3, on('09:00:00'), 0],
      'No gaps: 3 hosts, read in every slot since 23 Nov 09:00:00',
    ],
    [
      'one that has no sessions',
      ['--from', on('10:00:00'), '--to', on('11:00:00')],
      [3, on('09:00:00'), 1],
      'No gaps: 3 hosts (1 with no sessions to list), read in every slot from 23 Nov 10:00:00 to 23 Nov 11:00:00',
    ],
    [
      'all but short ones',
      ['--longer-than', '1h'],
      [1, on('09:00:00'), 0],
      'No gap of 1h or longer since 23 Nov 09:00:00',
    ],
    [
      'before the first run',
      ['--to', on('08:00:00')],
      [1, on('09:00:00'), 0],
      '0 rows: nothing is known of that time (first run 23 Nov 09:00:00)',
    ],
    ['none', [], [0, null, 0], '0 rows: no host is known yet'],
  ])('says what no gap means: %s', async (_, argv, known, note) => {
    const { code, err } = await gaps(argv, { rows: [], known })
    expect({ code, err }).toEqual({ code: 0, err: `${note}\n` })
  })

  it('does not take a name that no host has for good news', async () => {
    const { code, err } = await gaps(['--host', 'typo'], { rows: [], known: [0, null, 0] })
    expect(code).toBe(3)
    expect(err).toContain('No host is known by --host "typo": this proves nothing')
  })
})
