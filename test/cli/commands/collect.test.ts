import { describe, expect, it } from 'vitest'

import { LedgerError } from '../../../src/domain/errors.ts'
import { fakeClock } from '../../fakes.ts'
import { fakeAzure, type FakeSubscription } from '../fake-connection.ts'
import { collect, denied, hosts, type Setting, stopAfter, troubled, whole } from './collecting.ts'

describe('collect', () => {
  it.each([40, 80, 120])('sums up a troubled run on a terminal of %i cells', async (columns) => {
    const { code, out, err } = await collect(['--no-progress'], {
      azure: fakeAzure(troubled),
      columns,
    })
    expect({ code, out }).toEqual({ code: 3, out: '' })
    await expect(err).toMatchFileSnapshot(`golden/collect-partial-${columns}.txt`)
  })

  it('sums up a whole run, and finds the warehouse again in what it suggests', async () => {
    const argv = ['--no-progress', '--warehouse', '/var/lib/my ledger']
    const { code, err } = await collect(argv, { azure: fakeAzure(whole), columns: 80 })
    expect(code).toBe(0)
    await expect(err).toMatchFileSnapshot('golden/collect-ok-80.txt')
  })

  it('prints a document where stdout is no terminal, also with exit 3', async () => {
    const { code, out } = await collect([], { azure: fakeAzure(troubled) })
    expect(code).toBe(3)
    expect(JSON.parse(out)).toEqual({
      run: {
        run_id: '20261123T090310Z-0000',
        outcome: 'partial',
        started_at: '2026-11-23T09:03:10.000Z',
        finished_at: '2026-11-23T09:03:10.000Z',
      },
      subscriptions: {
        expected: 3,
        ok: 1,
        failed: 2,
        by_outcome: { ok: 1, denied: 1, timeout: 1 },
      },
      hosts: {
        expected: 15,
        ok: 12,
        failed: 3,
        skipped: 0,
        by_outcome: { ok: 12, denied: 1, throttled: 2 },
      },
      sessions: 12,
      files: [
        {
          path: 'v1/raw/snapshots/date=2026-11-23/20261123T090310Z-0000.parquet',
          rows: 12,
          bytes: 2324,
          sha256: '0'.repeat(64),
        },
        {
          path: 'v1/raw/polls/date=2026-11-23/20261123T090310Z-0000.parquet',
          rows: 15,
          bytes: 2405,
          sha256: '0'.repeat(64),
        },
      ],
    })
  })

  it('prints what it is told to on a terminal', async () => {
    const azure = fakeAzure(troubled)
    const table = await collect(['-o', 'table', '--no-progress'], { azure, columns: 80 })
    expect(table.out).toBe(
      'outcome    hosts\n────────────────\nok            12\ndenied         1\nthrottled      2\n',
    )
    const line = await collect(['-o', 'jsonl', '--no-progress'], { azure, columns: 80 })
    expect(line.out.trimEnd().split('\n')).toHaveLength(1)
  })

  it.each<[string, FakeSubscription[] | Error, number, string]>([
    [
      'all hosts deny it',
      [{ name: 'Hub', hosts: hosts(3, denied) }],
      4,
      'bastionHosts/getActiveSessions/action. These',
    ],
    [
      'all subscriptions deny it',
      [{ name: 'Hub', outcome: 'denied' }],
      4,
      'bastionHosts/read. These commands grant',
    ],
    ['there is no subscription', [], 4, 'sees no subscription in scope'],
    [
      'it has no permission',
      new LedgerError('no_permission', 'Cannot list the subscriptions: 403'),
      4,
      'az role assignment create',
    ],
    ['nobody is signed in', new LedgerError('not_signed_in', 'Cannot sign in'), 4, 'az login'],
    [
      'Azure cannot be reached',
      new LedgerError('unreachable', 'Cannot list: ECONNREFUSED'),
      5,
      'Cannot list: ECONNREFUSED',
    ],
    ['no host answers', [{ name: 'Hub', hosts: hosts(3, { outcome: 'timeout' }) }], 5, '3 timeout'],
    [
      'some deny it and some fail',
      [{ name: 'Hub', hosts: [...hosts(1, denied), { name: 'x', outcome: 'error' }] }],
      5,
      '1 error',
    ],
    ['there is no host', [{ name: 'Hub' }], 0, '0 of 0 hosts answered'],
  ])('ends as scripts need it where %s', async (_, subscriptions, exitCode, words) => {
    const { code, err } = await collect(['--no-progress'], { azure: fakeAzure(subscriptions) })
    expect(code).toBe(exitCode)
    expect(err).toContain(words)
    expect(err).not.toMatch(/\n +at /)
  })

  it('names the subscription in the command that grants the permission', async () => {
    const azure = fakeAzure([
      { name: 'Hub', hosts: hosts(2) },
      { name: 'Pay', outcome: 'denied' },
    ])
    const { err } = await collect([], { azure })
    expect(err).toContain('--scope /subscriptions/00000000-0000-0000-0000-000000000002')
  })

  it('warns of patterns that match nothing, and of runs that were cut off', async () => {
    const { err, records } = await collect(['--subscriptions', 'hub,prod-*'], {
      azure: fakeAzure(whole),
      recovers: ['20261123T090000Z'],
    })
    expect(err).toContain('bastion-ledger: No visible subscription matches "prod-*"\n')
    expect(err).toContain('Run 20261123T090000Z had been cut off')
    expect(records).toHaveLength(1)
  })

  it('stores what was answered when interrupted, prints it, and ends with 130', async () => {
    const clock = fakeClock('2026-11-23T09:03:10Z')
    const azure = fakeAzure([{ name: 'Hub', hosts: [...hosts(3), { name: 'slow', hangs: true }] }])
    const { code, out, err, records } = await collect([], {
      azure,
      clock,
      before: (terminal) => void stopAfter(0, clock, terminal),
    })
    expect(code).toBe(130)
    expect(records[0]?.counts).toEqual({ ok: 3, skipped_deadline: 1 })
    expect(JSON.parse(out)).toMatchObject({ hosts: { ok: 3, skipped: 1 } })
    expect(err).toContain('Interrupted: storing what was answered')
  })

  it('keeps its exit code when nobody reads its document', async () => {
    const { code, records } = await collect([], { azure: fakeAzure(troubled), stdoutWrites: 0 })
    expect(code).toBe(3)
    expect(records).toHaveLength(1)
  })

  it('shows progress on a terminal only, and not when told so', async () => {
    const azure = fakeAzure(whole)
    expect((await collect([], { azure, stderrColumns: 80 })).err).toContain('\x1b[?25l')
    const quiet: [string[], Setting][] = [
      [[], {}],
      [['--no-progress'], { stderrColumns: 80 }],
      [[], { stderrColumns: 80, env: { TERM: 'dumb' } }],
    ]
    for (const [argv, options] of quiet) {
      expect((await collect(argv, { azure, ...options })).err).not.toContain('\x1b')
    }
  })
})
