import { describe, expect, it } from 'vitest'

import { run } from '../../../src/cli/run.ts'
import { runColumns, runRows } from '../estate-rows.ts'
import { type Asked, fakeConnection, fakeQueries } from '../fake-connection.ts'
import { fakeTerminal } from '../fake-terminal.ts'

async function runs(argv: string[], columns: number | null = null) {
  const asked: Asked[] = []
  const terminal = fakeTerminal({ columns })
  const rows = Array.from({ length: 30 }, (_, index) => runRows[index % runRows.length] ?? [])
  const queries = fakeQueries({ columns: runColumns, rows }, asked)
  const code = await run(['runs', ...argv], terminal, {
    connect: () => fakeConnection({ queries }),
  })
  return { code, asked: asked[0], out: terminal.out, err: terminal.err }
}

describe('runs', () => {
  it('asks for the newest first', async () => {
    const { asked } = await runs([])
    expect(asked).toEqual({
      sql: 'FROM runs ORDER BY started_at DESC, run_id DESC',
      parameters: [],
    })
  })

  it('binds the times', async () => {
    const { asked } = await runs([
      '--from',
      '-7d',
      '--to',
      '2026-11-23T00:00:00+01:00',
      '--limit',
      '3',
    ])
    expect(asked).toEqual({
      sql:
        'FROM runs WHERE started_at >= $1::TIMESTAMPTZ AND started_at < $2::TIMESTAMPTZ ' +
        'ORDER BY started_at DESC, run_id DESC LIMIT 3',
      parameters: ['2026-11-16T12:00:00.000Z', '2026-11-22T23:00:00.000Z'],
    })
  })

  it('shows a screenful on a terminal, and all in a pipe or where told so', async () => {
    const screen = await runs([], 80)
    expect(screen.out.split('\n')).toHaveLength(2 + 20 + 1)
    expect(screen.err).toContain('Only the first 20 rows are shown')
    expect((await runs([])).out.split('\n')).toHaveLength(2 + 30 + 1)
    expect((await runs(['--limit', '30'], 80)).out.split('\n')).toHaveLength(2 + 30 + 1)
  })

  it('has every column in the formats for programs', async () => {
    const { out } = await runs(['-o', 'csv'])
    expect(out.split('\n')[0]).toBe(runColumns.map(({ name }) => name).join(','))
    expect(out).toContain('2026-11-23T11:55:00Z')
  })
})
