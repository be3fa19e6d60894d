import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'

import { LedgerError } from '../../src/domain/errors.ts'
import { createEstateByHand } from '../../src/simulator/estate-by-hand.ts'
import type { Fault } from '../../src/simulator/faults.ts'
import { startSimulator, type Simulator } from '../../src/simulator/simulator.ts'
import { openSimulated } from '../simulated.ts'

const estate = createEstateByHand(
  ['Hub', 'Prod', 'Dev', 'Other'].map((name) => ({ name, hosts: [] })),
)
const [hub = '', prod = '', dev = ''] = estate.subscriptions.map((one) => one.subscriptionId)
const never = new AbortController().signal

let simulator: Simulator
beforeAll(async () => {
  simulator = await startSimulator({
    estate,
    pageSize: 2,
    groups: [
      { id: 'platform', name: 'Platform', subscriptions: [hub] },
      { id: 'landing', parent: 'platform', subscriptions: [prod.toUpperCase()] },
      { id: 'landing(eu)', parent: 'landing', subscriptions: [dev] },
      { id: 'empty', parent: 'platform' },
    ],
  })
})
afterAll(() => simulator[Symbol.asyncDispose]())
afterEach(() => {
  simulator.faults.clear()
  simulator.hidden.clear()
})

async function list(group: string, fault?: Fault) {
  if (fault) simulator.faults.add({ request: 'descendants', ...fault })
  using source = openSimulated(simulator)
  return await source.listGroup(group, never)
}

async function failure(group: string, fault?: Fault): Promise<LedgerError> {
  const error: unknown = await list(group, fault).catch((reason: unknown) => reason)
  if (error instanceof LedgerError) return error
  throw new Error(`It gave ${JSON.stringify(error)}`)
}

describe('listGroup', () => {
  it('lists the subscriptions at every depth, over all pages, and no groups', async () => {
    expect(await list('Platform')).toEqual([
      { subscriptionId: hub, name: 'Hub' },
      { subscriptionId: prod, name: 'Prod' },
      { subscriptionId: dev, name: 'Dev' },
    ])
    expect(await list('landing(eu)')).toEqual([{ subscriptionId: dev, name: 'Dev' }])
    expect(await list('empty')).toEqual([])
  })

  it('lists those that the identity does not see, too', async () => {
    simulator.hidden.add(prod)
    expect(await list('platform')).toHaveLength(3)
  })

  it('names the missing role where it is refused, and where there is no such group', async () => {
    const { code, message, hint } = await failure('nowhere')
    expect(code).toBe('no_permission')
    expect(message).toMatch(/^Cannot list the management group "nowhere": .*descendants\/read/)
    expect(hint).toContain("--role 'Management Group Reader'")
    expect(hint).toContain('--scope /providers/Microsoft.Management/managementGroups/nowhere')
  })

  it.each<[string, string, Fault]>([
    ['a server error', 'unreachable', { answer: { kind: 'error', status: 500, retryAfter: 0 } }],
    ['no list', 'unreachable', { answer: { kind: 'raw', body: '{}' } }],
    ['an item without an id', 'unreachable', { answer: { kind: 'raw', body: '[{"name":"x"}]' } }],
    ['a link elsewhere', 'unreachable', { answer: { kind: 'paged', last: 'foreign' } }],
    ['a refused token', 'no_permission', { answer: { kind: 'error', status: 401 } }],
  ])('never takes a part for the whole: %s', async (_, code, fault) => {
    expect((await failure('platform', fault)).code).toBe(code)
    expect(simulator.counters.read().tokensLeaked).toBe(0)
  })

  it('fails as a whole when one page fails', async () => {
    simulator.faults.add({ request: 'page', answer: { kind: 'error', status: 403 } })
    expect((await failure('platform')).code).toBe('no_permission')
  })
})
