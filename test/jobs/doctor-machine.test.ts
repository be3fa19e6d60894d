import { describe, expect, it } from 'vitest'

import { checksOf, openExamining, summary, WELL } from './examining.ts'

describe('examine, of this machine', () => {
  it.each([
    [4000, 'ok', 'within 5s'],
    [-4000, 'ok', 'within 5s'],
    [6000, 'warning', '6s ahead of Azure'],
    [-90_000, 'warning', '1m 30s behind Azure'],
    [301_000, 'failed', '5m 01s ahead of'],
    [null, 'warning', 'does not say'],
  ])('judges a clock that is %j ms ahead', async (aheadMs, status, words) => {
    await using collecting = await openExamining()
    const checks = await checksOf(collecting, { clockAheadMs: async () => aheadMs })
    expect(checks.find(({ check }) => check === 'clock')).toMatchObject({
      status,
      message: expect.stringContaining(words),
    })
    expect(checks.length).toBeGreaterThan(WELL.length)
  })

  it.each([
    ['v20.19.0', 'failed'],
    ['v22.17.1', 'failed'],
    ['v22.18.0', 'ok'],
    ['v24.0.0', 'ok'],
  ])('judges Node %s', async (nodeVersion, status) => {
    await using collecting = await openExamining()
    const [program] = await checksOf(collecting, { nodeVersion })
    expect(program).toMatchObject({ check: 'program', status })
  })

  it('goes on without DuckDB, and without a warehouse', async () => {
    await using collecting = await openExamining()
    const checks = await checksOf(collecting, {
      duckdbVersion: () => Promise.reject(new Error('Cannot find module')),
      checkWarehouse: () => Promise.reject(new Error('the disk is full')),
    })
    expect(summary(checks).slice(0, 3)).toEqual(['program failed', 'warehouse failed', 'cloud ok'])
    expect(checks).toHaveLength(WELL.length + 3)
  })

  it('warns of a scope for another address, and of what Azure says of such a token', async () => {
    await using collecting = await openExamining({
      settings: { armScope: 'https://management.usgovcloudapi.net/.default' },
    })
    const checks = await checksOf(collecting)
    expect(summary(checks).slice(2)).toEqual([
      'cloud warning',
      'token ok',
      'clock ok',
      'scope failed',
    ])
    expect(checks.at(-1)).toMatchObject({
      failure: 'access',
      message: expect.stringContaining('wrong audience'),
      hint: expect.stringContaining('LEDGER_ARM_SCOPE'),
      missing: [],
    })
  })
})
