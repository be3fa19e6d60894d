import { describe, expect, it } from 'vitest'

import {
  openProgressLine,
  progressText,
  timeLeftMs,
} from '../../../src/cli/collect/progress-line.ts'
import { createTally } from '../../../src/cli/collect/tally.ts'
import { fakeClock } from '../../fakes.ts'
import { fakeTerminal } from '../fake-terminal.ts'

const idle = { leftMs: null, ending: false }
const nothing = { listed: 0, of: 0 }
const hosts = { done: 0, failed: 0, throttled: 0, of: 0 }

describe('progressText', () => {
  it.each([
    [nothing, hosts, idle, 'Looking for subscriptions'],
    [{ listed: 3, of: 5 }, hosts, idle, 'Listing hosts: 3 of 5 subscriptions'],
    [{ listed: 5, of: 5 }, { ...hosts, done: 2, of: 41 }, idle, 'Asking hosts: 2 of 41'],
    [
      { listed: 5, of: 5 },
      { done: 24, failed: 3, throttled: 1, of: 41 },
      { leftMs: 7600, ending: false },
      'Asking hosts: 24 of 41 · 3 failed · 1 throttled · about 8s left',
    ],
    [
      { listed: 5, of: 5 },
      { ...hosts, done: 24, of: 41 },
      { leftMs: null, ending: true },
      'Storing what was answered (24 of 41 hosts)',
    ],
  ])('%#', (subscriptions, counts, state, text) => {
    expect(progressText({ subscriptions, hosts: counts }, state)).toBe(text)
  })
})

describe('timeLeftMs', () => {
  it('goes by what the others took, once some are done', () => {
    expect(timeLeftMs({ ...hosts, done: 4, of: 40 }, 1000)).toBeNull()
    expect(timeLeftMs({ ...hosts, done: 10, of: 40 }, 1000)).toBe(3000)
    expect(timeLeftMs({ ...hosts, done: 40, of: 40 }, 1000)).toBeNull()
  })
})

describe('openProgressLine', () => {
  it('draws on stderr, and leaves nothing behind', async () => {
    const terminal = fakeTerminal({ stderrColumns: 30 })
    const tally = createTally()
    {
      using line = await openProgressLine(
        terminal.stderr,
        fakeClock('2026-11-23T09:00:00Z'),
        tally,
        240_000,
      )
      tally.listed(1000, 2000)
      line.update()
      await new Promise((resolve) => {
        setTimeout(resolve, 200)
      })
    }
    expect(terminal.out).toBe('')
    expect(terminal.err).toContain('Looking for subscriptions')
    expect(terminal.err).toContain('Listing hosts: 1000 of 200…')
    expect(terminal.err).not.toContain('\x1b[36m')
    expect(terminal.err.trimEnd().endsWith('\x1b[?25h')).toBe(true)
  })
})
