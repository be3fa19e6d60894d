import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout } from 'node:timers/promises'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

import { connect } from '../../src/connect.ts'
import { parseSettings } from '../../src/domain/parse-settings.ts'
import { collect } from '../../src/jobs/collect.ts'
import { startEngine } from '../../src/warehouse/duckdb.ts'
import { fakeAzure } from './fake-connection.ts'

// Real processes: slow where many others work at the same time.
vi.setConfig({ testTimeout: 30_000 })

const MAIN = join(import.meta.dirname, '../../src/cli/main.ts')
const HUGE = 'SELECT range AS n, repeat(chr(97), 50) AS text FROM range(50000)'

let folder: string

/** Starts the program as a shell would, in a folder of its own and without this process's settings. */
function start(argv: string[], env: Record<string, string> = {}) {
  const { PATH = '' } = process.env
  const child = spawn(process.execPath, [MAIN, ...argv], { cwd: folder, env: { PATH, ...env } })
  return Object.assign(child, { ended: once(child, 'close') })
}

async function main(argv: string[], env?: Record<string, string>, stdin = '') {
  const child = start(argv, env)
  child.stdin.end(stdin)
  const [out, err, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    child.ended,
  ])
  return { code: Number(code), out, err }
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ledger-cli-'))
  const warehouse = join(folder, 'warehouse')
  await using connection = connect(parseSettings({ LEDGER_WAREHOUSE: warehouse }))
  const azure = fakeAzure([{ name: 'Hub', hosts: [{ name: 'bas-1' }, { name: 'bas-2' }] }])
  await collect(
    { ...connection, azure },
    { scheduledFor: null, filter: { include: [], exclude: [] } },
  )
})

afterAll(() => rm(folder, { recursive: true }))

describe('the program', () => {
  it('shows help and version', async () => {
    expect(await main(['--help'])).toMatchObject({ code: 0, err: '' })
    expect(await main(['--version'])).toMatchObject({ code: 0, out: '0.1.0\n', err: '' })
  })

  it('loads no schema, database or SDK for help', async () => {
    const hooks = `import { registerHooks } from 'node:module'
      registerHooks({ load: (url, context, next) => {
        if (url.includes('node_modules')) process.stderr.write(url.split('node_modules/')[1] + '\\n')
        return next(url, context)
      } })`
    const NODE_OPTIONS = `--import data:text/javascript,${encodeURIComponent(hooks)}`
    const { code, err } = await main(['--help'], { NODE_OPTIONS })
    expect(code).toBe(0)
    const packages = err.split('\n').map((path) => path.split('/')[0])
    expect(new Set(packages)).toEqual(new Set(['commander', '']))
  })

  it('ends with 1 and one line for a wrong command, and writes nothing', async () => {
    const before = await readdir(folder, { recursive: true })
    expect(await main(['colect'])).toMatchObject({ code: 1, out: '' })
    expect(await main(['collect', '--concurrency', '0'])).toMatchObject({
      code: 1,
      out: '',
      err: 'bastion-ledger: Cannot use "0" for --concurrency: it takes a whole number from 1 to 1000\n',
    })
    expect(await main(['hosts'], { LEDGER_NONSENSE: '1' })).toMatchObject({ code: 1, out: '' })
    expect(await readdir(folder, { recursive: true })).toEqual(before)
  })

  it('answers from a warehouse, whatever the SQL comes from', async () => {
    const hosts = await main(['hosts', '-o', 'json'])
    expect(hosts).toMatchObject({ code: 0, err: '' })
    expect(JSON.parse(hosts.out)).toMatchObject([{ host_name: 'bas-1' }, { host_name: 'bas-2' }])
    expect((await main(['runs'])).out).toMatch(/ok +2 of 2 +0 /)
    const sql = 'SELECT host_name FROM polls WHERE host_name = $1'
    expect((await main(['query', '-p', 'bas-2', '-o', 'csv'], {}, sql)).out).toBe(
      'host_name\nbas-2\n',
    )
  })

  it('lists sessions, compacts days and opens the views to others', async () => {
    expect(await main(['sessions', '--active', '-o', 'json'])).toMatchObject({
      code: 0,
      out: '[]\n',
    })
    const at = await main(['sessions', '--at', '2020-01-01T00:00:00Z', '-o', 'json'])
    expect(at.code).toBe(3)
    expect(JSON.parse(at.out)).toMatchObject([
      { certainty: 'cannot say', host_name: 'bas-1' },
      { certainty: 'cannot say', host_name: 'bas-2' },
    ])
    const days = await main(['compact', '--dry-run'])
    expect(days.code).toBe(0)
    expect(JSON.parse(days.out)).toMatchObject({ ready: [], not_compacted: [{ outcome: 'open' }] })
    const { code, out } = await main(['connect'])
    expect(code).toBe(0)
    expect(out).toContain('CREATE VIEW sessions AS')
  })

  it('says what is wrong with SQL', async () => {
    const { code, out, err } = await main(['query', 'SELECT nope FROM hosts'])
    expect({ code, out }).toEqual({ code: 1, out: '' })
    expect(err).toMatch(/^bastion-ledger: .*nope/)
  })

  it('says that a warehouse is empty, and how to begin', async () => {
    const { code, out, err } = await main(['hosts', '--warehouse', 'nothing-here'])
    expect({ code, out }).toEqual({ code: 5, out: '' })
    expect(err).toMatch(/nothing-here.*\n.*bastion-ledger collect/)
    expect(await readdir(folder)).toEqual(['warehouse'])
  })

  it('gives a slow pipe all of a large answer', async () => {
    const child = start(['query', '-o', 'jsonl', HUGE])
    await setTimeout(1000)
    const [out, [code]] = await Promise.all([text(child.stdout), child.ended])
    expect(code).toBe(0)
    const lines = out.trimEnd().split('\n')
    expect(lines).toHaveLength(50_000)
    expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ n: 49_999 })
  })

  it.each(['table', 'csv', 'json', 'jsonl', 'markdown'])(
    'ends quietly when the reader of its %s goes away',
    async (format) => {
      const command = `"${process.execPath}" "${MAIN}" query -o ${format} "${HUGE}" | head -1; echo "\${PIPESTATUS[0]}"`
      const { stdout, stderr } = await promisify(execFile)('bash', ['-c', command], { cwd: folder })
      expect(stderr).toBe('')
      expect(stdout.trimEnd().split('\n').at(-1)).toBe('0')
      expect(stdout.trimEnd().split('\n')).toHaveLength(2)
    },
  )

  it('writes Parquet that a reader of such files takes, and stops when nobody takes it', async () => {
    const read = `${JSON.stringify(process.execPath)} ${JSON.stringify(MAIN)} query -o parquet "${HUGE}"`
    const { stderr } = await promisify(execFile)('bash', ['-c', `${read} > x.parquet`], {
      cwd: folder,
    })
    expect(stderr).toBe('')
    using engine = await startEngine()
    const reader = await engine.connection.runAndReadAll(
      `SELECT count(*)::INTEGER, max(n)::INTEGER FROM read_parquet('${folder}/x.parquet')`,
    )
    expect(reader.getRows()).toEqual([[50_000, 49_999]])
    const gone = `${read} | head -c 4; echo " \${PIPESTATUS[0]}"`
    const { stdout } = await promisify(execFile)('bash', ['-c', gone], { cwd: folder })
    expect(stdout).toBe('PAR1 0\n')
    await rm(join(folder, 'x.parquet'))
  })

  it('ends at Ctrl-C with 130, also while it waits for SQL', async () => {
    for (const argv of [
      ['query', '-'],
      ['query', 'SELECT count(*) FROM range(1e12::BIGINT) a, range(9)'],
    ]) {
      const child = start(argv)
      await setTimeout(1000)
      child.kill('SIGINT')
      expect((await child.ended)[0]).toBe(130)
    }
  })

  it('colours only where asked to', async () => {
    expect((await main(['--help'])).out).not.toContain('\x1b')
    expect((await main(['--help'], { FORCE_COLOR: '1' })).out).toContain('\x1b[1mExamples:')
  })
})
