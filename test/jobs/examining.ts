/** The checks of `doctor`, of a real connection to a simulated Azure. */

import type { Inspection } from '../../src/domain/edges.ts'
import { armOf, filterOf } from '../../src/domain/settings.ts'
import type { Check } from '../../src/jobs/check.ts'
import { examine } from '../../src/jobs/doctor.ts'
import { createEstateByHand } from '../../src/simulator/estate-by-hand.ts'
import {
  openCollecting,
  type Collecting,
  type CollectingOptions,
} from '../end-to-end/collecting.ts'

export const estate = createEstateByHand([
  { name: 'Hub', hosts: [{ name: 'hub-1' }, { name: 'hub-2' }] },
  { name: 'Prod', hosts: [{ name: 'prod-1' }] },
  { name: 'Empty', hosts: [] },
])
export const [hub = '', prod = '', empty = ''] = estate.subscriptions.map(
  (one) => one.subscriptionId,
)

export function openExamining(options: CollectingOptions = {}): Promise<Collecting> {
  return openCollecting({ estate, ...options })
}

/** All checks, of a real connection to a simulated Azure. */
export async function checksOf(
  { connection, settings }: Collecting,
  given: Partial<Inspection> = {},
  signal = new AbortController().signal,
): Promise<Check[]> {
  const { endpoint, scope } = armOf(settings)
  const edges = { ...connection, inspection: { ...connection.inspection, ...given } }
  const checks: Check[] = []
  for await (const check of examine(edges, {
    version: '0.0.0',
    cloud: { name: settings.cloud, endpoint, scope },
    warehouse: settings.warehouse,
    filter: filterOf(settings),
    discovery: settings.discovery,
    signal,
  })) {
    checks.push(check)
  }
  return checks
}

export function summary(checks: readonly Check[]): string[] {
  return checks.map(({ check, status }) => `${check} ${status}`)
}

export const WELL = ['program ok', 'warehouse ok', 'cloud ok', 'token ok', 'clock ok', 'scope ok']
