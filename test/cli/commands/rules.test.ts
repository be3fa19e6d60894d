import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { run } from '../../../src/cli/run.ts'
import { fileSchemas } from '../../../src/cli/rules/file-schemas.ts'
import { shippedRules } from '../../../src/rules/shipped.ts'
import { fakeTerminal, type FakeTerminalOptions } from '../fake-terminal.ts'

const SHIPPED = shippedRules({ longSessionMs: 28_800_000 })

let cwd: string
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'ledger-rules-'))
  await writeFile(
    join(cwd, 'rules.yaml'),
    `rules:
  - name: long-session
    enabled: false
    for: 90m
    parameters: { longer_than: 12h }
  - name: mine
    title: "Mine \\e[31m"
    severity: critical
    description: |
      First.

      Second, which is so long that it is folded on a narrow terminal.
    sql: |
      SELECT 1
      FROM hosts
    labels: []
    host: none
    keep_firing_for: 10m
    inhibited_by: [{ rule: coverage-lost, equal: [host_id] }]
    parameters:
      names: { type: list, value: [a, "b c", "no"] }
`,
  )
})
afterAll(() => rm(cwd, { recursive: true }))

async function rules(argv: string[], options: FakeTerminalOptions = {}) {
  const terminal = fakeTerminal({ cwd, ...options })
  const code = await run(['rules', ...argv], terminal, {
    connect() {
      throw new Error('Rules need no warehouse')
    },
  })
  return { code, out: terminal.out, err: terminal.err }
}

describe('rules', () => {
  it('lists all of them, and whose they are', async () => {
    const { code, out, err } = await rules(['--rules', 'rules.yaml', '-o', 'json'])
    expect({ code, err }).toEqual({ code: 0, err: '' })
    const listed: unknown = JSON.parse(out)
    expect(listed).toEqual([
      ...SHIPPED.map(({ name, severity, enabled, forMs, title, tags }) => {
        const shipped = {
          rule: name,
          severity,
          enabled,
          for_ms: forMs,
          title,
          source: 'shipped',
          tags,
        }
        return name === 'long-session'
          ? { ...shipped, enabled: false, for_ms: 5_400_000, source: 'changed' }
          : shipped
      }),
      {
        rule: 'mine',
        severity: 'critical',
        enabled: true,
        for_ms: 0,
        title: 'Mine \u001B[31m',
        source: 'own',
        tags: [],
      },
    ])
  })

  it('takes the file from the environment', async () => {
    const { out } = await rules(['-o', 'csv'], { env: { LEDGER_RULES: 'rules.yaml' } })
    expect(out).toContain('\nmine,critical,true,0,')
  })

  it.each([[40], [80], [120]])('fits %i columns', async (columns) => {
    const { out } = await rules(['--rules', 'rules.yaml'], { columns })
    const lines = out.trimEnd().split('\n')
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(columns)
    expect(out.includes('  90m  ')).toBe(columns > 40)
    expect(lines).toHaveLength(2 + SHIPPED.length + 1)
    expect(out).toMatch(/^long-session +off( |$)/m)
    expect(out).toMatch(/^unattributable-session +on( |$)/m)
  })

  it('says what is wrong in the file', async () => {
    await writeFile(join(cwd, 'wrong.yaml'), 'rules:\n  - name: long-session\n    enabled: no\n')
    expect(await rules(['--rules', 'wrong.yaml'])).toEqual({
      code: 1,
      out: '',
      err: 'bastion-ledger: Cannot use "wrong.yaml:3:5": rules[0].enabled takes true or false, not "no"\n',
    })
  })

  it('says which subcommands there are', async () => {
    const { code, err } = await rules(['shwo'])
    expect(code).toBe(1)
    expect(err).toMatch(/^bastion-ledger: Cannot run "rules shwo": there is only rules show/)
  })
})

describe('rules show', () => {
  it('shows a rule of the file', async () => {
    const { code, out } = await rules(['show', 'mine', '--rules', 'rules.yaml'], { columns: 50 })
    expect(code).toBe(0)
    expect(out).toBe(`mine: critical, on, of your own
Mine \\x1b[31m

First.

Second, which is so long that it is folded on a
narrow terminal.

  Alert       one for all findings
  Fires       at once
  Resolved    10m after its finding is gone
  Told again  after 4h
  Rests on    no host's answer
  Held back   by alerts of coverage-lost with the
              same host_id

Parameters
  names  [a, "b c", "no"] (list)

SQL
  SELECT 1
  FROM hosts

It is in rules.yaml.
`)
  })

  it('shows how to change a rule that comes with the program', async () => {
    const { out } = await rules(['--rules', 'rules.yaml', 'show', 'long-session'])
    expect(out).toMatch(/^long-session: medium, off, comes with the program, changed\n/)
    expect(out).toContain('  Fires       after 90m\n')
    expect(out).toMatch(/  longer_than  12h \(duration\): /)
    expect(
      out.endsWith(`
To change it, write into rules.yaml
  rules:
    - name: long-session
      enabled: true
      parameters:
        longer_than: 12h
`),
    ).toBe(true)
  })

  it('shows what can be copied into the file, for every rule', async () => {
    await Promise.all(
      SHIPPED.map(async (rule) => {
        const shown = await rules(['show', rule.name])
        const [, yaml = ''] = shown.out.split(
          'To change it, write into the file that LEDGER_RULES or --rules names\n',
        )
        const file = `${rule.name}.yaml`
        await writeFile(join(cwd, file), yaml)
        const { out } = await rules(['show', rule.name, '--rules', file, '-o', 'json'])
        const changed: unknown = JSON.parse(out)
        const before: unknown = JSON.parse((await rules(['show', rule.name, '-o', 'json'])).out)
        expect(before).toMatchObject({ rule: rule.name, sql: rule.sql.trim(), source: 'shipped' })
        expect(changed).toEqual({
          ...Object(before),
          enabled: !rule.enabled,
          source: 'changed',
        })
      }),
    )
  })

  it('names one that is like it where there is none', async () => {
    expect((await rules(['show', 'long-sesion'])).err).toBe(
      'bastion-ledger: Cannot find the rule "long-sesion": there is none of that name\n' +
        '  Did you mean "long-session"?\n',
    )
  })
})

describe('rules schema', () => {
  it('prints the schemas', async () => {
    expect(await rules(['schema'])).toEqual({ code: 0, out: fileSchemas().rules, err: '' })
    expect((await rules(['schema', 'silences'])).out).toBe(fileSchemas().silences)
    expect((await rules(['schema', 'silence'])).err).toContain('it takes rules, silences or tests')
  })
})
