import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { parseSettings } from '../../src/domain/parse-settings.ts'
import { readTestFile } from '../../src/rules-test/test-rules.ts'
import { toldBy } from './book-files.ts'

const SETTINGS = parseSettings({})

const RIGHT = `rules: ../rules.yaml
interval: 10m
tests:
  - name: first
    rules: [mine, long-session]
    parameters:
      long-session: { longer_than: 1h }
    silences:
      - { rule: mine, owner: ops, reason: Known, until: 2026-12-01T00:00:00Z }
    given:
      - at: 2026-11-23T09:00:00+01:00
        repeat: 2
        hosts:
          bas-hub: [{ user: ana, target: VM-1, started: 2026-11-23T07:00:00Z }]
          sub-2/bas-x: timeout
      - at: +5m
        subscriptions: { sub-2: denied }
        hosts:
          bas-hub: [{ session: s-1 }, { session: s-2 }]
    expect:
      - at: 2026-11-23T08:20:00Z
        firing:
          - { rule: mine, host: bas-hub, subscription: sub-1, summary: '*' }
      - at: 2026-11-23T08:30:00Z
        pending: []
  - name: second
    given: [{ at: 2026-11-23T09:00:00Z, hosts: {} }]
    expect: [{ at: 2026-11-23T09:01:00Z, firing: [{ rule: long-session }] }]
`

const RULES = `rules:
  - name: mine
    title: Mine
    severity: low
    description: Mine.
    sql: SELECT 1
    labels: [host_id, subscription_id]
    host: none
    enabled: false
`

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ledger-rules-'))
  await mkdir(join(folder, 'tests'))
  await writeFile(join(folder, 'rules.yaml'), RULES)
})
afterAll(() => rm(folder, { recursive: true }))

async function read(text: string, settings = SETTINGS) {
  await writeFile(join(folder, 'tests/a.yaml'), text)
  return readTestFile('tests/a.yaml', settings, folder)
}

describe('readTestFile', () => {
  it('reads tests, and the rules that they name, from beside the file', async () => {
    const { tests, placeOf } = await read(RIGHT)
    expect(tests.map(({ name, at }) => [name, placeOf(at)])).toEqual([
      ['first', 'tests/a.yaml:4:5'],
      ['second', 'tests/a.yaml:26:5'],
    ])
    const [first, second] = tests
    expect(first?.rules).toMatchObject([
      { name: 'mine', enabled: true },
      { name: 'long-session', parameters: { longer_than: { value: { ms: 3_600_000 } } } },
    ])
    expect(second?.rules.map(({ name }) => name)).toEqual(['long-session'])
    expect(first?.intervalMs).toBe(600_000)
    expect(first?.silences.silences).toMatchObject([{ rule: 'mine' }])
    expect(first?.runs.map(({ at }) => at.toISOString().slice(11, 16))).toEqual([
      '08:00',
      '08:10',
      '08:15',
    ])
    expect(first?.runs.map(({ subscriptions }) => [...subscriptions])).toEqual([
      [
        ['sub-1', 'ok'],
        ['sub-2', 'ok'],
      ],
      [
        ['sub-1', 'ok'],
        ['sub-2', 'ok'],
      ],
      [
        ['sub-1', 'ok'],
        ['sub-2', 'denied'],
      ],
    ])
    const [hub, other] = first?.runs[0]?.answers ?? []
    expect(hub?.host.hostId).toMatch(
      /^\/subscriptions\/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\/resourcegroups\/rg-bastion\/providers\/microsoft\.network\/bastionhosts\/bas-hub$/,
    )
    expect(hub?.sessions).toMatchObject([
      { sessionId: 'ana VM-1 2026-11-23T07:00:00Z', targetHostName: 'VM-1' },
    ])
    expect(other).toMatchObject({ outcome: 'timeout', sessions: [] })
    expect(first?.expectations[0]?.states[0]?.alerts[0]?.labels).toEqual({
      host_id: hub?.host.hostId,
      subscription_id: hub?.host.subscriptionId,
    })
  })

  it('takes rules, lengths and intervals from the settings where the file says nothing', async () => {
    const text = RIGHT.split('\n')
      .filter((line) => !/^(rules|interval):/.test(line))
      .join('\n')
    const env = { LEDGER_RULES: 'rules.yaml', LEDGER_LONG_SESSION: '3h', LEDGER_INTERVAL: '1m' }
    const [first, second] = (await read(text, parseSettings(env))).tests
    expect(first?.rules.map(({ name }) => name)).toEqual(['mine', 'long-session'])
    expect(second).toMatchObject({
      rules: [{ parameters: { longer_than: { value: { ms: 10_800_000 } } } }],
      intervalMs: 60_000,
    })
  })

  it('takes a rules file by its whole path', async () => {
    const { tests } = await read(RIGHT.replace('../rules.yaml', join(folder, 'rules.yaml')))
    expect(tests[0]?.rules[0]?.name).toBe('mine')
  })

  it.each([
    [
      'a rule that none is',
      'rules: [mine, long-session]',
      'rules: [mine, long-sesion]',
      'tests/a.yaml:5:19": tests[0].rules[1] is "long-sesion", and there is no such rule\n' +
        'Did you mean "long-session"?',
    ],
    [
      'an alert of a rule that is not asked',
      'rules: [mine, long-session]',
      'rules: [long-session]',
      'tests/a.yaml:23:15": tests[0].expect[0].firing[0].rule is "mine", which this test does not ask',
    ],
    [
      'no rule at all',
      'firing: [{ rule: long-session }]',
      'firing: []',
      'tests/a.yaml:26:5": tests[1] names no rule\nName some with rules: [long-session]',
    ],
    [
      'a parameter that none is',
      '{ longer_than: 1h }',
      '{ longer_then: 1h }',
      'tests/a.yaml:7:23": tests[0].parameters.long-session has no key "longer_then": it takes ' +
        'longer_than\nDid you mean "longer_than"?',
    ],
    [
      'parameters of a rule that is not asked',
      '      long-session: {',
      '      very-long-session: {',
      'tests/a.yaml:7:7": tests[0].parameters has no key "very-long-session": it takes mine, long-session\n' +
        'Did you mean "long-session"?',
    ],
    [
      'a key that none is',
      'repeat: 2',
      'repaet: 2',
      'tests/a.yaml:12:9": tests[0].given[0] has no key "repaet": it takes at, repeat, hosts, ' +
        'subscriptions\nDid you mean "repeat"?',
    ],
    [
      'a key of a session that none is',
      'user: ana,',
      'usr: ana,',
      'tests/a.yaml:14:23": tests[0].given[0].hosts.bas-hub[0] has no key "usr": it takes user, ' +
        'target, protocol, started, session\nDid you mean "user"?',
    ],
    [
      'an outcome that none is',
      'bas-x: timeout',
      'bas-x: timeuot',
      'tests/a.yaml:15:11": tests[0].given[0].hosts.sub-2/bas-x takes a list of sessions, or an ' +
        'outcome: denied, not_found, conflict, throttled, timeout, error, malformed, untrusted_link, ' +
        'skipped_deadline, skipped_unsupported, not "timeuot"\nDid you mean "timeout"?',
    ],
    [
      'the same session twice',
      'session: s-2',
      'session: s-1',
      'tests/a.yaml:19:39": tests[0].given[1].hosts.bas-hub[1] is the session "s-1" again\n' +
        'Give one of them another id with session',
    ],
    [
      'a run before the one before',
      'at: +5m',
      'at: 2026-11-23T08:10:00Z',
      'tests/a.yaml:16:9": tests[0].given[1] is not after the run before',
    ],
    [
      'a first run after nothing',
      'at: 2026-11-23T09:00:00+01:00',
      'at: +5m',
      'tests/a.yaml:11:9": tests[0].given[0].at is "+5m", and there is no run before',
    ],
    [
      'a day that there is not',
      'at: 2026-11-23T09:00:00+01:00',
      'at: 2026-11-31T09:00:00Z',
      'tests/a.yaml:11:9": tests[0].given[0].at takes a time with its zone and without fractions, ' +
        'such as 2026-11-23T09:00:00Z, or +5m after the run before, not "2026-11-31T09:00:00Z"',
    ],
    [
      'an expectation before anything is known',
      'at: 2026-11-23T08:20:00Z',
      'at: 2026-11-23T08:00:00Z',
      'tests/a.yaml:21:9": tests[0].expect[0] is not after the first run: nothing is known yet',
    ],
    [
      'an expectation before the one before',
      'at: 2026-11-23T08:30:00Z',
      'at: 2026-11-23T08:20:00Z',
      'tests/a.yaml:24:9": tests[0].expect[1] is not after the one before',
    ],
    [
      'a run that nobody would see',
      'at: +5m',
      'at: +20m',
      'tests/a.yaml:16:9": tests[0].given[1] is not before the last expectation: nobody would see it',
    ],
    [
      'an expectation of nothing',
      '\n        pending: []',
      '',
      'tests/a.yaml:24:9": tests[0].expect[1] expects nothing: it has no firing, pending or resolved',
    ],
    [
      'a host that no run has',
      'host: bas-hub,',
      'host: bas-hbu,',
      'tests/a.yaml:23:27": tests[0].expect[0].firing[0].host is "bas-hbu", and no run has it\n' +
        'Did you mean "bas-hub"?',
    ],
    [
      'a label that its alerts have not',
      "summary: '*'",
      "labels: { host: '*' }",
      'tests/a.yaml:23:73": tests[0].expect[0].firing[0].labels has no key "host": it takes host_id, ' +
        'subscription_id',
    ],
    [
      'a subscription where alerts have no such label',
      'firing: [{ rule: long-session }]',
      'firing: [{ rule: long-session, subscription: sub-1 }]',
      'tests/a.yaml:28:73": tests[1].expect[0].firing[0].subscription is for a label subscription_id, ' +
        'and alerts of "long-session" have host_id, session_id, first_seen_at',
    ],
    [
      'a silence for everything',
      'rule: mine, owner',
      'owner',
      'tests/a.yaml:9:9": tests[0].silences[0] would hold for everything: it has neither a rule nor a match',
    ],
    [
      'two tests of one name',
      'name: second',
      'name: first',
      'tests/a.yaml:26:5": tests[1] has the name of tests[0]',
    ],
    [
      'an interval without its unit',
      'interval: 10m',
      'interval: 10',
      'tests/a.yaml:2:1": interval takes a whole number and a unit: 500ms, 90s, 5m, 8h or 30d, not 10',
    ],
  ])('refuses %s, and says where', async (_, right, wrong, told) => {
    expect(RIGHT).toContain(right)
    expect(await toldBy(read(RIGHT.replace(right, wrong)))).toBe(`Cannot use "${told}`)
  })

  it('refuses files without tests, runs or expectations', async () => {
    expect(await toldBy(read(''))).toBe(
      'Cannot use "tests/a.yaml": the file lacks "tests", which takes a list of tests',
    )
    expect(await toldBy(read('tests: []'))).toBe('Cannot use "tests/a.yaml:1:1": tests is empty')
    expect(
      await toldBy(read('tests: [{ name: a, rules: [long-session], given: [], expect: [] }]')),
    ).toBe('Cannot use "tests/a.yaml:1:43": tests[0].given has no run')
    const given = '[{ at: 2026-11-23T09:00:00Z, hosts: {} }]'
    expect(
      await toldBy(
        read(`tests: [{ name: a, rules: [long-session], given: ${given}, expect: [] }]`),
      ),
    ).toBe('Cannot use "tests/a.yaml:1:93": tests[0].expect has no expectation')
  })

  it('says which rules file is missing or wrong', async () => {
    expect(await toldBy(read(RIGHT.replace('../rules', 'rules')))).toBe(
      'Cannot read "tests/rules.yaml": no such file or folder (ENOENT)',
    )
    await writeFile(join(folder, 'wrong.yaml'), 'rules: [{ name: long-session, enabled: on }]')
    expect(await toldBy(read(RIGHT.replace('../rules', '../wrong')))).toBe(
      'Cannot use "wrong.yaml:1:31": rules[0].enabled takes true or false, not "on"',
    )
  })
})
