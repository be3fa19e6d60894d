import { existsSync } from 'node:fs'

import { describe, expect, it } from 'vitest'

import { PRINCIPAL_ID } from '../../src/simulator/tokens.ts'
import { checksOf, empty, estate, hub, openExamining, prod, summary, WELL } from './examining.ts'

describe('examine', () => {
  it('finds everything well, and leaves nothing behind', async () => {
    await using collecting = await openExamining()
    const checks = await checksOf(collecting)
    expect(summary(checks)).toEqual([...WELL, ...Array(3).fill('subscription ok')])
    expect(checks.map(({ message }) => message)).toEqual([
      expect.stringMatching(/^bastion-ledger 0\.0\.0 on Node v\d+\.\d+\.\d+ with DuckDB v1\.\d/),
      expect.stringMatching(/^Warehouse .* can be written and read$/),
      expect.stringContaining(collecting.simulator.scope),
      expect.stringContaining(`for an app, object id ${PRINCIPAL_ID}`),
      'Clock: agrees with Azure to within 5s',
      'Subscriptions: 3 visible, 3 in scope',
      'Subscription Hub: 2 hosts listed, sessions read from hub-1',
      'Subscription Prod: 1 host listed, sessions read from prod-1',
      'Subscription Empty: 0 hosts listed; no host to try whether sessions may be read',
    ])
    expect(checks.find(({ check }) => check === 'token')?.identity?.objectId).toBe(PRINCIPAL_ID)
    expect(existsSync(collecting.root)).toBe(false)
    // One host is asked of each subscription, and nothing is written in Azure.
    expect(collecting.simulator.counters.read().requests.sessions).toBe(2)
  })

  it('never shows a token', async () => {
    await using collecting = await openExamining()
    const { token } = collecting.simulator.tokens.issue(collecting.simulator.endpoint)
    const text = JSON.stringify(await checksOf(collecting))
    expect(text).not.toContain('eyJ')
    expect(text).not.toContain(token.slice(0, 10))
  })

  it('names the action that is missing, for each subscription', async () => {
    await using collecting = await openExamining()
    const { faults } = collecting.simulator
    faults.add({ request: 'hosts', subscription: hub, answer: { kind: 'error', status: 403 } })
    faults.add({ request: 'sessions', subscription: prod, answer: { kind: 'error', status: 403 } })
    const checks = (await checksOf(collecting)).filter(({ check }) => check === 'subscription')
    expect(checks).toMatchObject([
      {
        status: 'failed',
        failure: 'access',
        subscriptionId: hub,
        missing: ['Microsoft.Network/bastionHosts/read'],
      },
      {
        status: 'failed',
        failure: 'access',
        subscriptionId: prod,
        missing: ['Microsoft.Network/bastionHosts/getActiveSessions/action'],
      },
      { status: 'ok', subscriptionId: empty, missing: [] },
    ])
  })

  it('asks another host where one is gone or has no sessions', async () => {
    await using collecting = await openExamining()
    const host = estate.hosts[0]?.armId ?? ''
    collecting.simulator.faults.add({ host, answer: { kind: 'error', status: 404 } })
    const [first] = (await checksOf(collecting)).filter(({ check }) => check === 'subscription')
    expect(first?.message).toContain('sessions read from hub-2')
  })

  it.each([
    [400, 'warning', null, 'no sessions for hosts of this kind'],
    [409, 'failed', 'unread', 'LEDGER_EXCLUDE_SUBSCRIPTIONS'],
    [500, 'failed', 'unread', 'Run this again'],
  ])('says what to do after %d', async (status, expected, failure, hint) => {
    await using collecting = await openExamining()
    collecting.simulator.faults.add({
      request: 'sessions',
      subscription: prod,
      answer: { kind: 'error', status, retryAfter: 0 },
    })
    const checks = await checksOf(collecting)
    expect(checks.find(({ subscriptionId }) => subscriptionId === prod)).toMatchObject({
      status: expected,
      failure,
      hint: expect.stringContaining(hint),
    })
  })

  it('ends the questions to Azure where there is no token', async () => {
    await using collecting = await openExamining()
    collecting.simulator.identity.mode = { status: 400 }
    const checks = await checksOf(collecting)
    expect(summary(checks)).toEqual([...WELL.slice(0, 3), 'token failed'])
    expect(checks.at(-1)).toMatchObject({
      failure: 'access',
      hint: expect.stringContaining('az login'),
    })
  })

  it('ends the questions to Azure where it does not answer', async () => {
    await using collecting = await openExamining()
    await collecting.simulator.disconnect()
    const checks = await checksOf(collecting)
    expect(summary(checks)).toEqual([...WELL.slice(0, 4), 'clock failed'])
    expect(checks.at(-1)).toMatchObject({
      failure: 'unreachable',
      message: expect.stringContaining(collecting.simulator.endpoint),
      hint: expect.stringContaining('proxy'),
    })
  })

  it.each([
    [{ subscriptions: 'nothing-*' }, ['scope warning', 'scope failed']],
    [{ subscriptions: 'hub,typo' }, ['scope warning', 'scope ok', 'subscription ok']],
    [{ excludeSubscriptions: '*' }, ['scope failed']],
    [{ managementGroup: 'nowhere' }, ['scope failed']],
    [
      { subscriptions: 'hub', discovery: 'graph' },
      ['scope ok', 'resource_graph ok', 'subscription ok'],
    ],
  ])('looks at the scope %j', async (settings, expected) => {
    await using collecting = await openExamining({ settings })
    expect(summary(await checksOf(collecting)).slice(5)).toEqual(expected)
  })

  it('says so where the identity sees nothing', async () => {
    await using collecting = await openExamining()
    for (const id of [hub, prod, empty]) collecting.simulator.hidden.add(id)
    expect((await checksOf(collecting)).at(-1)).toMatchObject({
      status: 'failed',
      failure: 'access',
      message: 'This identity sees no subscription',
      missing: expect.arrayContaining(['Microsoft.Network/bastionHosts/getActiveSessions/action']),
    })
  })

  it('warns where Resource Graph cannot help', async () => {
    await using collecting = await openExamining({ settings: { discovery: 'graph' } })
    collecting.simulator.graph.lacks.add(prod)
    const some = (await checksOf(collecting)).find(({ check }) => check === 'resource_graph')
    expect(some).toMatchObject({ status: 'warning', message: expect.stringContaining('2 of 3') })
    collecting.simulator.faults.add({ request: 'graph', answer: { kind: 'error', status: 403 } })
    const none = (await checksOf(collecting)).find(({ check }) => check === 'resource_graph')
    expect(none).toMatchObject({ status: 'warning', message: expect.stringContaining('cannot') })
  })

  it('rejects with the reason when aborted', async () => {
    await using collecting = await openExamining()
    collecting.simulator.faults.add({
      request: 'hosts',
      delivery: { breaks: 'hang-before-headers' },
    })
    const abort = new AbortController()
    const made = checksOf(collecting, {}, abort.signal)
    await expect.poll(() => collecting.simulator.counters.read().requests.hosts).toBeGreaterThan(0)
    const reason = new Error('enough')
    abort.abort(reason)
    await expect(made).rejects.toBe(reason)
  })
})
