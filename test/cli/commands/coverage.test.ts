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

const dayColumns = Object.entries(VIEWS['coverage']?.columns ?? {}).map(([name, { type }]) => ({
  name,
  type,
}))
const sumColumns = dayColumns.filter(({ name }) => name !== 'date')

/** A row with these counts, and 0 in all others. */
function row(name: string, counts: Record<string, Cell>): Cell[] {
  const { due, ok } = counts
  const all: Record<string, Cell> = {
    date: '2026-11-22',
    subscription_id: '5f3c0000-0000-0000-0000-000000000001',
    host_name: name,
    proven_share: Number(ok) / Number(due),
    ...counts,
  }
  return dayColumns.map(({ name: column }) => all[column] ?? 0)
}

const dayRows = [
  row('bas-silent', { due: 288, ok: 0, no_run: 200, throttled: 88 }),
  row('bas-pay-production-weu', { due: 288, ok: 287, not_asked: 1 }),
  row('bas-rare', { due: 2016, ok: 1, no_run: 2015 }),
  row('bas-hub', { due: 288, ok: 288 }),
  row('bas-developer', { due: 288, ok: 0, skipped_unsupported: 288 }),
]

async function coverage(argv: string[], columns: number | null = null, rows = dayRows) {
  const asked: Asked[] = []
  const terminal = fakeTerminal({ columns })
  const byDay = argv.includes('--by-day')
  const queries = fakeQueries(
    byDay
      ? { columns: dayColumns, rows }
      : { columns: sumColumns, rows: rows.map((one) => one.slice(1)) },
    asked,
  )
  const code = await run(['coverage', ...argv], terminal, {
    connect: () => fakeConnection({ queries }),
  })
  return { code, asked, lines: terminal.out.trimEnd().split('\n'), err: terminal.err }
}

describe('coverage', () => {
  it('answers from a ledger, the worst host first', { timeout: 30_000 }, async () => {
    await using warehouse = await tempWarehouse()
    for (const time of ['11:50', '11:55']) {
      const slot = `2026-11-23T${time}:00Z`
      await recordRun(warehouse, slot, [
        okPoll(host('a'), slot),
        time === '11:50' ? okPoll(host('b'), slot) : failedPoll(host('b'), slot),
        failedPoll(host('c'), slot, 'skipped_unsupported'),
      ])
    }
    const ask = async (...argv: string[]) => {
      const terminal = fakeTerminal()
      await run(['coverage', ...argv, '-o', 'jsonl'], terminal, {
        connect: () => fakeConnection({ queries: warehouse.queries }),
      })
      return terminal.out
        .trimEnd()
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line))
    }
    const summed = await ask()
    expect(summed.map((one) => [one.host_name, one.due, one.ok, one.proven_share])).toEqual([
      ['b', 2, 1, 0.5],
      ['a', 2, 2, 1],
      ['c', 2, 0, 0],
    ])
    expect(await ask('--by-day')).toEqual(summed.map((one) => ({ date: '2026-11-23', ...one })))
    expect(await ask('--subscription', 'Subscription 1*', '--host', 'A')).toEqual([summed[1]])
    expect(await ask('--to', '2026-11-23T00:00:00Z')).toEqual([])
  })

  it('sums up the last seven days, today included', async () => {
    const { asked } = await coverage([])
    expect(asked[0]?.parameters).toEqual(['2026-11-17'])
    expect(asked[0]?.sql).toContain('sum(due)::BIGINT AS due, sum(ok)::BIGINT AS ok')
    expect(asked[0]?.sql).toMatch(/date >= \$1::DATE GROUP BY .*ORDER BY \(due - ok/s)
  })

  it.each([
    [['--from', '-30d'], ['2026-10-24']],
    [
      ['--from', '2026-11-01T00:00:00Z', '--to', '2026-11-03T00:00:00Z'],
      ['2026-11-01', '2026-11-02'],
    ],
    [
      ['--to', '2026-11-10T00:00:01Z'],
      ['2026-11-04', '2026-11-10'],
    ],
  ])('takes whole days: %j', async (argv, dates) => {
    expect((await coverage(argv)).asked[0]?.parameters).toEqual(dates)
  })

  it('asks for single days, and for some hosts', async () => {
    const { asked } = await coverage(['--by-day', '--host', 'bas-*'])
    expect(asked).toEqual([
      {
        sql: expect.stringMatching(
          /^FROM coverage WHERE date >= \$1::DATE AND \(.*host_name ILIKE \$2 .*\) ORDER BY date DESC, /,
        ),
        parameters: ['2026-11-17', 'bas-%'],
      },
    ])
  })

  it('shows what is proven, never more, and what the rest came to', async () => {
    const { lines } = await coverage([])
    const titles = lines[0]?.split(/ {2,}/).slice(0, 5)
    expect(titles).toEqual(['Host', 'Proven', 'Slots', 'Mostly', 'Unproven'])
    expect(lines.slice(2).map((line) => line.split(/ {2,}/).slice(0, 5))).toEqual([
      ['bas-silent', '0 %', '288', 'no run 200', '288'],
      ['bas-pay-production-weu', '99.6 %', '288', 'not asked 1', '1'],
      ['bas-rare', '< 0.1 %', '2016', 'no run 2015', '2015'],
      ['bas-hub', '100 %', '288', '—', '0'],
      ['bas-developer', '0 %', '288', 'skipped_unsupported 288', '288'],
    ])
  })

  it('shows the day of each row', async () => {
    const { lines } = await coverage(['--by-day'])
    expect(lines[2]).toMatch(/^bas-silent +2026-11-22 +0 % /)
  })

  it.each([50, 80])('fits %i columns', async (columns) => {
    const { lines } = await coverage([], columns)
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(columns)
    expect(lines[0]).toMatch(/^Host .*Proven +Slots/)
  })

  it('has every column in the formats for programs', async () => {
    const names = dayColumns.map(({ name }) => name)
    expect((await coverage(['--by-day', '-o', 'csv'])).lines[0]).toBe(names.join(','))
    expect((await coverage(['-o', 'csv'])).lines[0]).toBe(names.slice(1).join(','))
  })

  it('refuses a time that ends before it begins', async () => {
    const { code, err } = await coverage(['--from', '-1d', '--to', '-2d'])
    expect(code).toBe(1)
    expect(err).toContain('--from "-1d" is not before --to "-2d"')
  })

  it('asks whether there are such hosts, where there is nothing to show', async () => {
    const { asked } = await coverage(['--host', 'typo'], null, [])
    expect(asked[1]).toMatchObject({
      sql: expect.stringContaining('FROM hosts'),
      parameters: ['typo'],
    })
  })
})
