import { describe, expect, it } from 'vitest'

import type { Clock } from '../../src/domain/edges.ts'
import { createVirtualClock } from '../../src/simulator/virtual-clock.ts'

const START = new Date('2026-11-23T09:00:00Z')
const after = (ms: number) => new Date(START.getTime() + ms)

describe('createVirtualClock', () => {
  it('is a clock of the domain', () => {
    const clock: Clock = createVirtualClock()
    expect(clock.now()).toBeInstanceOf(Date)
  })

  it('shows its start and runs faster than real time', async () => {
    const clock = createVirtualClock({ startAt: START, speed: 10_000 })
    await clock.sleep(60_000)
    expect(clock.now().getTime()).toBeGreaterThanOrEqual(after(60_000).getTime())
  })

  it('stands still at speed 0', async () => {
    const clock = createVirtualClock({ startAt: START, speed: 0 })
    await new Promise((resolve) => setTimeout(resolve, 5))
    expect(clock.now()).toEqual(START)
  })

  it('jumps ahead and wakes whose time has come, in order', async () => {
    const clock = createVirtualClock({ startAt: START, speed: 0 })
    const woken: string[] = []
    const late = clock.sleep(10_000).then(() => woken.push('late'))
    const early = clock.sleep(5000).then(() => woken.push('early'))
    let waiting = true
    const never = clock.sleep(20_000).then(() => (waiting = false))
    clock.jumpTo(after(10_000))
    await Promise.all([late, early])
    expect(woken).toEqual(['early', 'late'])
    expect(waiting).toBe(true)
    expect(clock.now()).toEqual(after(10_000))
    clock.jumpTo(after(20_000))
    await never
  })

  it('jumps while it runs', async () => {
    const clock = createVirtualClock({ startAt: START, speed: 1 })
    const slept = clock.sleep(3_600_000)
    clock.jumpTo(after(3_600_000))
    await expect(slept).resolves.toBeUndefined()
  })

  it('never runs backwards', () => {
    const clock = createVirtualClock({ startAt: START, speed: 0 })
    expect(() => clock.jumpTo(after(-1000))).toThrow(RangeError)
    expect(() => createVirtualClock({ speed: -1 })).toThrow(RangeError)
  })

  it('rejects with the reason of its signal, at once', async () => {
    const clock = createVirtualClock({ startAt: START, speed: 0 })
    const reason = new Error('stop')
    const controller = new AbortController()
    const slept = clock.sleep(1000, controller.signal)
    controller.abort(reason)
    await expect(slept).rejects.toBe(reason)
    await expect(clock.sleep(1000, AbortSignal.abort(reason))).rejects.toBe(reason)
  })

  it('returns at once from a sleep of nothing', async () => {
    await expect(createVirtualClock({ speed: 0 }).sleep(0)).resolves.toBeUndefined()
  })
})
