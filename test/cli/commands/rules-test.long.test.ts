import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

import { run } from '../../../src/cli/run.ts'
import { fakeTerminal, type FakeTerminalOptions } from '../fake-terminal.ts'

// Each test of a file has a ledger of its own, with real files and a real engine.
vi.setConfig({ testTimeout: 60_000 })

const EXAMPLES = join(import.meta.dirname, '../../../examples')

const RULES = `rules:
  - name: slow
    title: Slow
    severity: low
    description: Fires late.
    sql: SELECT host_id, host_name || ' is there' AS summary FROM latest_polls
    labels: [host_id]
    for: 10m
  - name: broken
    title: Broken
    severity: low
    description: Cannot be asked.
    sql: SELECT nothing FROM sessions
    labels: []
    host: none
`

const GIVEN = `
    given:
      - at: 2026-11-23T09:00:00Z
        hosts: { bas-hub: [{ user: "ana\\e", target: vm-1, started: 2026-11-23T00:00:00Z }] }`

const WRONG = `rules: rules.yaml
tests:
  - name: right${GIVEN}
    expect:
      - { at: 2026-11-23T09:01:00Z, firing: [{ rule: long-session }] }
  - name: wrong
    rules: [long-session, slow]${GIVEN}
    expect:
      - { at: 2026-11-23T09:01:00Z, pending: [{ rule: slow }] }
      - at: 2026-11-23T09:02:00Z
        firing:
          - { rule: long-session, host: bas-hub, labels: { session_id: x* }, summary: bo * }
          - { rule: slow, stale: true }
        resolved: []
`

let cwd: string
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'ledger-rules-'))
  vi.stubEnv('TMPDIR', join(cwd, 'tmp'))
  await mkdir(join(cwd, 'tmp'))
  await writeFile(join(cwd, 'rules.yaml'), RULES)
  await writeFile(join(cwd, 'wrong.yaml'), WRONG)
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await rm(cwd, { recursive: true })
})

async function test(argv: string[], options: FakeTerminalOptions & { interrupted?: boolean } = {}) {
  const terminal = fakeTerminal({ cwd, ...options })
  if (options.interrupted) terminal.pressCtrlC()
  const code = await run(['rules', 'test', ...argv], terminal, {
    connect() {
      throw new Error('Tests need no warehouse of their own')
    },
  })
  return { code, out: terminal.out, err: terminal.err }
}

describe('rules test', () => {
  it('passes the example', async () => {
    expect(await test(['rules.test.yaml'], { cwd: EXAMPLES })).toEqual({
      code: 0,
      out: 'rules.test.yaml: 3 tests passed\n',
      err: '',
    })
  })

  it('says of what failed what was expected, and what came', async () => {
    const { code, out, err } = await test(['wrong.yaml'])
    expect({ code, err }).toEqual({ code: 2, err: '' })
    expect(out).toBe(`wrong.yaml: 1 of 2 tests failed

  wrong
  wrong.yaml:16:9, at 2026-11-23T09:02:00Z
    What fires is not what was expected:
      - expected: long-session "bo *" { host: bas-hub, session_id: x* }
      - expected: slow { stale: true }
      + came: long-session "ana\\x1b on vm-1 for 9 h 0 min, through bas-hub" { host: bas-hub, session_id: ana\\x1b vm-1 2026-11-23T00:00:00Z, first_seen_at: 2026-11-23T09:00:01Z }
`)
  })

  it('says the same to scripts, and sends nothing of it', async () => {
    const env = { LEDGER_NOTIFY_FILE: join(cwd, 'notices.jsonl') }
    const { code, out } = await test(['wrong.yaml', '-o', 'json'], { env })
    expect(code).toBe(2)
    expect(JSON.parse(out)).toEqual([
      {
        file: 'wrong.yaml',
        passed: 1,
        failed: 1,
        tests: [
          {
            name: 'right',
            place: 'wrong.yaml:3:5',
            rules: ['long-session'],
            passed: true,
            failures: [],
          },
          {
            name: 'wrong',
            place: 'wrong.yaml:9:5',
            rules: ['long-session', 'slow'],
            passed: false,
            failures: [
              {
                at: '2026-11-23T09:02:00Z',
                place: 'wrong.yaml:16:9',
                problems: [],
                differences: [
                  {
                    state: 'firing',
                    missing: [
                      {
                        rule: 'long-session',
                        host: 'bas-hub',
                        labels: { session_id: 'x*' },
                        summary: 'bo *',
                        like: null,
                      },
                      { rule: 'slow', labels: {}, stale: true, like: null },
                    ],
                    surplus: [
                      expect.objectContaining({
                        rule: 'long-session',
                        summary: 'ana\u001B on vm-1 for 9 h 0 min, through bas-hub',
                        stale: null,
                        muted_by: null,
                      }),
                    ],
                  },
                ],
              },
            ],
          },
        ],
      },
    ])
    expect(await readdir(cwd)).not.toContain('notices.jsonl')
    // The ledgers of the tests are gone.
    expect(await readdir(join(cwd, 'tmp'))).toEqual([])
  })

  it('fails where a rule cannot be asked, and says in which state an alert is', async () => {
    const expected = 'expect: [{ at: 2026-11-23T09:02:00Z, firing: '
    await writeFile(
      join(cwd, 'broken.yaml'),
      `tests:\n  - name: broken${GIVEN}\n    ${expected}[{ rule: broken }] }]\n` +
        `  - name: early${GIVEN}\n    ${expected}[{ rule: slow }] }]\n`,
    )
    const { code, out } = await test(['broken.yaml', '--rules', 'rules.yaml'])
    expect(code).toBe(2)
    expect(out).toContain(`
  broken
  broken.yaml:4:9, at 2026-11-23T09:01:00Z
    The rule "broken" could not be asked: `)
    expect(out).toContain('Referenced column "nothing" not found')
    expect(out).toContain(`
  early
  broken.yaml:11:14, at 2026-11-23T09:02:00Z
    What fires is not what was expected:
      - expected: slow, but it is pending
`)
  })

  it('runs none where a file cannot be used', async () => {
    await writeFile(join(cwd, 'typo.yaml'), WRONG.replace('firing:', 'fires:'))
    expect(await test(['wrong.yaml', 'typo.yaml'])).toEqual({
      code: 1,
      out: '',
      err:
        'bastion-ledger: Cannot use "typo.yaml:8:37": tests[0].expect[0] has no key "fires": it takes ' +
        'at, firing, pending, resolved\n',
    })
    expect(await test(['.'])).toEqual({
      code: 1,
      out: '',
      err: 'bastion-ledger: Cannot read ".": it is a folder\n',
    })
    expect(await test(['none.yaml'])).toMatchObject({
      code: 1,
      err: 'bastion-ledger: Cannot read "none.yaml": no such file or folder (ENOENT)\n',
    })
    expect((await test([])).err).toContain("missing required argument 'FILE'")
  })

  it('stops when it is interrupted', async () => {
    expect(await test(['wrong.yaml'], { interrupted: true })).toEqual({
      code: 130,
      out: '',
      err: '',
    })
    expect(await readdir(join(cwd, 'tmp'))).toEqual([])
  })
})
