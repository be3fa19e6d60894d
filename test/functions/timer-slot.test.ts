import { describe, expect, it } from 'vitest'

import { slotOfTick } from '../../src/functions/timer-slot.ts'

const MINUTE_MS = 60_000

/** The slot of a tick that is for `next` and comes at `now`, with slots of five minutes. */
function slotAt(now: string, next: string | undefined, intervalMs = 5 * MINUTE_MS) {
  const scheduleStatus = { last: '', lastUpdated: '', next: next ?? '' }
  const timer = next === undefined ? {} : { scheduleStatus }
  const slot = slotOfTick(timer, new Date(`2026-11-23T${now}Z`), intervalMs)
  return slot?.toISOString().slice(11, 19) ?? null
}

describe('slotOfTick', () => {
  it.each([
    ['on time', '09:05:00.120', '2026-11-23T09:05:00Z', '09:05:00'],
    ['written in a local time', '09:05:00.120', '2026-11-23T01:05:00-08:00', '09:05:00'],
    ['by a clock that is a little fast', '09:04:59.700', '2026-11-23T09:05:00Z', '09:05:00'],
    ['late in its slot', '09:09:59.000', '2026-11-23T09:05:00Z', '09:05:00'],
    ['after its slot has ended', '09:12:00.000', '2026-11-23T09:05:00Z', '09:10:00'],
    ['of yesterday', '09:12:00.000', '2026-11-22T09:05:00Z', '09:10:00'],
    ['never run before', '09:12:00.000', '0001-01-01T00:00:00', '09:10:00'],
    ['of a schedule beside the interval', '09:07:30.000', '2026-11-23T09:07:30Z', '09:05:00'],
  ])('of a tick %s', (_, now, next, slot) => {
    expect(slotAt(now, next)).toBe(slot)
  })

  it('is none where nothing is due: a person has started the function', () => {
    expect(slotAt('09:02:00', '2026-11-23T09:05:00Z')).toBeNull()
  })

  it('is the moment where the host tells no schedule', () => {
    expect(slotAt('09:05:00.100', undefined)).toBe('09:05:00')
    expect(slotAt('09:04:59.900', undefined)).toBe('09:05:00')
    expect(slotAt('09:05:30.000', undefined, 30_000)).toBe('09:05:30')
  })
})
