/** Whatever Azure says can be compacted: the digests of the rows are the same before and after. */

import { describe, expect, it, vi } from 'vitest'

import type { Session } from '../../src/domain/session.ts'
import { allAnswers } from './all-answers.ts'
import {
  failedPoll,
  host,
  okPoll,
  openWarehouse,
  recordRun,
  session,
  tempWarehouse,
} from './temp-warehouse.ts'

// Real files and a real engine: slow where many others work at the same time.
vi.setConfig({ testTimeout: 30_000 })

const TEXTS = [
  '',
  ' ',
  'null',
  '"quoted" \\ and \u2028 \u2029 \u007f',
  "o'brien; DROP TABLE x --",
  'line\nbreak\ttab\r',
  '\u0001\u001f',
  '漢字 é e\u0301 𝄞',
  '\ud800 half',
  '\ufeffmark',
  '﹛﹜',
  'x'.repeat(70_000),
]
const NUMBERS = [0, -0, 0.1 + 0.2, 1e-7, 1e21, 5e-324, 1.7976931348623157e308, -1, 2 ** 53 + 2]
const EARLIER = '2026-11-21T08:00:00Z'
const TIMES = ['0001-01-01T00:00:00Z', '1969-12-31T23:59:59.999Z', '9999-12-31T23:59:59.999Z']

/** Sessions that differ from the usual in one value each, and some that share an id up to its case. */
function oddSessions(): Session[] {
  const odd: Partial<Session>[] = [
    ...TEXTS.map((text) => ({ userName: text, targetHostName: text, startTimeRaw: text })),
    ...TEXTS.map((text) => ({ extra: { [text]: [text, null, { a: 1e21 }] } })),
    ...TEXTS.map((text) => ({ targetResourceId: text, protocol: text, resourceType: text })),
    ...NUMBERS.map((sessionDurationMins) => ({
      sessionDurationMins,
      startedAt: new Date(EARLIER),
    })),
    ...TIMES.map((time) => ({ startedAt: new Date(time) })),
    { startedAt: null, startTimeRaw: null, userName: null, sessionDurationMins: null },
    { targetResourceId: null, targetHostName: null, targetIpAddress: null, protocol: null },
  ]
  return [
    ...odd.map((overrides, index) => session(`odd-${index}`, overrides)),
    ...['Z', 'z', 'é', 'e\u0301', '𝄞', '\uffff', '1', '10', '2'].map((id) => session(id)),
  ]
}

const AT = '2026-11-21T12:00:00Z'

describe('compact', () => {
  it('takes every content', async () => {
    await using warehouse = await tempWarehouse()
    const names = ['a', 'A-2', 'b', 'ä', 'z'].map((name) => host(name))
    for (const slot of [AT, '2026-11-21T12:05:00Z', '2026-11-22T12:00:00Z']) {
      await recordRun(
        warehouse,
        slot,
        names.map((one) => okPoll(one, slot, oddSessions())),
      )
    }
    const tags = Object.fromEntries(
      TEXTS.map((text, index) => [`${index}${text.slice(0, 9)}`, text]),
    )
    const other = {
      ...failedPoll(host('odd', { tags, location: '' }), AT),
      errorMessage: TEXTS.join(),
    }
    await recordRun(warehouse, '2026-11-21T18:00:00Z', [other])
    const before = await allAnswers(warehouse)
    expect(await warehouse.days.compact()).toMatchObject([
      { outcome: 'compacted' },
      { outcome: 'compacted' },
    ])
    const after = await allAnswers(openWarehouse(warehouse.root))
    expect(after.warnings).toEqual(before.warnings)
    expect(after.rows.length).toBe(before.rows.length)
    expect(after.rows.filter((row, index) => row['row'] !== before.rows[index]?.['row'])).toEqual(
      [],
    )
  })

  it('takes a host with more sessions than one line holds', async () => {
    await using warehouse = await tempWarehouse()
    const many = Array.from({ length: 2500 }, (_, index) => session(`s-${(index * 7919) % 2500}`))
    await recordRun(warehouse, AT, [okPoll(host('a'), AT, many), okPoll(host('b'), AT)])
    expect(await warehouse.days.compact()).toMatchObject([{ outcome: 'compacted', rows: 2500 }])
  })
})
