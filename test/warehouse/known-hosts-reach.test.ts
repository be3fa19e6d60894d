/** How far back the hosts are looked for: not beyond a run that knows all that older ones do. */

import { rm } from 'node:fs/promises'
import { join } from 'node:path'

import { describe, expect, it, vi } from 'vitest'

import type { Store } from '../../src/domain/edges.ts'
import { unreachedPoll, type Poll } from '../../src/domain/poll.ts'
import type { RunStart } from '../../src/domain/run.ts'
import { runPaths } from '../../src/warehouse/paths.ts'
import {
  failedPoll,
  host,
  okPoll,
  recordRun,
  runStart,
  tempWarehouse,
  type TempWarehouse,
} from './temp-warehouse.ts'

// Real files and a real engine: slow where many others work at the same time.
vi.setConfig({ testTimeout: 30_000 })

const OTHER = '22222222-2222-2222-2222-222222222222'
const [a, b, other] = [host('a'), host('b'), host('other', { subscriptionId: OTHER })]
const OLDER = '2026-11-23T09:00:00Z'
const NEWER = '2026-11-23T09:05:00Z'
const EVERYBODY: Partial<RunStart> = {
  discovery: 'arm',
  filter: { include: [], exclude: [], managementGroup: null },
}

/** A warehouse with two runs, and the files of runs that it was asked for. */
async function twoRuns(polls: readonly Poll[], overrides: Partial<RunStart> = EVERYBODY) {
  const asked: string[] = []
  const warehouse = await tempWarehouse({
    wrap: (store): Store => ({
      ...store,
      async local(paths, folder, options) {
        asked.push(...paths)
        return store.local(paths, folder, options)
      },
    }),
  })
  const older = [okPoll(a, OLDER), okPoll(b, OLDER), okPoll(other, OLDER)]
  await recordRun(warehouse, OLDER, older, EVERYBODY)
  await recordRun(warehouse, NEWER, polls, overrides)
  return { ...warehouse, asked }
}

async function namesIn({ ledger }: Pick<TempWarehouse, 'ledger'>): Promise<string[]> {
  return (await ledger.knownHosts()).map(({ name }) => name)
}

const readsOlder = ({ asked }: { asked: string[] }) =>
  asked.includes(runPaths('20261123T090000Z').polls)

const whole = [okPoll(a, NEWER), failedPoll(b, NEWER), okPoll(other, NEWER)]

describe('knownHosts', () => {
  it('reads no run before one that asked every host of every subscription', async () => {
    await using warehouse = await twoRuns(whole)
    expect(await namesIn(warehouse)).toEqual(['a', 'b', 'other'])
    expect(readsOlder(warehouse)).toBe(false)
  })

  it('takes a host that is not listed any more for gone', async () => {
    await using warehouse = await twoRuns([okPoll(a, NEWER), okPoll(other, NEWER)])
    expect(await namesIn(warehouse)).toEqual(['a', 'other'])
  })

  const lists = runStart(NEWER, [a, b, other]).subscriptions
  const denied = lists.map((one) =>
    one.subscriptionId === OTHER ? { ...one, outcome: 'denied' as const, hosts: null } : one,
  )
  it.each<[string, Poll[], Partial<RunStart>]>([
    [
      'reached not every host',
      [okPoll(a, NEWER), unreachedPoll(b, 'deadline'), whole[2]!],
      EVERYBODY,
    ],
    ['could not list a subscription with hosts', whole, { ...EVERYBODY, subscriptions: denied }],
    [
      'was for some subscriptions only',
      [okPoll(a, NEWER), okPoll(b, NEWER)],
      { ...EVERYBODY, filter: { include: ['prod-*'], exclude: [], managementGroup: null } },
    ],
    ['does not say for whom it was', whole, {}],
  ])('reads older runs than one that %s', async (_why, polls, overrides) => {
    await using warehouse = await twoRuns(polls, overrides)
    expect(await namesIn(warehouse)).toEqual(['a', 'b', 'other'])
    expect(readsOlder(warehouse)).toBe(true)
  })

  it('reads older runs where a file of the newest is damaged', async () => {
    await using warehouse = await twoRuns(whole)
    await rm(join(warehouse.root, runPaths('20261123T090500Z').polls))
    expect(await namesIn(warehouse)).toEqual(['a', 'b', 'other'])
  })
})
