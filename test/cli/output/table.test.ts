import { describe, expect, it } from 'vitest'

import { hostLooks } from '../../../src/cli/commands/hosts.ts'
import { runLooks } from '../../../src/cli/commands/runs.ts'
import { widthOf } from '../../../src/cli/output/width.ts'
import { hostColumns, hostRows, runColumns, runRows } from '../estate-rows.ts'
import { fakeTerminal } from '../fake-terminal.ts'
import { answerOf, columnsOf, textOf } from './answers.ts'
import { writeTable } from '../../../src/cli/output/table.ts'

const now = new Date('2026-11-23T12:00:00Z')
const columns = columnsOf(
  'user_name VARCHAR',
  'target VARCHAR',
  'sessions BIGINT',
  'first_seen TIMESTAMP WITH TIME ZONE',
)
const sessions = answerOf(columns, [
  ['ana@contoso.com', 'vm-日本語-01', 12, '2026-11-23T09:05:00Z'],
  [null, 'vm-😀-02', -3, '2026-11-23T09:05:00.123456Z'],
  ['evil\x1b[31m\u202enimda', 'a\nb', 1234567, null],
])
const answers = {
  sessions: [sessions, {}],
  hosts: [answerOf(hostColumns, hostRows), { looks: hostLooks(hostColumns, now), nothing: '—' }],
  runs: [answerOf(runColumns, runRows), { looks: runLooks(runColumns, now), nothing: '—' }],
} as const

describe('writeTable', () => {
  describe.each(['sessions', 'hosts', 'runs'] as const)('of %s', (name) => {
    const [answer, options] = answers[name]

    it.each([40, 60, 80, 120])('fits a terminal of %i cells', async (width) => {
      const text = await textOf('table', answer, { ...options, terminal: { columns: width } })
      await expect(text).toMatchFileSnapshot(`golden/${name}-${width}.txt`)
      for (const line of text.split('\n')) expect(widthOf(line)).toBeLessThanOrEqual(width)
    })

    it('cuts nothing in a pipe', async () => {
      const text = await textOf('table', answer, options)
      await expect(text).toMatchFileSnapshot(`golden/${name}-pipe.txt`)
      expect(text).not.toContain('…')
    })
  })

  it('shows the first thousand rows on a terminal, and asks for no more', async () => {
    let given = 0
    const endless = {
      columns: columnsOf('n BIGINT'),
      async *batches() {
        for (;;) yield Array.from({ length: 100 }, () => [given++])
      },
    }
    const { stdout, ...terminal } = fakeTerminal({ columns: 80 })
    expect(await writeTable(endless, stdout)).toEqual({ rows: 1000, more: true })
    expect(terminal.out).toBe('')
    expect(given).toBe(1100)
  })

  it('says that there are no more where there are exactly as many', async () => {
    const rows = Array.from({ length: 1000 }, (_, n) => [n])
    const { stdout } = fakeTerminal({ columns: 80 })
    const written = await writeTable(answerOf(columnsOf('n BIGINT'), rows), stdout)
    expect(written).toEqual({ rows: 1000, more: false })
  })

  it('writes all rows to a pipe, and later wider ones whole', async () => {
    const rows = Array.from({ length: 1500 }, (_, n) => [`host-${n}`, n])
    const answer = answerOf(columnsOf('host_name VARCHAR', 'n BIGINT'), rows, [
      ['host-with-a-long-name', 123456789],
    ])
    const lines = (await textOf('table', answer)).trimEnd().split('\n')
    expect(lines).toHaveLength(1503)
    expect(lines[2]).toBe('host-0        0')
    expect(lines.at(-1)).toBe('host-with-a-long-name  123456789')
  })

  it('has a header without rows', async () => {
    const terminal = { columns: 80 }
    expect(await textOf('table', answerOf(columns), { terminal })).toBe(
      'user_name  target  sessions  first_seen\n───────────────────────────────────────\n',
    )
  })

  it('tells NULL from the text NULL by its style', async () => {
    const answer = answerOf(columnsOf('t VARCHAR'), [[null], ['NULL']])
    const text = await textOf('table', answer, { terminal: { columns: 80, colour: true } })
    expect(text.split('\n').slice(2)).toEqual(['\x1b[2mNULL\x1b[22m', 'NULL', ''])
  })

  it('makes names of columns harmless', async () => {
    const answer = answerOf([{ name: '\x1b[2J', type: 'INTEGER' }], [[1]])
    expect(await textOf('table', answer)).toContain('\\x1b[2J')
  })
})
