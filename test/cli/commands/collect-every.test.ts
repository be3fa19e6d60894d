import { describe, expect, it } from 'vitest'

import type { BastionSource } from '../../../src/domain/edges.ts'
import { LedgerError } from '../../../src/domain/errors.ts'
import { fakeClock } from '../../fakes.ts'
import { fakeAzure } from '../fake-connection.ts'
import { collect, stopAfter, troubled, whole } from './collecting.ts'

describe('collect --every', () => {
  it('records a run in every slot, one line each, until interrupted', async () => {
    const clock = fakeClock('2026-11-23T09:03:10Z')
    const { code, out, err, records } = await collect(['--every', '5m'], {
      azure: fakeAzure(whole),
      clock,
      before: (terminal) => void stopAfter(600_000, clock, terminal),
    })
    expect(code).toBe(130)
    expect(records.map(({ run_id, trigger }) => [run_id, trigger])).toEqual([
      ['20261123T090000Z', 'timer'],
      ['20261123T090500Z', 'timer'],
      ['20261123T091000Z', 'timer'],
    ])
    expect(err).toBe(
      '20261123T090000Z  ok       4 of 4 hosts  4 sessions  0s\n' +
        '20261123T090500Z  ok       4 of 4 hosts  4 sessions  0s\n' +
        '20261123T091000Z  ok       4 of 4 hosts  4 sessions  0s\n',
    )
    const documents = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(documents.map(({ run: { run_id } }) => run_id)).toEqual(
      records.map(({ run_id }) => run_id),
    )
  })

  it('goes on after a run that failed', async () => {
    const clock = fakeClock('2026-11-23T09:00:00Z')
    const whenWell = fakeAzure(troubled)
    let runs = 0
    const azure: BastionSource = {
      ...whenWell,
      async listSubscriptions(signal) {
        runs += 1
        if (runs === 1) throw new LedgerError('not_signed_in', 'Cannot sign in')
        return whenWell.listSubscriptions(signal)
      },
    }
    const { code, err, records } = await collect(['--every', '5m'], {
      azure,
      clock,
      before: (terminal) => void stopAfter(300_000, clock, terminal),
    })
    expect(code).toBe(130)
    expect(records.map(({ outcome }) => outcome)).toEqual(['partial'])
    expect(err.split('\n')).toEqual([
      'bastion-ledger: Cannot sign in',
      expect.stringContaining('az login'),
      '20261123T090500Z  partial  12 of 15 hosts  1 denied  2 throttled  2 subscriptions not listed  12 sessions  0s',
      '',
    ])
  })
})
