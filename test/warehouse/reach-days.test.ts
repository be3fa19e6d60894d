import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import type { Store } from '../../src/domain/edges.ts'
import {
  ask,
  host,
  okPoll,
  recordRun,
  session,
  tempWarehouse,
  type TempWarehouse,
} from './temp-warehouse.ts'

let warehouse: TempWarehouse
/** The files that were asked for. */
let asked: string[] = []

beforeAll(async () => {
  warehouse = await tempWarehouse({
    now: '2026-11-23T12:00:00Z',
    wrap: (store): Store => ({
      ...store,
      async local(paths, folder, options) {
        asked.push(...paths)
        return store.local(paths, folder, options)
      },
    }),
  })
  const hub = host('hub')
  for (const day of ['14', '15', '16', '17', '18', '19', '20', '21', '22', '23']) {
    for (const hour of ['03', '09']) {
      const at = `2026-11-${day}T${hour}:00:00Z`
      await recordRun(warehouse, at, [okPoll(hub, at, [session(`s-${day}-${hour}`)])])
    }
  }
  await warehouse.days.compact()
}, 60_000)
afterAll(() => warehouse[Symbol.asyncDispose]())

/** The days of each kind of file that a question asks for; raw ones with their hours. */
async function filesFor(sql: string): Promise<Record<string, string[]>> {
  asked = []
  await ask(warehouse, sql)
  const found: Record<string, Set<string>> = {}
  for (const path of asked) {
    const [, layer = '', kind = '', date = '', file = ''] = path.split('/')
    const name = layer === 'raw' ? `raw ${kind}` : kind
    const when = layer === 'raw' ? file.slice(6, 11) : date.slice(-2)
    ;(found[name] ??= new Set()).add(when)
  }
  return Object.fromEntries(
    Object.entries(found).map(([name, some]) => [name, [...some].toSorted()]),
  )
}

const RAW = ['23T03', '23T09']
const LIVE = {
  'raw snapshots': RAW,
  'raw polls': RAW,
  'raw runs': RAW,
  // The last day of runs began on the day before.
  polls: ['22'],
  runs: ['22'],
}

describe('a question to compacted days', () => {
  it.each<[string, Record<string, string[]>]>([
    [`SELECT 1`, {}],
    [
      `FROM snapshots WHERE observed_at >= '2026-11-20' AND observed_at < '2026-11-21'`,
      { snapshots: ['17', '18', '19', '20', '21', '22'] },
    ],
    [`FROM polls WHERE run_id = '20261116T030000Z'`, { polls: ['16'] }],
    [`FROM polls WHERE run_id = '20261123T030000Z'`, { 'raw polls': ['23T03'] }],
    [`FROM active_sessions`, { ...LIVE, snapshots: ['22'] }],
    [`FROM sessions WHERE state <> 'ended'`, { ...LIVE, open_sessions: ['22'] }],
    [
      `FROM sessions WHERE last_seen_at >= '2026-11-22T00:00:00Z'`,
      { ...LIVE, open_sessions: ['22'], sessions: ['19', '20', '21', '22'] },
    ],
  ])('%s', async (sql, files) => {
    expect(await filesFor(sql)).toEqual(files)
  })
})
