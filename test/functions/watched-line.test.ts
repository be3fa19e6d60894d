import { describe, expect, it } from 'vitest'

import { watchedLine } from '../../src/functions/watched-line.ts'
import type { Watched } from '../../src/jobs/watch.ts'
import { alertOf, noticeRecordOf } from '../watch/alert-records.ts'

function lineOf(watched: Partial<Watched>) {
  const nothing: Watched = {
    at: new Date('2026-11-23T12:00:00Z'),
    alerts: [],
    changed: [],
    warnings: [],
    failed: [],
    unread: 0,
    asked: 6,
    notices: [],
    waiting: 0,
    left: false,
  }
  return watchedLine('watch', { ...nothing, ...watched }, { interrupted: false, duration_ms: 5 })
}

const many = <Value>(one: Value) => Array.from({ length: 1000 }, () => one)

describe('watchedLine', () => {
  it('counts alerts by what becomes of them', () => {
    const alerts = [
      alertOf(),
      alertOf({ stale: 'hub could not be read', muted_by: 'silenced by ada' }),
      alertOf({ state: 'pending' }),
      alertOf({ state: 'resolved', muted_by: 'silenced by ada' }),
    ]
    expect(lineOf({ alerts })['alerts']).toEqual({
      firing: 2,
      pending: 1,
      stale: 1,
      held_back: 1,
      resolved: 1,
    })
  })

  it.each<[string, Partial<Watched>]>([
    ['info', {}],
    ['info', { unread: 1, left: true, alerts: [alertOf()] }],
    ['info', { notices: [noticeRecordOf({ state: 'delivered' })] }],
    ['warn', { warnings: ['"v1/raw/…": it is missing'] }],
    ['warn', { waiting: 1 }],
    ['error', { notices: [noticeRecordOf({ state: 'rejected' })] }],
    ['error', { notices: [noticeRecordOf({ state: 'given_up' })] }],
    ['error', { failed: [{ rule: 'on', error: 'wrong' }] }],
  ])('is of level %s for %j', (level, watched) => {
    expect(lineOf(watched).level).toBe(level)
  })

  it('stays a line that the log takes whole, however much went wrong', () => {
    const error = `Binder Error:\n${'x'.repeat(5000)}`
    const line = lineOf({
      warnings: many(error),
      failed: many({ rule: 'on', error }),
      notices: many(noticeRecordOf({ state: 'queued', error })),
    })
    expect(line).toMatchObject({ failed: 1000, warnings: 1000 })
    expect(JSON.stringify(line).length).toBeLessThan(32_768)
    expect(JSON.stringify(line)).not.toContain(String.raw`\n`)
  })

  it('says nothing of whom or what an alert is about', () => {
    const notices = [noticeRecordOf({ state: 'rejected', error: 'it answered 403' })]
    const error =
      "Cannot run the query: Conversion Error: Could not convert string 'ada@contoso' to INT32"
    const failed = [{ rule: 'on', error }]
    expect(JSON.stringify(lineOf({ alerts: [alertOf()], notices, failed }))).not.toMatch(
      /ada|vm-1|s-1/,
    )
  })
})
