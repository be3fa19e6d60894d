import { describe, expect, it } from 'vitest'

import { NO_SILENCES } from '../../src/domain/silence.ts'
import { openRuleBook } from '../../src/rules/rule-book.ts'
import { bookFiles, toldBy } from './book-files.ts'

const END = 'until: 2026-11-23T18:00:00Z'
const one = (more: string) => `silences:\n  - { owner: ops, reason: Patch night, ${more} }\n`

describe('openRuleBook: silences', () => {
  it('has none where no file is set', async () => {
    const book = openRuleBook({ rules: null, silences: null }, { shipped: [] })
    expect(await book.silences()).toEqual(NO_SILENCES)
  })

  it('refuses a file that is not there: a silence would be lost', async () => {
    await using files = await bookFiles()
    expect(await toldBy(files.book.silences())).toBe(
      'Cannot read "silences.yaml": no such file or folder (ENOENT)\n' +
        'It is named by LEDGER_SILENCES or --silences',
    )
  })

  it('reads silences and exceptions', async () => {
    await using files = await bookFiles()
    await files.write(
      'silences',
      `silences:
  - rule: long-*
    match: { user_name: svc-*, host_name: bas-hub }
    owner: ops
    reason: |
      Patching
      takes long.
    from: 2026-11-23T12:00:00+01:00
    until: 2026-11-23T18:00:00.5Z
exceptions:
  - match: { user_name: svc-backup }
    owner: ops
    reason: Backups
    until: 2025-01-01T00:00:00Z
`,
    )
    expect(await files.book.silences()).toEqual({
      silences: [
        {
          rule: 'long-*',
          match: { user_name: 'svc-*', host_name: 'bas-hub' },
          owner: 'ops',
          reason: 'Patching takes long.',
          from: new Date('2026-11-23T11:00:00Z'),
          until: new Date('2026-11-23T18:00:00.500Z'),
        },
      ],
      exceptions: [
        {
          rule: '*',
          match: { user_name: 'svc-backup' },
          owner: 'ops',
          reason: 'Backups',
          from: null,
          until: new Date('2025-01-01T00:00:00Z'),
        },
      ],
    })
  })

  const TIME = 'a time with its zone, such as 2026-11-23T18:00:00Z'
  it.each([
    [
      'silence: []',
      '1:1": the file has no key "silence": it takes silences, exceptions\nDid you mean "silences"?',
    ],
    [one(END), '2:5": silences[0] would hold for everything: it has neither a rule nor a match'],
    [
      one(`rule: "**", match: { user_name: "*" }, ${END}`),
      '2:5": silences[0] would hold for everything: it has neither a rule nor a match',
    ],
    [one('rule: a'), `2:5": silences[0] lacks "until", which takes ${TIME}`],
    [one('rule: a, until: 2026-11-23'), `2:49": silences[0].until takes ${TIME}, not "2026-11-23"`],
    [one('rule: a, until: -7d'), `2:49": silences[0].until takes ${TIME}, not "-7d"`],
    [
      one('rule: a, until: 2026-11-31T00:00:00Z'),
      `2:49": silences[0].until takes ${TIME}, not "2026-11-31T00:00:00Z"`,
    ],
    [
      one('rule: a, until: 2026-11-23T18:00:00'),
      `2:49": silences[0].until takes ${TIME}, not "2026-11-23T18:00:00"`,
    ],
    [
      one(`rule: a, ${END}, from: 2026-11-23T18:00:00Z`),
      '2:49": silences[0].until is not after from',
    ],
    [
      one(`match: { port: 22 }, ${END}`),
      '2:49": silences[0].match.port takes a text, in which * stands for any, not 22',
    ],
  ])('tells where and why: %j', async (text, message) => {
    await using files = await bookFiles()
    await files.write('silences', text)
    expect(await toldBy(files.book.silences())).toBe(`Cannot use "silences.yaml:${message}`)
  })
})
