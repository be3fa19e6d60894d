import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { openRuleBook } from '../../src/rules/rule-book.ts'
import { type BookFiles, bookFiles, SHIPPED, toldBy } from './book-files.ts'

let files: BookFiles
beforeAll(async () => {
  files = await bookFiles()
})
afterAll(() => files[Symbol.asyncDispose]())

async function rulesOf(text: string) {
  await files.write('rules', text)
  return files.book.listed()
}

async function told(text: string | Uint8Array) {
  await files.write('rules', text)
  return toldBy(files.book.rules())
}

const OWN = `rules:
  - name: mine
    title: Mine
    severity: high
    description: It is mine.
    sql: SELECT 1
    labels: [host_id]
`

describe('openRuleBook: rules', () => {
  it('has those that come with the program where no file is set', async () => {
    const book = openRuleBook({ rules: null, silences: null }, { shipped: SHIPPED })
    expect(await book.rules()).toEqual(SHIPPED)
  })

  it.each([[''], ['# nothing yet\n'], ['rules:\n'], ['rules: []\n'], ['\uFEFFrules:\n']])(
    'has no others where the file says nothing: %j',
    async (text) => {
      const listed = await rulesOf(text)
      expect(listed).toEqual(SHIPPED.map((rule) => ({ rule, from: 'shipped' })))
    },
  )

  it('changes only what the file says', async () => {
    const [first, second] = await rulesOf(`rules:
  - name: long-session
    enabled: false
    for: 15m
    keep_firing_for: 10m
    repeat: 2d
    tags: [T1021.001, sessions]
    parameters: { longer_than: 12h }
`)
    expect(first).toEqual({
      from: 'changed',
      rule: {
        ...SHIPPED[0],
        enabled: false,
        forMs: 900_000,
        keepFiringForMs: 600_000,
        repeatMs: 172_800_000,
        tags: ['T1021.001', 'sessions'],
        parameters: {
          longer_than: { type: 'duration', value: { ms: 43_200_000 }, doc: 'From when on.' },
          opens: { type: 'time_of_day', value: '07:00', doc: null },
        },
      },
    })
    expect(second).toEqual({ from: 'shipped', rule: SHIPPED[1] })
  })

  it('adds rules of the file, with defaults for what may be left out', async () => {
    const rules = await rulesOf(OWN)
    expect(rules[2]).toEqual({
      from: 'own',
      rule: {
        name: 'mine',
        title: 'Mine',
        severity: 'high',
        description: 'It is mine.',
        sql: 'SELECT 1',
        labels: ['host_id'],
        tags: [],
        host: 'host_id',
        forMs: 0,
        keepFiringForMs: 0,
        repeatMs: 14_400_000,
        enabled: true,
        inhibitedBy: [],
        parameters: {},
      },
    })
  })

  it('reads all that a rule can have', async () => {
    const rules = await rulesOf(`rules:
  - name: rdp-to-domain-controller
    title: RDP to a domain controller
    severity: critical
    description: |
      Nobody should.

      Ask.
    tags: [T1021.001, TA0008, tier-0]
    sql: |
      SELECT * FROM sessions
      WHERE list_contains($machines, target_host_name)
    labels: [host_id, session_id, first_seen_at]
    host: none
    for: 1m
    keep_firing_for: 5m
    repeat: 1h
    enabled: false
    inhibited_by: [{ rule: coverage-lost, equal: [host_id] }]
    parameters:
      machines: { type: list, value: [dc-01, dc-02], doc: Which they are. }
      zone: { type: time_zone, value: Europe/Berlin }
`)
    expect(rules[2]?.rule).toEqual({
      name: 'rdp-to-domain-controller',
      title: 'RDP to a domain controller',
      severity: 'critical',
      description: 'Nobody should.\n\nAsk.',
      tags: ['T1021.001', 'TA0008', 'tier-0'],
      sql: 'SELECT * FROM sessions\nWHERE list_contains($machines, target_host_name)',
      labels: ['host_id', 'session_id', 'first_seen_at'],
      host: null,
      forMs: 60_000,
      keepFiringForMs: 300_000,
      repeatMs: 3_600_000,
      enabled: false,
      inhibitedBy: [{ rule: 'coverage-lost', equal: ['host_id'] }],
      parameters: {
        machines: { type: 'list', value: ['dc-01', 'dc-02'], doc: 'Which they are.' },
        zone: { type: 'time_zone', value: 'Europe/Berlin', doc: null },
      },
    })
  })

  it('reads the file again at each call', async () => {
    await files.write('rules', OWN)
    expect(await files.book.rules()).toHaveLength(3)
    await files.write('rules', '')
    expect(await files.book.rules()).toHaveLength(2)
  })
})

const CHANGE = 'rules:\n  - name: long-session\n'
const TAG = 'one word, or an id of MITRE ATT&CK such as T1021, T1021.001 or TA0008'
const PARAMETERS = `${OWN}    parameters:\n`

describe('openRuleBook: what is wrong in the rules file', () => {
  it.each([
    ['rules: 3', '1:1": rules takes a list of rules, not 3'],
    ['rulez: []', '1:1": the file has no key "rulez": it takes rules\nDid you mean "rules"?'],
    [
      'rules:\n  - long-session',
      '2:5": rules[0] takes a mapping of name, title, severity …, not "long-session"',
    ],
    [
      'rules:\n  - name: long-sesion\n    enabled: false',
      '2:5": rules[0] changes "long-sesion", and no such rule comes with the program\n' +
        'Did you mean "long-session"?',
    ],
    [
      'rules:\n  - name: something\n    enabled: false',
      '2:5": rules[0] changes "something", and no such rule comes with the program\n' +
        'A rule of your own needs title, severity, description, sql and labels',
    ],
    [
      `${CHANGE}    enabld: false`,
      '3:5": rules[0] has no key "enabld": it takes name, title, severity, description, tags, for, ' +
        'keep_firing_for, repeat, enabled, parameters\nDid you mean "enabled"?',
    ],
    [
      `${CHANGE}    severity: hihg`,
      '3:5": rules[0].severity takes informational, low, medium, high or critical, not "hihg"\n' +
        'Did you mean "high"?',
    ],
    [
      `${CHANGE}    sql: SELECT 2`,
      '3:5": rules[0].sql cannot be changed: "long-session" comes with the program\n' +
        'Give a rule of your own another name, and switch this one off with enabled: false',
    ],
    [
      `${CHANGE}    for: 0`,
      '3:5": rules[0].for takes a whole number and a unit: 500ms, 90s, 5m, 8h or 30d, not 0',
    ],
    [`${CHANGE}    repeat: 1s`, '3:5": rules[0].repeat takes from 1m to 365d, not "1s"'],
    [`${CHANGE}    enabled: yes`, '3:5": rules[0].enabled takes true or false, not "yes"'],
    [
      `${CHANGE}    parameters: { longer: 1h }`,
      '3:19": rules[0].parameters has no key "longer": it takes longer_than, opens',
    ],
    [
      `${CHANGE}    parameters:\n      opens: 7:00`,
      '4:7": rules[0].parameters.opens takes a time of day in quotes, such as "07:30", not "7:00"',
    ],
    [
      `${CHANGE}    parameters: { longer_than: { value: 1h } }`,
      '3:19": rules[0].parameters.longer_than takes a text, a number, true or false, or a list of ' +
        'texts, not a mapping',
    ],
    [`${CHANGE}    parameters: { __proto__: 1 }`, '": no key can be called __proto__'],
    [
      `${CHANGE}  - name: long-session\n`,
      '3:5": rules[1] is "long-session" again: rules[0] has that name',
    ],
    [
      OWN.replace('    labels: [host_id]\n', ''),
      '2:5": rules[0] lacks "labels", which takes a list of columns',
    ],
    [
      OWN.replace('title:', 'titel:'),
      '3:5": rules[0] has no key "titel": it takes name, title, severity, description, tags, sql, ' +
        'labels, host, for, keep_firing_for, repeat, enabled, inhibited_by, parameters\n' +
        'Did you mean "title"?',
    ],
    [
      OWN.replace('[host_id]', 'host_id'),
      '7:5": rules[0].labels takes a list of columns, not "host_id"',
    ],
    [OWN.replace('SELECT 1', '" "'), '6:5": rules[0].sql takes a SELECT, not " "'],
    [
      OWN.replace('mine', 'Mine'),
      '2:5": rules[0].name takes a name in lower case with hyphens, such as ' +
        'rdp-to-domain-controller, not "Mine"',
    ],
    [OWN + OWN.replace('rules:\n', ''), '8:5": rules[1] is "mine" again: rules[0] has that name'],
    [`${OWN}    tags: [ok, T1021.1]`, `8:16": rules[0].tags[1] takes ${TAG}, not "T1021.1"`],
    [`${OWN}    tags: [t1021]`, `8:12": rules[0].tags[0] takes ${TAG}, not "t1021"`],
    [
      `${PARAMETERS}      now: { type: text, value: x }`,
      '9:7": rules[0].parameters.now cannot have this name: it takes a name in lower case with ' +
        'underscores, other than now and interval, which every rule has',
    ],
    [
      `${PARAMETERS}      x: { type: lst, value: [] }`,
      '9:12": rules[0].parameters.x.type takes duration, number, text, boolean, list, time_zone or ' +
        'time_of_day, not "lst"\nDid you mean "list"?',
    ],
    [
      `${PARAMETERS}      x: { type: number, value: .inf }`,
      '9:26": rules[0].parameters.x.value takes a text, a number, true or false, or a list of ' +
        'texts, not Infinity',
    ],
    [
      `${OWN}    inhibited_by: [{ rule: coverage-lots, equal: [] }]`,
      '8:22": rules[0].inhibited_by[0].rule is "coverage-lots", and there is no such rule\n' +
        'Did you mean "coverage-lost"?',
    ],
    [
      `${OWN}    inhibited_by: [{ rule: two, equal: [] }]\n${OWN.replace('rules:\n', '').replace('mine', 'two')}` +
        '    inhibited_by: [{ rule: mine, equal: [] }]',
      '8:5": rules[0].inhibited_by leads back to "mine" itself',
    ],
  ])('tells where and why: %j', async (text, message) => {
    expect(await told(text)).toBe(
      `Cannot use "rules.yaml${message.startsWith('"') ? '' : ':'}${message}`,
    )
  })

  it.each([
    ['a: 1\na: 2', ':2:1": this key is there twice'],
    ['a: !!binary aGk=', ':1:4": tags are not allowed'],
    ['a: 1\n---\nb: 1', ':2:1": a second document begins here, and one is allowed'],
    ['\ta: 1', ':1:1": this is no YAML: tabs are not allowed as indentation'],
    ['a: *nothing', '": its aliases stand for too much, or for nothing'],
    [
      `a: &a [${'x,'.repeat(50)}]\nb: &b [${'*a,'.repeat(50)}]\nc: [${'*b,'.repeat(50)}]`,
      '": its aliases stand for too much, or for nothing',
    ],
    [`${OWN}    tags: &a [*a]`, `:8:15": rules[0].tags[0] takes ${TAG}, not a list`],
  ])('reads plain YAML only: %j', async (text, message) => {
    expect(await told(text)).toBe(`Cannot use "rules.yaml${message}`)
  })

  it('refuses a file that is nested too deep', async () => {
    expect(await told('['.repeat(20_000))).toMatch(/^Cannot use "rules\.yaml:1:\d+": it is nested/)
  })

  it('refuses what is no small text file', async () => {
    const hint = '\nIt is named by LEDGER_RULES or --rules'
    expect(await told(Uint8Array.of(0x61, 0xff))).toBe(
      `Cannot read "rules.yaml": it is no UTF-8 text${hint}`,
    )
    expect(await told('#'.repeat(1_000_001))).toBe(
      `Cannot read "rules.yaml": it has 1,000,001 bytes, and 1,000,000 are allowed${hint}`,
    )
    await rm(join(files.folder, 'rules.yaml'))
    expect(await toldBy(files.book.rules())).toBe(
      `Cannot read "rules.yaml": no such file or folder (ENOENT)${hint}`,
    )
    await mkdir(join(files.folder, 'rules.yaml'))
    expect(await toldBy(files.book.rules())).toBe(`Cannot read "rules.yaml": it is a folder${hint}`)
    await rm(join(files.folder, 'rules.yaml'), { recursive: true })
  })
})
