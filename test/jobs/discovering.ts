/** A collector whose way of finding hosts is looked at. */

import type { Dice } from '../../src/domain/edges.ts'
import { collect, type CollectOptions } from '../../src/jobs/collect.ts'
import { createEstateByHand } from '../../src/simulator/estate-by-hand.ts'
import type { SimulatorOptions } from '../../src/simulator/simulator.ts'
import { openCollecting, slotAfter, type Collecting } from '../end-to-end/collecting.ts'
import { fixedDice } from '../fakes.ts'
import { ask } from '../warehouse/temp-warehouse.ts'

export const everything = { include: [], exclude: [] }

/** Subscriptions `Hub` (2 hosts), `Prod` (1) and `Empty`. */
export function threeSubscriptions() {
  return createEstateByHand([
    { name: 'Hub', hosts: [{ name: 'hub-1' }, { name: 'hub-2' }] },
    { name: 'Prod', hosts: [{ name: 'prod-1' }] },
    { name: 'Empty', hosts: [] },
  ])
}

export interface Collector extends Collecting {
  ids: readonly string[]
  /** Collects a slot; by default by Resource Manager, and so that the dice spare Resource Graph. */
  run(
    slot: number,
    options?: Partial<CollectOptions> & { dice?: Dice },
  ): Promise<{
    outcome: string | undefined
    /** Name, outcome, list and number of hosts of each subscription. */
    subscriptions: unknown[]
    hosts: string[]
    unmatched: string[]
  }>
}

export async function openDiscovering(options: SimulatorOptions = {}): Promise<Collector> {
  const collecting = await openCollecting({ estate: threeSubscriptions(), ...options })
  const { connection, simulator } = collecting
  return {
    ...collecting,
    ids: simulator.estate.subscriptions.map(({ subscriptionId }) => subscriptionId),
    async run(slot, { dice = fixedDice(0.5), ...rest } = {}) {
      const edges = { ...connection, dice }
      const { run, unmatched } = await collect(edges, {
        scheduledFor: slotAfter(slot),
        filter: everything,
        ...rest,
      })
      const { rows } = await ask(
        connection,
        `SELECT host_name FROM polls WHERE run_id = '${run?.run_id}' ORDER BY ALL`,
      )
      return {
        outcome: run?.outcome,
        subscriptions: (run?.subscriptions ?? []).map((one) => [
          one.name,
          one.outcome,
          one.listed_by,
          one.hosts,
        ]),
        hosts: rows.map(({ host_name }) => (typeof host_name === 'string' ? host_name : '')),
        unmatched,
      }
    },
  }
}
