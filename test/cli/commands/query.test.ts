import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

import { run } from '../../../src/cli/run.ts'
import { type Asked, type FakeAnswer, fakeConnection, fakeQueries } from '../fake-connection.ts'
import { type FakeTerminal, fakeTerminal, type FakeTerminalOptions } from '../fake-terminal.ts'

async function query(
  argv: string[],
  { answer = { rows: [[1]] }, ...options }: FakeTerminalOptions & { answer?: FakeAnswer } = {},
): Promise<{ code: number; asked: Asked[]; terminal: FakeTerminal }> {
  const asked: Asked[] = []
  const terminal = fakeTerminal(options)
  const connect = () => fakeConnection({ queries: fakeQueries(answer, asked) })
  return { code: await run(['query', ...argv], terminal, { connect }), asked, terminal }
}

describe('query', () => {
  it('takes the SQL as an argument, and values for it', async () => {
    const { code, asked, terminal } = await query(['SELECT $1, $2', '-p', 'ana', '-p', '-3'])
    expect(code).toBe(0)
    expect(asked).toEqual([{ sql: 'SELECT $1, $2', parameters: ['ana', '-3'] }])
    expect(terminal.out).toBe('n\n─\n1\n')
  })

  it.each([[['-']], [[]]])('takes the SQL from a pipe for %j', async (argv) => {
    const { asked } = await query(argv, { stdin: 'SELECT 1\n' })
    expect(asked).toEqual([{ sql: 'SELECT 1\n', parameters: [] }])
  })

  it('takes the SQL from a file, relative to where it is run', async () => {
    const cwd = await mkdtemp(join(tmpdir(), 'ledger-query-'))
    try {
      await writeFile(join(cwd, 'report.sql'), '\uFEFFSELECT 2')
      const { asked } = await query(['-f', 'report.sql'], { cwd })
      expect(asked).toEqual([{ sql: 'SELECT 2', parameters: [] }])
    } finally {
      await rm(cwd, { recursive: true })
    }
  })

  it('prefers an argument to a pipe', async () => {
    const { asked } = await query(['SELECT 1'], { stdin: 'SELECT 2' })
    expect(asked).toEqual([{ sql: 'SELECT 1', parameters: [] }])
  })

  it('says on stderr that there are no rows', async () => {
    const { code, terminal } = await query(['x', '-o', 'csv'], { answer: {} })
    expect({ code, out: terminal.out, err: terminal.err }).toEqual({
      code: 0,
      out: 'n\n',
      err: '0 rows\n',
    })
  })

  it('says on stderr what the answer leaves out, and ends with 3', async () => {
    const warnings = ['Cannot read "v1/raw/polls/x.parquet": it is damaged']
    const { code, terminal } = await query(['x', '-o', 'json'], { answer: { warnings } })
    expect(code).toBe(3)
    expect(terminal.out).toBe('[]\n')
    expect(terminal.err).toContain(`bastion-ledger: ${warnings[0]}\n`)
  })

  it('says on a terminal how to get the rest of a long answer', async () => {
    const rows = Array.from({ length: 1001 }, (_, n) => [n])
    const { code, terminal } = await query(['x'], { answer: { rows }, columns: 80 })
    expect(code).toBe(0)
    expect(terminal.out.split('\n')).toHaveLength(1003)
    expect(terminal.err).toMatch(/^Only the first 1,000 rows are shown\..* -o csv/)
  })

  it('gives out the bytes of a Parquet file, and says what it leaves out', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'ledger-query-'))
    try {
      const file = join(folder, 'answer.parquet')
      await writeFile(file, Buffer.from([0x50, 0x41, 0x52, 0x31, 0xff, 0x00, 0x0a]))
      const { code, asked, terminal } = await query(['SELECT $1', '-p', 'x', '-o', 'parquet'], {
        answer: { file, warnings: ['"x" is left out: it is missing'] },
      })
      expect(code).toBe(3)
      expect(asked).toEqual([{ sql: 'SELECT $1', parameters: ['x'] }])
      expect(terminal.out).toBe('PAR1\xff\0\n')
      expect(terminal.err).toBe('0 rows\nbastion-ledger: "x" is left out: it is missing\n')
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  it('refuses to write Parquet to a terminal, before it asks', async () => {
    const { code, asked, terminal } = await query(['x', '-o', 'parquet'], { columns: 80 })
    expect({ code, asked, out: terminal.out }).toEqual({ code: 1, asked: [], out: '' })
    expect(terminal.err).toMatch(/Cannot write Parquet to a terminal.*\n .* > answer\.parquet\n$/)
  })

  it('ends quietly when the reader of a pipe goes away, and asks for no more', async () => {
    let batches = 0
    const rows = function* () {
      for (;;) {
        batches += 1
        yield [[batches]]
      }
    }
    const { code, terminal } = await query(['x', '-o', 'jsonl'], {
      answer: { rows },
      stdoutWrites: 2,
    })
    expect({ code, err: terminal.err, batches }).toEqual({ code: 0, err: '', batches: 3 })
  })

  it('ends with 130 when interrupted', async () => {
    const terminal = fakeTerminal()
    const queries = {
      ...fakeQueries({}),
      async query() {
        terminal.pressCtrlC()
        throw terminal.interrupted.reason
      },
    }
    const connect = () => fakeConnection({ queries })
    expect(await run(['query', 'x'], terminal, { connect })).toBe(130)
    expect(terminal.err).toBe('')
  })
})
