import {
  chmod,
  mkdir,
  readdir,
  realpath,
  rename,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { openRuleBook } from '../../src/rules/rule-book.ts'
import { type BookFiles, bookFiles, toldBy } from './book-files.ts'

const ENTRY = {
  rule: 'long-*',
  match: { user_name: '*@example.com', host_name: 'bas #1' },
  owner: 'ops',
  reason: `It is 'so': ${'a long reason '.repeat(12)}`.trim(),
  from: '2026-11-23T12:00:00Z',
  until: '2026-11-23T16:00:00Z',
}

/** The lines of the entry, its dash in that column. */
function lines(column: string): string {
  return [
    `${column}- rule: long-*`,
    `${column}  match: { user_name: "*@example.com", host_name: "bas #1" }`,
    `${column}  owner: ops`,
    `${column}  reason: "${ENTRY.reason}"`,
    `${column}  from: 2026-11-23T12:00:00Z`,
    `${column}  until: 2026-11-23T16:00:00Z`,
    '',
  ].join('\n')
}

const OTHER = '{rule: a,  owner: b, reason: c, until: 2026-01-01T00:00:00Z}'

// `+` stands where the entry comes.
const COMMENTED = `# Ours.

silences:
  # Patch nights
  - rule:   'long-*'     # any
    owner: ops
    reason: >-
      patching
      takes long
    until: 2027-01-01T00:00:00+01:00

  - owner: "x"
    rule: b
    reason: "it's # ok"
    until: 2026-01-01T00:00:00Z # noon
    # of the last one
+
# What never is an alert
exceptions:
- ${OTHER}
# the end
`

async function contentAfter(files: BookFiles, before: string, kind = 'silences' as const) {
  await files.write('silences', before)
  await files.book.addSilence(kind, ENTRY)
  return files.read('silences')
}

describe('openRuleBook: addSilence', () => {
  it('makes the file', async () => {
    await using files = await bookFiles()
    await files.book.addSilence('exceptions', ENTRY)
    expect(await files.read('silences')).toBe(`exceptions:\n${lines('  ')}`)
    const { exceptions } = await files.book.silences()
    expect(exceptions).toEqual([
      { ...ENTRY, from: new Date(ENTRY.from), until: new Date(ENTRY.until) },
    ])
    expect(await readdir(files.folder)).toEqual(['silences.yaml'])
  })

  it.each([
    ['', `silences:\n${lines('  ')}`],
    ['# ours', `# ours\nsilences:\n${lines('  ')}`],
    ['silences:', `silences:\n${lines('  ')}`],
    ['silences: []  # none\nexceptions:\n', `silences:  # none\n${lines('  ')}exceptions:\n`],
    ['exceptions: []\n', `exceptions: []\nsilences:\n${lines('  ')}`],
    [`silences:\n- ${OTHER}`, `silences:\n- ${OTHER}\n${lines('')}`],
    [
      `silences:\n    - ${OTHER} # x\n\n# y\n`,
      `silences:\n    - ${OTHER} # x\n${lines('    ')}\n# y\n`,
    ],
  ])('puts it where it belongs: %j', async (before, after) => {
    await using files = await bookFiles()
    expect(await contentAfter(files, before)).toBe(after)
  })

  it('leaves every other character as it was', async () => {
    await using files = await bookFiles()
    const [before = '', after = ''] = COMMENTED.split('+\n')
    const text = await contentAfter(files, before + after)
    // An empty line, as there is between the others.
    expect(text).toBe(`${before}\n${lines('  ')}${after}`)
  })

  it('keeps the line ends of another system', async () => {
    await using files = await bookFiles()
    const [before = '', after = ''] = COMMENTED.replaceAll('\n', '\r\n').split('+\r\n')
    const text = await contentAfter(files, before + after)
    expect(text).toBe(`${before}\r\n${lines('  ').replaceAll('\n', '\r\n')}${after}`)
  })

  it.each([
    [`silences: [${OTHER}]`],
    [`{ silences: [] }`],
    [`exceptions: &all\n  - ${OTHER}\nsilences: *all\n`],
    ['exceptions:\n...\n'],
  ])('leaves a file alone in which there is no place for a line: %j', async (before) => {
    await using files = await bookFiles()
    expect(await toldBy(contentAfter(files, before))).toBe(
      'Cannot add to "silences.yaml": its silences are no list of lines\n' +
        'Write them below "silences:", each with a dash before it',
    )
    expect(await files.read('silences')).toBe(before)
  })

  it('leaves a file alone that is wrong already, and refuses a wrong entry', async () => {
    await using files = await bookFiles()
    expect(await toldBy(contentAfter(files, 'silences: 3'))).toBe(
      'Cannot use "silences.yaml:1:1": silences takes a list of silences, not 3',
    )
    expect(await files.read('silences')).toBe('silences: 3')
    await files.write('silences', '')
    expect(await toldBy(files.book.addSilence('silences', { ...ENTRY, owner: 'a\nb' }))).toBe(
      'Cannot add to "silences.yaml": silences[0].owner takes a name, not "a\\nb"',
    )
    expect(await files.read('silences')).toBe('')
  })

  it('keeps what several add at the same time', async () => {
    await using files = await bookFiles()
    const owners = Array.from({ length: 8 }, (_, index) => `owner-${index}`)
    await Promise.all(owners.map((owner) => files.book.addSilence('silences', { ...ENTRY, owner })))
    const { silences } = await files.book.silences()
    expect(silences.map(({ owner }) => owner).toSorted()).toEqual(owners)
    expect(await readdir(files.folder)).toEqual(['silences.yaml'])
  })

  it('goes on where a crash has left its lock', async () => {
    await using files = await bookFiles()
    const lock = join(files.folder, 'silences.yaml.lock')
    await writeFile(lock, '')
    await utimes(lock, 0, 0)
    await files.book.addSilence('silences', ENTRY)
    expect(await readdir(files.folder)).toEqual(['silences.yaml'])
  })

  it('keeps links, and who may read the file', async () => {
    await using files = await bookFiles()
    await files.write('silences', '')
    const [link, real] = ['silences.yaml', 'elsewhere.yaml'].map((name) => join(files.folder, name))
    if (!link || !real) throw new RangeError()
    await rename(link, real)
    await chmod(real, 0o640)
    await symlink(real, link)
    await files.book.addSilence('silences', ENTRY)
    expect(await realpath(link)).toBe(await realpath(real))
    expect((await stat(real)).mode & 0o777).toBe(0o640)
    expect(await files.read('silences')).toBe(`silences:\n${lines('  ')}`)
  })

  it('refuses where no file is set, or can be', async () => {
    await using files = await bookFiles()
    const { folder } = files
    const add = (silences: string | null) =>
      toldBy(
        openRuleBook({ rules: null, silences }, { shipped: [], folder }).addSilence(
          'silences',
          ENTRY,
        ),
      )
    expect(await add(null)).toBe(
      'Cannot add to the silences: no file for them is set\n' +
        'Name a YAML file with LEDGER_SILENCES or --silences; it is made where there is none',
    )
    expect(await add('no/such.yaml')).toBe(
      'Cannot write "no/such.yaml": no such file or folder (ENOENT)\n' +
        'It is named by LEDGER_SILENCES or --silences',
    )
    await mkdir(join(folder, 'a'))
    expect(await add('a')).toContain('Cannot read "a": it is a folder')
  })
})
