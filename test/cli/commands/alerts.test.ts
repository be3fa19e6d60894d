import { readFile, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

import { run } from '../../../src/cli/run.ts'
import { connect } from '../../../src/connect.ts'
import { runPaths } from '../../../src/warehouse/paths.ts'
import {
  failedPoll,
  host,
  okPoll,
  openWarehouse,
  recordRun,
  session,
  tempFolder,
} from '../../warehouse/temp-warehouse.ts'
import { fakeTerminal, type FakeTerminalOptions } from '../fake-terminal.ts'

// Real files and a real engine: slow where many others work at the same time.
vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 })

const hub = host('bas-hub')
const spoke = host('bas-spoke')
const at = (time: string) => `2026-11-23T${time}:00Z`
const long = session('s-1', {
  userName: 'ana@contoso.example',
  startedAt: new Date(at('00:30')),
  targetHostName: 'vm-pay-01',
})

interface Told {
  code: number
  out: string
  err: string
}

/** Calls the command as a person would, at a time. */
async function alerts(
  root: string,
  time: string,
  flags: string[] = [],
  options: FakeTerminalOptions = {},
): Promise<Told> {
  const terminal = fakeTerminal({ now: at(time), stderrColumns: null, ...options })
  const clock = { now: () => new Date(at(time)), sleep: async () => undefined }
  const code = await run(['alerts', '--warehouse', root, ...flags], terminal, {
    connect: (settings) => connect(settings, { clock }),
  })
  return { code, out: terminal.out, err: terminal.err }
}

let folder: Awaited<ReturnType<typeof tempFolder>>
/** One session for nine hours; then its host cannot be read. */
let root: string
beforeAll(async () => {
  folder = await tempFolder()
  root = join(folder.root, 'w')
  const warehouse = openWarehouse(root)
  await recordRun(warehouse, at('09:20'), [
    okPoll(hub, at('09:20'), [long]),
    okPoll(spoke, at('09:20')),
  ])
  await recordRun(warehouse, at('09:25'), [
    okPoll(hub, at('09:25'), [long]),
    okPoll(spoke, at('09:25')),
  ])
})
afterAll(() => folder[Symbol.asyncDispose]())

describe('alerts', () => {
  it('lists what fires now, and ends with 2', async () => {
    const told = await alerts(root, '09:26', [], { columns: 100 })
    expect(told.out).toMatchInlineSnapshot(`
      "State   Severity  Alert                                                    Since (UTC)  Rule
      ────────────────────────────────────────────────────────────────────────────────────────────────────
      firing  medium    ana@contoso.example on vm-pay-01 for 8 h 55 min, t…  23 Nov 09:26:00  long-session
      "
    `)
    expect(told.err).toContain('1 firing (6 rules asked)')
    expect(told.code).toBe(2)
  })

  it('says that nothing fires, and ends with 0', async () => {
    const told = await alerts(root, '09:26', ['--long-session', '10h'], { columns: 100 })
    expect(told).toEqual({ code: 0, out: '', err: 'Nothing fires (6 rules asked)\n' })
    const json = await alerts(root, '09:26', ['--long-session', '10h', '-o', 'json'])
    expect(json.out).toBe('[]\n')
  })

  it('writes them for machines, in the columns of the view', async () => {
    const { out } = await alerts(root, '09:26', ['-o', 'json', '--rule', 'long-session'])
    expect(JSON.parse(out)).toMatchObject([
      {
        rule: 'long-session',
        severity: 'medium',
        state: 'firing',
        stale: null,
        summary: expect.stringContaining('ana@contoso.example on vm-pay-01'),
      },
    ])
  })

  it('records nothing and tells nobody without --send', async () => {
    const history = await alerts(root, '09:26', ['--history', '-o', 'json'])
    expect(history).toMatchObject({ code: 0, out: '[]\n' })
  })

  it('does not count what a silence holds back', async () => {
    const file = join(folder.root, 'silences.yaml')
    await writeFile(
      file,
      'silences:\n  - { rule: long-session, match: { user_name: "ana@*" }, owner: bo, reason: migration, until: 2026-11-24T00:00:00Z }\n',
    )
    const told = await alerts(root, '09:26', ['--silences', file], { columns: 160 })
    expect(told.code).toBe(0)
    expect(told.out).toContain('silenced by bo until 2026-11-24T00:00:00Z: migration')
    expect(told.err).toContain('Nothing fires, 1 held back')
  })

  it.each([
    [['--rule', 'long-sesion'], 'Cannot list the alerts of the rule "long-sesion": there is none'],
    [['--from', '-1d'], 'Cannot use --from without --history'],
    [['--history', '--send'], 'Cannot use --history together with --send'],
    [['-o', 'parquet'], 'Cannot write the alerts of now as Parquet'],
    [['--rules', '/nowhere/rules.yaml'], 'Cannot read "/nowhere/rules.yaml"'],
  ])('refuses %j in one line', async (flags, words) => {
    const told = await alerts(root, '09:26', flags)
    expect(told.code).toBe(1)
    expect(told.err).toContain(words)
    expect(told.out).toBe('')
  })

  it('says where there is no run, and ends with 5', async () => {
    const told = await alerts(join(folder.root, 'none'), '09:26')
    expect(told).toMatchObject({ code: 5, err: expect.stringContaining('has no run yet') })
  })

  it('ends with 3 where a rule or a file cannot be read, and nothing fires', async () => {
    const rules = join(folder.root, 'rules.yaml')
    await writeFile(
      rules,
      'rules:\n  - { name: own, title: Own, severity: low, description: None, sql: SELECT nothing FROM sessions, labels: [host_id], host: none }\n',
    )
    const failed = await alerts(root, '09:26', ['--long-session', '10h', '--rules', rules])
    expect(failed.code).toBe(3)
    expect(failed.err).toContain('The rule "own" could not be asked')

    const damaged = join(folder.root, 'damaged')
    const warehouse = openWarehouse(damaged)
    for (const time of ['09:20', '09:25'])
      await recordRun(warehouse, at(time), [okPoll(hub, at(time), [long])])
    await truncate(join(damaged, runPaths('20261123T092000Z').snapshots), 50)
    const around = await alerts(damaged, '09:26', ['--long-session', '10h'])
    expect(around.code).toBe(3)
    expect(around.err).toContain(runPaths('20261123T092000Z').snapshots)
  })
})

describe('alerts --send', () => {
  it('records, tells, and shows the history', async () => {
    const own = join(folder.root, 'sent')
    const file = join(folder.root, 'notices.jsonl')
    const warehouse = openWarehouse(own)
    const notify = ['--send', '--notify-file', file]
    await recordRun(warehouse, at('09:20'), [okPoll(hub, at('09:20'), [long])])
    const first = await alerts(own, '09:21', notify)
    expect(first).toMatchObject({ code: 2, err: expect.stringContaining('1 notice delivered') })
    await recordRun(warehouse, at('09:25'), [failedPoll(hub, at('09:25'))])
    const stale = await alerts(own, '09:26', notify, { columns: 140 })
    expect(stale.out).toContain('stale: bas-hub could not be read: denied')
    expect(stale.err).toContain('1 firing, 1 stale')
    expect(stale.err).toContain('1 host could not be read')
    for (const time of ['09:30', '09:35'])
      await recordRun(warehouse, at(time), [okPoll(hub, at(time))])
    const over = await alerts(own, '09:36', notify)
    expect(over).toMatchObject({
      code: 0,
      err: expect.stringContaining('Nothing fires, 1 resolved just now'),
    })
    const lines = (await readFile(file, 'utf8')).trim().split('\n')
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { status: 'firing' },
      { status: 'resolved' },
    ])
    const history = await alerts(own, '10:00', ['--history'], { columns: 120 })
    expect(history.out).toMatchInlineSnapshot(`
      "State     Severity  Alert                                           Since (UTC)      Until (UTC)  Rule          Note
      ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
      resolved  medium    ana@contoso.example on vm-pay-01 for 8 h …  23 Nov 09:21:00  23 Nov 09:36:00  long-session  it ended
      "
    `)
    expect(history.code).toBe(0)
  })

  it('says that nobody is told where no destination is set', async () => {
    const own = join(folder.root, 'nobody')
    await recordRun(openWarehouse(own), at('09:20'), [okPoll(hub, at('09:20'), [long])])
    const told = await alerts(own, '09:21', ['--send'])
    expect(told.err).toContain('No destination is set, so nobody is told')
  })

  it('says what could not be delivered, and that it is tried again', async () => {
    const own = join(folder.root, 'full')
    await recordRun(openWarehouse(own), at('09:20'), [okPoll(hub, at('09:20'), [long])])
    const told = await alerts(own, '09:21', [
      '--send',
      '--notify-file',
      join(folder.root, 'no/such/file'),
    ])
    expect(told.code).toBe(2)
    expect(told.err).toContain('1 waiting')
    expect(told.err).toContain('A notice of "long-session" to file is not delivered yet')
  })
})
