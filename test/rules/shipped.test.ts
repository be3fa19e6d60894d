import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

import type { BatchRows, Store } from '../../src/domain/edges.ts'
import { parseParameter } from '../../src/domain/rule-parameter.ts'
import { SEVERITIES, valuesOf } from '../../src/domain/rule.ts'
import { startEngine } from '../../src/warehouse/duckdb.ts'
import { type Reach, reachOf } from '../../src/warehouse/reach.ts'
import { allViews, emptyTables } from '../../src/warehouse/views.ts'
import { shippedRules } from '../../src/rules/shipped.ts'
import {
  host,
  okPoll,
  recordRun,
  session,
  tempWarehouse,
  type TempWarehouse,
} from '../warehouse/temp-warehouse.ts'
import { askRules, HOUR_MS, INTERVAL_MS, ruleOf, RULES } from './asking.ts'

// Real files and a real engine: slow where many others work at the same time.
vi.setConfig({ testTimeout: 30_000, hookTimeout: 60_000 })

const NOW = '2026-11-23T12:00:00Z'
const NAMES = RULES.map(({ name }) => name)
const ON = RULES.filter(({ enabled }) => enabled).map(({ name }) => name)

let warehouse: TempWarehouse
let answerOf: (rule: string) => BatchRows
/** The files that the rules that are on asked for. */
let asked: string[] = []

/** Some compacted days, whose raw files are still there, and a morning. */
beforeAll(async () => {
  warehouse = await tempWarehouse({
    now: NOW,
    wrap: (store): Store => ({
      ...store,
      async local(paths, folder, options) {
        asked.push(...paths)
        return store.local(paths, folder, options)
      },
    }),
  })
  const hub = host('hub')
  for (const day of ['18', '21', '22', '23']) {
    const at = `2026-11-${day}T09:00:00Z`
    await recordRun(warehouse, at, [okPoll(hub, at, [session(`on-${day}`), session('always')])])
  }
  await warehouse.days.compact()
  answerOf = await askRules(
    warehouse,
    NOW,
    Object.fromEntries(NAMES.map((rule) => [rule, { rule }])),
  )
  asked = []
  await askRules(warehouse, NOW, Object.fromEntries(ON.map((rule) => [rule, { rule }])))
})
afterAll(() => warehouse[Symbol.asyncDispose]())

describe('shippedRules', () => {
  it('has every rule once, and those on that need no setting', () => {
    expect(new Set(NAMES).size).toBe(NAMES.length)
    expect(ON).toEqual([
      'long-session',
      'very-long-session',
      'coverage-lost',
      'subscription-lost',
      'collector-silent',
      'unattributable-session',
    ])
  })

  it('takes from the setting when a session is long', () => {
    const rules = shippedRules({ longSessionMs: 2 * HOUR_MS })
    const longerThan = (name: string) =>
      rules.find((rule) => rule.name === name)?.parameters['longer_than']?.value
    expect(longerThan('long-session')).toEqual({ ms: 2 * HOUR_MS })
    expect(longerThan('very-long-session')).toEqual({ ms: 6 * HOUR_MS })
  })

  it.each(RULES)('$name says all that people and other programs need', (rule) => {
    expect(rule.name).toMatch(/^[a-z]+(-[a-z]+)+$/)
    expect(SEVERITIES).toContain(rule.severity)
    expect(rule.title).toMatch(/^[A-Z]/)
    expect(rule.description).toMatch(/^[A-Z].{80,}\.$/)
    for (const tag of rule.tags) expect(tag).toMatch(/^([a-z]+|T\d{4}(\.\d{3})?)$/)
  })

  it.each(RULES)('$name can be asked, and has its columns', ({ name, labels, host: column }) => {
    const needed = [...labels, 'summary', ...(column === null ? [] : [column])]
    expect(answerOf(name).columns).toEqual(expect.arrayContaining(needed))
    expect(new Set(answerOf(name).columns).size).toBe(answerOf(name).columns.length)
  })

  it.each(RULES)('$name uses the parameters that it declares, and no others', (rule) => {
    const declared = Object.keys(rule.parameters)
    const used = [...rule.sql.matchAll(/\$(\w+)/g)].map(([, parameter]) => parameter)
    expect(['now', 'interval', ...declared]).toEqual(expect.arrayContaining(used))
    expect(used).toEqual(expect.arrayContaining(declared))
    for (const { type, value, doc } of Object.values(rule.parameters)) {
      const isDuration = typeof value === 'object' && 'ms' in value
      // As it would be written in the rules file.
      const written = isDuration ? `${value.ms / 1000}s` : value
      expect(parseParameter(type, written)).toEqual(value)
      expect(doc).toMatch(/^.+$/)
    }
  })

  it.each(RULES.filter(({ inhibitedBy }) => inhibitedBy.length > 0))(
    '$name is held back by rules that there are, by columns that both have',
    ({ name, inhibitedBy }) => {
      for (const { rule, equal } of inhibitedBy) {
        expect(NAMES).toContain(rule)
        expect(rule).not.toBe(name)
        expect(answerOf(name).columns).toEqual(expect.arrayContaining([...equal]))
        expect(answerOf(rule).columns).toEqual(expect.arrayContaining([...equal]))
      }
    },
  )
})

async function reach(name: string): Promise<Reach> {
  const [rule, now] = [ruleOf(name), new Date(NOW)]
  const views = { recentFrom: '20261122T090000Z', now, intervalMs: INTERVAL_MS }
  using engine = await startEngine()
  await engine.connection.run(`${emptyTables()};\n${allViews(views)}`)
  return await reachOf(engine.connection, {
    asked: { explain: '', select: rule.sql, tree: [] },
    parameters: valuesOf(rule, { now, intervalMs: INTERVAL_MS }),
  })
}

describe('the rules that are on', () => {
  /** Tables that are as long as a day, or as the days that are not compacted. */
  const BOUNDED = /^raw\.(recent_|live_|open_sessions$)/

  it.each(ON)('%s reaches two days back', async (name) => {
    const tables = Object.entries(await reach(name))
    expect(tables.length).toBeGreaterThan(0)
    const years = tables.filter(([table, { from }]) => !BOUNDED.test(table) && from < '20261121')
    expect(years).toEqual([])
  })

  it('ask for the files of the last two days only', () => {
    const days = new Set(asked.map((path) => /date=(\d{4}-\d\d-\d\d)/.exec(path)?.[1]))
    expect(days).toEqual(new Set(['2026-11-22', '2026-11-23']))
    const raw = asked.filter((path) => path.startsWith('v1/raw/'))
    expect(raw.every((path) => path.includes('date=2026-11-23'))).toBe(true)
  })
})

describe('the rules that are off', () => {
  it.each([
    // Two periods, and what a filter on times needs beside them.
    ['first-time-pair', '20260923', '20260921'],
    ['host-vanished', '20261109', undefined],
    ['host-appeared', '20261121', undefined],
  ])('%s reads from %s on, and not the years', async (name, polled, closed) => {
    const { polls, 'raw.closed_sessions': sessions } = await reach(name)
    expect(polls?.from.slice(0, 8)).toBe(polled)
    expect(sessions?.from).toBe(closed)
  })
})
