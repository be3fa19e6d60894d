import { describe, expect, it } from 'vitest'

import type { AlertRecord, AlertState } from '../../src/domain/alert.ts'
import { compare } from '../../src/rules-test/compare.ts'
import type { ExpectedAlert } from '../../src/rules-test/expectation.ts'
import { alertOf } from '../watch/alert-records.ts'

function expected(given: Partial<ExpectedAlert['written']> = {}): ExpectedAlert {
  const written = { rule: 'on', labels: {}, ...given }
  return { written, labels: written.labels }
}

/** What is missing and what is too much, in short. */
function differences(
  wanted: readonly ExpectedAlert[],
  came: readonly AlertRecord[],
  state: AlertState = 'firing',
) {
  const at = new Date('2026-11-23T09:01:00Z')
  const states = [{ state, alerts: wanted }]
  return compare({ at, path: [], states }, { alerts: came, changed: came }).map((one) => ({
    missing: one.missing.map(({ expected: { written }, like }) => [written.summary, like]),
    surplus: one.surplus.map(({ summary }) => summary),
  }))
}

describe('compare', () => {
  it.each([
    ['ada on vm-1', true],
    ['ada *', true],
    ['*vm-1', true],
    ['*', true],
    ['a*on*1', true],
    ['ada', false],
    ['ada on vm-1*1', false],
    ['*vm*vm*', false],
    ['Ada on vm-1', false],
    ['ada on vm-[1]', false],
    ['ada on vm-?', false],
  ])('takes the summary %j: %s', (summary, fits) => {
    const [one] = differences([expected({ summary })], [alertOf()])
    expect(one === undefined).toBe(fits)
  })

  it('takes brackets as they are', () => {
    const alert = alertOf({ summary: 'bas (denied: [x] {y})' })
    expect(differences([expected({ summary: 'bas (denied: [x] {y})' })], [alert])).toEqual([])
    expect(differences([expected({ summary: '* (denied: *)' })], [alert])).toEqual([])
  })

  it.each([
    [{ rule: 'on' }, true],
    [{ rule: 'off' }, false],
    [{ labels: { session_id: 's-*' } }, true],
    [{ labels: { session_id: 's-*', host_id: 'x' } }, false],
    [{ labels: { missing: 's' } }, false],
    [{ stale: false, muted: false }, true],
    [{ stale: true }, false],
    [{ muted: true }, false],
  ])('compares %j with an alert: %s', (written, fits) => {
    expect(differences([expected(written)], [alertOf()]).length === 0).toBe(fits)
  })

  it('compares whether it is stale or muted', () => {
    const alert = alertOf({ stale: 'not read', muted_by: 'a silence' })
    expect(differences([expected({ stale: true, muted: true })], [alert])).toEqual([])
    expect(differences([expected({ stale: false })], [alert])).toHaveLength(1)
    expect(differences([expected({ muted: false })], [alert])).toHaveLength(1)
  })

  it('expects these and no others, each once', () => {
    const [one, two] = [alertOf(), alertOf({ fingerprint: 'f2', summary: 'bo on vm-2' })]
    expect(differences([expected()], [one, two])).toEqual([{ missing: [], surplus: [two.summary] }])
    expect(
      differences([expected({ summary: 'ada *' }), expected({ summary: '*' })], [one]),
    ).toEqual([{ missing: [['*', null]], surplus: [] }])
  })

  it('leaves to each what nothing else fits', () => {
    const [one, two] = [alertOf(), alertOf({ fingerprint: 'f2', summary: 'ada on vm-2' })]
    expect(
      differences([expected({ summary: 'ada *' }), expected({ summary: '*vm-1' })], [one, two]),
    ).toEqual([])
  })

  it('says in which other state it is', () => {
    expect(differences([expected({ summary: 'ada*' })], [alertOf({ state: 'pending' })])).toEqual([
      { missing: [['ada*', 'pending']], surplus: [] },
    ])
    expect(differences([], [alertOf()], 'resolved')).toEqual([])
    expect(differences([], [alertOf({ state: 'resolved' })], 'resolved')).toHaveLength(1)
  })
})
