import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import {
  hostTotals,
  isRunId,
  runDate,
  runOutcome,
  slotOf,
  slotRunId,
  suffixedRunId,
  type OutcomeCounts,
  type RunOutcome,
} from '../../src/domain/run.ts'
import { POLL_OUTCOMES } from '../../src/domain/poll.ts'
import type { SubscriptionOutcome, SubscriptionPoll } from '../../src/domain/subscription.ts'

const listed = (outcome: SubscriptionOutcome): SubscriptionPoll => ({
  subscriptionId: 's',
  name: 's',
  state: 'Enabled',
  outcome,
  hosts: null,
  errorCode: null,
  errorMessage: null,
})

describe('run ids', () => {
  it('names a slot by its time, and a second try by a suffix', () => {
    const at = new Date('2026-11-23T09:05:00Z')
    expect(slotRunId(at)).toBe('20261123T090500Z')
    expect(suffixedRunId(at, 'k3f9')).toBe('20261123T090500Z-k3f9')
    expect(runDate('20261123T090500Z-k3f9')).toBe('2026-11-23')
  })

  it('floors a time to its slot', () => {
    expect(slotOf(new Date('2026-11-23T09:07:31.5Z'), 300_000).toISOString()).toBe(
      '2026-11-23T09:05:00.000Z',
    )
  })

  it('takes nothing else for a run id', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(isRunId(text)).toBe(false)
        expect(() => runDate(text)).toThrow(RangeError)
      }),
    )
    for (const text of [
      '../x',
      '20261123T090500Z/..',
      '20261123T090500Z-K3F9',
      '20261123T090500Z\n',
    ]) {
      expect(isRunId(text)).toBe(false)
    }
    expect(isRunId('20261123T090500Z.s03of16')).toBe(true)
  })
})

describe('runOutcome', () => {
  it.each<[RunOutcome, SubscriptionOutcome[], OutcomeCounts]>([
    ['ok', ['ok'], { ok: 3 }],
    ['ok', ['ok'], {}],
    ['ok', ['ok'], { ok: 3, skipped_unsupported: 1 }],
    ['partial', ['ok'], { ok: 3, denied: 1 }],
    ['partial', ['ok'], { ok: 3, skipped_deadline: 1 }],
    ['partial', ['ok', 'denied'], { ok: 3 }],
    ['partial', ['ok', 'denied'], {}],
    ['failed', ['denied'], {}],
    ['failed', ['ok'], { denied: 2 }],
    ['failed', ['ok'], { skipped_deadline: 2 }],
    ['failed', [], {}],
  ])('is %s with subscriptions %j and polls %j', (outcome, subscriptions, counts) => {
    expect(runOutcome({ subscriptions: subscriptions.map(listed), error: null }, counts)).toBe(
      outcome,
    )
  })

  it('is failed where the subscriptions could not be listed', () => {
    const error = { code: 'unreachable', message: 'no' }
    expect(runOutcome({ subscriptions: [], error }, {})).toBe('failed')
  })
})

describe('hostTotals', () => {
  it('adds up: expected = ok + failed + skipped', () => {
    const counts = fc.dictionary(fc.constantFrom(...POLL_OUTCOMES), fc.nat(50))
    fc.assert(
      fc.property(counts, (byOutcome) => {
        const { expected, ok, failed, skipped } = hostTotals(byOutcome)
        expect(ok + failed + skipped).toBe(expected)
      }),
    )
  })
})
