import { describe, expect, it } from 'vitest'

import type { BastionSource } from '../../../src/domain/edges.ts'
import { LedgerError } from '../../../src/domain/errors.ts'
import { fakeAzure, type FakeSubscription } from '../fake-connection.ts'
import { denied, hosts, whole } from './collecting.ts'
import { doctor, type Setting } from './examining.ts'

/** All that can be wrong with a subscription, and names that would redden a terminal. */
const TROUBLED: FakeSubscription[] = [
  { name: 'Contoso Platform', hosts: hosts(4) },
  {
    name: 'Contoso Payments Production',
    hosts: [
      {
        name: 'bas-pay-01',
        ...denied,
        errorMessage:
          "The client 'x' with object id 'x' does not have authorization to perform action 'Microsoft.Network/bastionHosts/getActiveSessions/action' over scope '/subscriptions/1'",
      },
    ],
  },
  { name: 'Payroll\x1b[31m', outcome: 'denied', errorCode: 'AuthorizationFailed' },
  { name: 'Lab', outcome: 'timeout', errorCode: 'NoAnswerInTime', errorMessage: 'No answer' },
  {
    name: 'Sandbox',
    hosts: [{ name: 'bas-sbx', outcome: 'skipped_unsupported', errorCode: 'SkuNotSupported' }],
  },
  { name: 'Empty', hosts: [] },
]

/** Fails with this error, instead of an answer. */
function refusing(error: LedgerError): () => Promise<never> {
  return async () => {
    throw error
  }
}

describe('doctor', () => {
  it.each([60, 80, 120])('shows what is wrong on %d columns', async (columns) => {
    const { code, out, err } = await doctor([], {
      columns,
      azure: fakeAzure(TROUBLED),
      inspection: { clockAheadMs: async () => -42_000 },
      env: { LEDGER_CLOUD: 'usgov', LEDGER_SUBSCRIPTIONS: '*' },
    })
    expect(code).toBe(3)
    expect(err).toBe('')
    await expect(stable(out)).toMatchFileSnapshot(`golden/doctor-bad-${columns}.txt`)
    // Commands are left whole; everything else fits.
    const wide = out.split('\n').filter((line) => line.length > columns)
    expect(wide.every((line) => line.startsWith('  az role '))).toBe(true)
  })

  it('shows that all is well', async () => {
    const { code, out } = await doctor([], { columns: 80 })
    expect(code).toBe(0)
    await expect(stable(out)).toMatchFileSnapshot('golden/doctor-ok-80.txt')
  })

  it('counts what is well where there is much of it', async () => {
    const azure = fakeAzure(
      Array.from({ length: 9 }, (_, index) => ({ name: `S${index}`, hosts: [] })),
    )
    const many: BastionSource = {
      ...azure,
      listSubscriptions: async () =>
        Array.from({ length: 30 }, (_, index) => ({
          subscriptionId: `00000000-0000-0000-0000-0000000000${10 + index}`,
          name: `S${index}`,
          state: 'Enabled',
        })),
    }
    const { out } = await doctor([], { azure: many })
    expect(out.match(/✓ Subscription S/g)).toHaveLength(20)
    expect(out).toContain('✓ 10 more subscriptions can be read\n')
  })

  it('writes a document for a script', async () => {
    const { code, out } = await doctor(['-o', 'json', '--concurrency', '9'], {
      azure: fakeAzure(TROUBLED),
    })
    expect(code).toBe(3)
    const { checks, settings } = JSON.parse(out)
    expect(checks.map((one: { check: string }) => one.check)).toEqual([
      'program',
      'warehouse',
      'cloud',
      'token',
      'clock',
      'scope',
      ...TROUBLED.map(() => 'subscription'),
    ])
    expect(checks[3].identity).toEqual({
      kind: 'app',
      tenant_id: '00000000-0000-0000-0000-00000000aaaa',
      object_id: '00000000-0000-0000-0000-00000000bbbb',
      app_id: '00000000-0000-0000-0000-00000000cccc',
      expires_at: '2026-11-23T10:03:10Z',
    })
    expect(checks[8]).toMatchObject({
      status: 'failed',
      subscription_id: '00000000-0000-0000-0000-000000000003',
      missing_actions: ['Microsoft.Network/bastionHosts/read'],
    })
    expect(settings).toContainEqual({
      name: 'LEDGER_CONCURRENCY',
      flag: '--concurrency',
      value: '9',
      hidden: false,
      from: 'flag',
    })
  })

  it.each<[number, string, Setting]>([
    [0, 'all is well', {}],
    [0, 'there is no host yet', { azure: fakeAzure([{ name: 'Empty' }]) }],
    [0, 'the clock is 10 s off', { inspection: { clockAheadMs: async () => 10_000 } }],
    [1, 'the clock is 10 min off', { inspection: { clockAheadMs: async () => 600_000 } }],
    [
      1,
      'the warehouse cannot be written',
      { inspection: { checkWarehouse: refusing(new LedgerError('storage', 'Cannot write')) } },
    ],
    [1, 'Node is too old', { inspection: { nodeVersion: 'v20.1.0' } }],
    [
      3,
      'one subscription is denied',
      { azure: fakeAzure([...whole, { name: 'x', outcome: 'denied' }]) },
    ],
    [
      3,
      'one subscription does not answer',
      { azure: fakeAzure([...whole, { name: 'x', outcome: 'error' }]) },
    ],
    [
      4,
      'not signed in',
      { inspection: { identify: refusing(new LedgerError('not_signed_in', 'No token')) } },
    ],
    [4, 'nothing is visible', { azure: fakeAzure([]) }],
    [
      4,
      'everything is denied',
      {
        azure: fakeAzure([
          { name: 'x', outcome: 'denied' },
          { name: 'y', hosts: hosts(1, denied) },
        ]),
      },
    ],
    [
      4,
      'subscriptions may not be listed',
      { azure: fakeAzure(new LedgerError('no_permission', 'No')) },
    ],
    [
      5,
      'Azure does not answer',
      { inspection: { clockAheadMs: refusing(new LedgerError('unreachable', 'No')) } },
    ],
    [5, 'no subscription answers', { azure: fakeAzure([{ name: 'x', outcome: 'timeout' }]) }],
  ])('exits with %d where %s', async (expected, _, setting) => {
    const { code, out } = await doctor([], setting)
    expect(code).toBe(expected)
    expect(out).toContain('Settings in force:')
  })

  it.each([[['--cloud', 'mars']], [['--output', 'yaml']], [['--management-group', 'a/b']]])(
    'refuses %j',
    async (argv) => {
      const { code, out, err } = await doctor(argv)
      expect({ code, out }).toEqual({ code: 1, out: '' })
      expect(err).toContain(argv[1])
    },
  )
})

/** Without what changes from one version of this program to the next. */
function stable(text: string): string {
  const [checks = ''] = text.split('\nSettings in force:\n')
  return checks.replace(/bastion-ledger \d+\.\d+\.\d+/, 'bastion-ledger 0.0.0')
}
