import { describe, expect, it } from 'vitest'

import { eachSlot } from '../../../src/cli/collect/slots.ts'
import { fakeClock } from '../../fakes.ts'

const MINUTE = 60_000

describe('eachSlot', () => {
  it('begins with the slot that is under way, then keeps to the interval in UTC', async () => {
    const clock = fakeClock('2026-11-23T09:03:10Z')
    const stop = new AbortController()
    const slots: string[] = []
    const done = eachSlot(clock, 5 * MINUTE, stop.signal, async (slot) => {
      slots.push(
        `${slot.toISOString().slice(11, 16)} at ${clock.now().toISOString().slice(11, 19)}`,
      )
    })
    await clock.advance(12 * MINUTE)
    stop.abort()
    await done
    expect(slots).toEqual([
      '09:00 at 09:03:10',
      '09:05 at 09:05:00',
      '09:10 at 09:10:00',
      '09:15 at 09:15:00',
    ])
  })

  it('drops the slots that begin while one is worked on', async () => {
    const clock = fakeClock('2026-11-23T09:00:00Z')
    const stop = new AbortController()
    const slots: string[] = []
    let working = 0
    const done = eachSlot(clock, 5 * MINUTE, stop.signal, async (slot) => {
      working += 1
      expect(working).toBe(1)
      slots.push(slot.toISOString().slice(11, 16))
      await clock.sleep(7 * MINUTE)
      working -= 1
    })
    await clock.advance(25 * MINUTE)
    stop.abort()
    await clock.advance(10 * MINUTE)
    await done
    expect(slots).toEqual(['09:00', '09:10', '09:20'])
  })

  it('does not act twice in a slot when a timer wakes early', async () => {
    let nowMs = Date.parse('2026-11-23T09:00:00Z')
    const stop = new AbortController()
    const slots: number[] = []
    const clock = {
      now: () => new Date(nowMs),
      async sleep(ms: number) {
        nowMs += ms - 1
      },
    }
    await eachSlot(clock, MINUTE, stop.signal, async (slot) => {
      slots.push(slot.getTime())
      if (slots.length === 4) stop.abort()
    })
    expect(new Set(slots).size).toBe(4)
  })

  it('passes on what its action throws', async () => {
    const clock = fakeClock('2026-11-23T09:00:00Z')
    const failure = new Error('no disk')
    const act = () => Promise.reject(failure)
    const done = eachSlot(clock, MINUTE, new AbortController().signal, act)
    await expect(done).rejects.toBe(failure)
  })
})
