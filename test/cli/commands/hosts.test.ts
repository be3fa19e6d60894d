import { describe, expect, it } from 'vitest'

import { run } from '../../../src/cli/run.ts'
import { hostColumns, hostRows } from '../estate-rows.ts'
import { fakeConnection, fakeQueries } from '../fake-connection.ts'
import { fakeTerminal } from '../fake-terminal.ts'

async function hosts(argv: string[]) {
  const terminal = fakeTerminal()
  const queries = fakeQueries({ columns: hostColumns, rows: hostRows })
  const code = await run(['hosts', ...argv], terminal, {
    connect: () => fakeConnection({ queries }),
  })
  return { code, lines: terminal.out.trimEnd().split('\n') }
}

describe('hosts', () => {
  it('shows a number of sessions only where the last answer proves it', async () => {
    const { lines } = await hosts([])
    const sessions = lines.slice(2).map((line) => line.split(/ {2,}/)[1])
    expect(sessions).toEqual(['14', '0', '—', '—', '—'])
  })

  it('tells a host that is gone from one that did not answer', async () => {
    const { lines } = await hosts([])
    expect(lines.at(-1)).toMatch(/^bas-old .* gone /)
    expect(lines.at(-2)).toMatch(/^bas-lab .* throttled .* never /)
  })

  it('has every column in the formats for programs', async () => {
    const { lines } = await hosts(['-o', 'jsonl'])
    expect(Object.keys(JSON.parse(lines[0] ?? ''))).toEqual(hostColumns.map(({ name }) => name))
  })
})
