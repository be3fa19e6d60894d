import { readFile } from 'node:fs/promises'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import type { Cell } from '../../src/domain/edges.ts'
import { VIEWS } from '../../src/domain/views.ts'
import { ask, host, okPoll, recordRun, tempWarehouse } from '../warehouse/temp-warehouse.ts'
import { asMarkdown } from './as-markdown.ts'
import { demoLedger, type DemoLedger } from './demo-ledger.ts'
import { questionsOf, withAnswers } from '../../docs/question-page.ts'
import { seenSessions, type Seen } from './seen-sessions.ts'
import {
  firstPairs,
  longerThan,
  onAt,
  onManyMachines,
  onSeveralHosts,
  outOfHours,
  sorted,
  unapproved,
  unread,
} from './true-answers.ts'

type Row = Record<string, Cell>

const PAGE = new URL('../../docs/questions.md', import.meta.url)
const page = await readFile(PAGE, 'utf8')
const questions = questionsOf(page)
/** Places in the page, of the blocks of one question. */
const blocksOf = (number: number) =>
  questions.flatMap(({ title }, index) => (title.startsWith(`${number}. `) ? [index] : []))

const at = (time: string) => Date.parse(`2026-11-23T${time}Z`)

describe('docs/questions.md', () => {
  let ledger: DemoLedger
  let seen: Seen[]
  const answers: Row[][] = []
  const printed: string[] = []

  beforeAll(async () => {
    ledger = await demoLedger('2026-11-24T12:00:00Z')
    seen = seenSessions(ledger.polls)
    for (const { sql, parameters } of questions) {
      const { columns, rows } = await ask(ledger.warehouse, sql, parameters)
      answers.push(rows)
      printed.push(await asMarkdown({ columns, rows }))
    }
  }, 120_000)
  afterAll(() => ledger[Symbol.asyncDispose]())

  const rowsOf = (number: number, block = 0) => answers[blocksOf(number)[block] ?? -1] ?? []
  const lines = (rows: readonly Row[], ...columns: string[]) =>
    sorted(rows.map((row) => columns.map((column) => row[column])))

  it('has ten questions, and prints the answers; `npx vitest run test/docs -u` prints them anew', async () => {
    expect(new Set(questions.map(({ title }) => Number.parseInt(title, 10)))).toEqual(
      new Set([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]),
    )
    await expect(withAnswers(page, printed)).toMatchFileSnapshot(PAGE.pathname)
  })

  it(
    'goes for the data dictionary too: its examples can be asked',
    { timeout: 60_000 },
    async () => {
      const dictionary = await readFile(new URL('data-dictionary.md', PAGE), 'utf8')
      const examples = questionsOf(dictionary)
      expect(examples.map(({ title }) => title)).toEqual([
        'snapshots',
        'polls',
        ...Object.keys(VIEWS),
      ])
      for (const { title, sql } of examples) expect(sql).toContain(`FROM ${title}\n`)
      // All in one, for making the views costs more than the answers.
      const counts = examples.map(({ sql }) => `(SELECT count(*) FROM (${sql}))`)
      const { columns } = await ask(ledger.warehouse, `SELECT ${counts.join(', ')}`)
      expect(columns).toHaveLength(examples.length)
    },
  )

  it('1: names everybody who was on, and says of whom it is certain', () => {
    const due = onAt(seen, 'vm-dc-10', at('12:30:00'))
    expect(due.map((line) => line.split(' | ')[1])).toEqual(['certain', 'certain', 'possible'])
    expect(lines(rowsOf(1), 'user_name', 'was_on')).toEqual(due)
    expect(lines(rowsOf(1, 1), 'host_name')).toEqual(['bas-spoke-001'])
  })

  it('2: names the long sessions', () => {
    const due = longerThan(seen, 8)
    expect(due.length).toBeGreaterThan(5)
    const certain = rowsOf(2).filter((row) => row['so_long'] === 'certain')
    expect(lines(certain, 'user_name', 'duration_mins_min')).toEqual(due)
  })

  it('3: names the pairs that were first seen since then', () => {
    const due = firstPairs(seen, at('16:30:00'))
    expect(due.length).toBeGreaterThan(3)
    expect(lines(rowsOf(3), 'user_name', 'target_host_name')).toEqual(due)
  })

  it('4: names the sessions outside the hours of a time zone', () => {
    const due = outOfHours(seen)
    expect(due.length).toBeGreaterThan(3)
    expect(lines(rowsOf(4), 'began', 'user_name')).toEqual(due)
    expect(rowsOf(4)[0]?.['what']).toBe('began on a weekend')
  })

  it('5: names every stretch without proof, and every list that failed', () => {
    const due = unread(ledger.polls)
    expect(due).toHaveLength(5)
    expect(lines(rowsOf(5), 'host_name', 'slots', 'why')).toEqual(due)
    const { name } = ledger.estate.findSubscription(ledger.deniedId) ?? {}
    expect(lines(rowsOf(5, 1), 'subscription_name', 'outcome', 'runs')).toEqual([
      `${name} | denied | 120`,
    ])
  })

  it('6: names the users who were on through two hosts for an hour', () => {
    const due = onSeveralHosts(seen)
    expect(due.length).toBeGreaterThan(3)
    expect(lines(rowsOf(6), 'user_name', 'target_host_name', 'other_target')).toEqual(due)
  })

  it('7: counts a month, and says how much of it is proven', () => {
    const users = seen.flatMap(({ user }) => user?.toLowerCase() ?? [])
    const ok = ledger.polls.filter(({ outcome }) => outcome === 'ok').length
    expect(rowsOf(7)).toEqual([
      {
        month: '2026-11-01',
        sessions: seen.length,
        users: new Set(users).size,
        nameless_sessions: seen.length - users.length,
        targets: new Set(seen.map(({ session }) => session.targetResourceId.toLowerCase())).size,
        hosts: 37,
        proven_percent: Math.floor((1000 * ok) / ledger.polls.length) / 10,
        unlisted_subscriptions: 1,
      },
    ])
  })

  it('8: names the sessions that no line of the list covers', () => {
    const meant = seen.filter(({ session }) => /^vm-dc-10/i.test(session.targetHostName))
    const [listed = -1] = blocksOf(8)
    const due = unapproved(meant, questions[listed]?.parameters[0] ?? '')
    expect(new Set(due.map((line) => line.split(' | ')[1]))).toEqual(
      new Set(['not approved', 'outside its approval']),
    )
    expect(lines(rowsOf(8), 'user_name', 'finding')).toEqual(due)

    const allowed = /^(boris\.lindqvist|chen\.haddad|mateo\.walsh)@/
    const others = meant.filter(({ user }) => !allowed.test(user ?? ''))
    const names = new Set(others.map(({ user }) => user))
    expect(lines(rowsOf(8, 1), 'user_name')).toEqual(sorted([...names].map((name) => [name])))
  })

  it('9: names the nameless, and the accounts that are on many machines', () => {
    const nameless = seen.filter(({ user }) => user === null)
    expect(nameless.length).toBeGreaterThan(3)
    expect(lines(rowsOf(9), 'session_id')).toEqual(
      sorted(nameless.map(({ session }) => [session.sessionId])),
    )
    const due = onManyMachines(seen, 3)
    expect(due.length).toBeGreaterThan(0)
    expect(lines(rowsOf(9, 1), 'user_name', 'targets_at_once')).toEqual(due)
  })

  it('10: names the hosts that came and went', { timeout: 60_000 }, async () => {
    expect(rowsOf(10)).toEqual([])
    await using warehouse = await tempWarehouse()
    const run = async (time: string, ...names: string[]) => {
      const slot = `2026-11-23T${time}:00Z`
      await recordRun(
        warehouse,
        slot,
        names.map((name) => okPoll(host(name), slot)),
      )
    }
    await run('08:00', 'stays', 'goes')
    await run('08:05', 'stays', 'goes', 'flickers')
    await run('08:10', 'stays', 'comes')
    const { sql, parameters } = questions[blocksOf(10)[0] ?? -1] ?? { sql: '' }
    const { rows } = await ask(warehouse, sql, parameters)
    expect(lines(rows, 'host_name', 'what')).toEqual([
      'comes | appeared',
      'flickers | appeared and vanished',
      'goes | vanished',
    ])
  })
})
