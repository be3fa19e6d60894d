import { describe, expect, it } from 'vitest'

import { Gate } from '../../src/azure/gate.ts'
import type { Clock } from '../../src/domain/edges.ts'
import { fakeClock } from '../fakes.ts'

/** Sends requests through a gate as fast as it lets them, and notes when each left. */
function traffic(
  gate: Gate,
  clock: Clock,
  requests: number,
  signal = new AbortController().signal,
) {
  const leftAt: number[] = []
  const startMs = clock.now().getTime()
  const all = Array.from({ length: requests }, async () => {
    await gate.enter('writes', signal)
    leftAt.push(clock.now().getTime() - startMs)
  })
  return { leftAt, all: Promise.allSettled(all) }
}

describe('Gate', () => {
  it('lets eight requests ahead, and all when an answer knows no limit', async () => {
    const clock = fakeClock('2026-11-23T09:00:00Z')
    const gate = new Gate(clock)
    const { leftAt } = traffic(gate, clock, 50)
    await clock.advance(10)
    expect(leftAt).toHaveLength(8)
    gate.ended('writes', 'answered', null)
    await clock.advance(0)
    expect(leftAt).toHaveLength(50)
  })

  it('has no more requests under way than the header says are left', async () => {
    const clock = fakeClock('2026-11-23T09:00:00Z')
    const gate = new Gate(clock)
    const { leftAt } = traffic(gate, clock, 50)
    // Seven are under way still, and may not be counted yet.
    gate.ended('writes', 'answered', 5)
    await clock.advance(0)
    expect(leftAt).toHaveLength(8)
    gate.ended('writes', 'answered', 9)
    await clock.advance(0)
    expect(leftAt).toHaveLength(8 + 3)
  })

  it('paces at the published rate once the bucket is empty', async () => {
    const clock = fakeClock('2026-11-23T09:00:00Z')
    const gate = new Gate(clock)
    const { leftAt } = traffic(gate, clock, 50)
    for (let ahead = 0; ahead < 8; ahead += 1) gate.ended('writes', 'answered', 0)
    await clock.advance(1000)
    expect(leftAt.length - 8).toBeGreaterThanOrEqual(9)
    expect(leftAt.length - 8).toBeLessThanOrEqual(11)
  })

  it('closes for everybody until the time has passed, then lets one ahead', async () => {
    const clock = fakeClock('2026-11-23T09:00:00Z')
    const gate = new Gate(clock)
    const first = traffic(gate, clock, 1)
    await first.all
    gate.close(10_000)
    gate.ended('writes', 'throttled', null)
    const { leftAt } = traffic(gate, clock, 20)
    await clock.advance(9999)
    expect(leftAt).toEqual([])
    await clock.advance(1)
    expect(leftAt).toEqual([10_000])
    expect(gate.closedForMs()).toBe(0)
  })

  it('refuses no more than those that were ahead where a bucket is empty from the start', async () => {
    const clock = fakeClock('2026-11-23T09:00:00Z')
    const gate = new Gate(clock)
    const { leftAt } = traffic(gate, clock, 50)
    for (let ahead = 0; ahead < 8; ahead += 1) {
      gate.close(10_000)
      gate.ended('writes', 'throttled', null)
    }
    await clock.advance(9999)
    expect(leftAt).toHaveLength(8)
    await clock.advance(1)
    expect(leftAt.slice(8)).toEqual([10_000])
  })

  it('grows by two a success where no header tells how much is left', async () => {
    const clock = fakeClock('2026-11-23T09:00:00Z')
    const gate = new Gate(clock)
    await traffic(gate, clock, 1).all
    gate.close(1000)
    gate.ended('writes', 'throttled', null)
    const { leftAt } = traffic(gate, clock, 20)
    await clock.advance(1000)
    expect(leftAt).toHaveLength(1)
    gate.ended('writes', 'answered', null)
    await clock.advance(0)
    expect(leftAt).toHaveLength(3)
  })

  it('keeps reads and writes apart', async () => {
    const clock = fakeClock('2026-11-23T09:00:00Z')
    const gate = new Gate(clock)
    for (let ahead = 0; ahead < 8; ahead += 1) expect(gate.tryEnter('writes')).toBe(true)
    expect(gate.tryEnter('writes')).toBe(false)
    expect(gate.tryEnter('reads')).toBe(true)
  })

  it('frees whoever waits when aborted, and sleeps no longer', async () => {
    const clock = fakeClock('2026-11-23T09:00:00Z')
    const gate = new Gate(clock)
    const abort = new AbortController()
    gate.close(60_000)
    const { all, leftAt } = traffic(gate, clock, 3, abort.signal)
    abort.abort(new Error('enough'))
    expect((await all).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
    await clock.advance(60_000)
    expect(leftAt).toEqual([])
    expect(gate.tryEnter('writes')).toBe(true)
  })
})
