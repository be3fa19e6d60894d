import { describe, expect, it } from 'vitest'

import { factsOf } from '../../src/notify/columns.ts'
import { cut, plainText } from '../../src/notify/plain-text.ts'
import { alertWords, headline } from '../../src/notify/wording.ts'
import { alertRecord, noticeOf, resolvedAlert, staleAlert } from './notices.ts'

const DETAIL = { text: 200, columns: 20 }

describe('headline', () => {
  it('says what it is, how bad, how many, and how many cannot be checked', () => {
    const alerts = [alertRecord(), staleAlert(), resolvedAlert()]
    expect(headline(noticeOf(alerts), 200)).toBe(
      'Long session · high · 2 firing (1 cannot be checked), 1 resolved',
    )
    expect(headline(noticeOf([resolvedAlert()], { leftOut: 4 }), 200)).toBe(
      'Long session · high · 1 resolved, 4 more',
    )
  })
})

describe('alertWords', () => {
  it.each([
    [
      { ended_after: '2026-11-22T23:59:00Z', ended_before: '2026-11-23T00:04:00Z' },
      'Resolved: ended between 2026-11-22 23:59:00 and 2026-11-23 00:04:00 UTC, after firing for 2h 10m',
    ],
    [
      { ended_after: '2026-11-23T09:00:00Z', ended_before: '2026-11-23T09:05:00Z' },
      'Resolved: ended between 2026-11-23 09:00:00 and 09:05:00 UTC, after firing for 2h 10m',
    ],
    [
      { ended_after: null, ended_before: '2026-11-23T09:05:00Z' },
      'Resolved: ended before 2026-11-23 09:05:00 UTC, after firing for 2h 10m',
    ],
    [
      { ended_after: '2026-11-23T09:00:00Z', ended_before: null },
      'Resolved at 2026-11-23 09:15:00 UTC, after firing for 2h 10m',
    ],
    [
      { ended_after: 'then', ended_before: 'now' },
      'Resolved at 2026-11-23 09:15:00 UTC, after firing for 2h 10m',
    ],
  ])('says when it ended, from %j', (annotations, when) => {
    const words = alertWords(resolvedAlert({ annotations }), noticeOf(), DETAIL)
    expect(words).toMatchObject({ state: 'resolved', when })
  })

  it('says of a stale alert that it cannot be checked, and why', () => {
    const words = alertWords(staleAlert(), noticeOf(), DETAIL)
    expect(words.state).toBe('unchecked')
    expect(words.remarks).toEqual([
      'Cannot be checked now: the host "bas-spoke" could not be read since 2026-11-23 08:45:00 UTC: denied',
    ])
  })
})

describe('factsOf', () => {
  it('says columns in words, with ids last, and none of what has a name', () => {
    const alert = alertRecord({
      labels: { run_id: '20261123T090500Z', host_id: '/subscriptions/1/bastionHosts/BAS' },
      annotations: {
        target_ip_address: '10.1.2.3',
        target_resource_id: '/subscriptions/1/virtualMachines/vm-1',
        target_host_name: 'vm-1',
        user_name: null,
        gap_mins: 12.4,
        first_seen_at: '2026-11-23T09:00:00.5Z',
        blank: ' ',
        ended_after: '2026-11-23T09:00:00Z',
      },
    })
    expect(factsOf(alert, DETAIL)).toEqual([
      ['Target IP address', '10.1.2.3'],
      ['Target host', 'vm-1'],
      ['Gap', '12m'],
      ['First seen', '2026-11-23 09:00:00 UTC'],
      ['Run', '20261123T090500Z'],
      ['Host', 'BAS'],
    ])
  })
})

describe('plainText', () => {
  it.each([
    ['a\r\n\tb\u2028c', 'a b c'],
    ['a\0b\u001B[1m\u007F\u009B', 'a\uFFFDb\uFFFD[1m\uFFFD\uFFFD'],
    ['a\u202Eb\u200F\u2066\u200B\uFEFF\u{E0041}', 'a\uFFFDb\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD'],
    ['\uD83D x \uDE00', '\uFFFD x \uFFFD'],
    ['👩‍👩‍👧 نامه‌ای 👍🏽', '👩‍👩‍👧 نامه‌ای 👍🏽'],
  ])('shows %j as %j', (text, shown) => {
    expect(plainText(text)).toBe(shown)
  })
})

describe('cut', () => {
  it('never leaves half a character', () => {
    expect(cut('ab🔥cd', 6)).toBe('ab🔥cd')
    expect(cut('ab🔥cd', 5)).toBe('ab🔥…')
    expect(cut('ab🔥cd', 4)).toBe('ab…')
    expect(cut('abcd', 1)).toBe('…')
  })
})
