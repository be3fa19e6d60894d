/**
 * The estate on which programs are compared, and what goes wrong on it. The same for whoever asks:
 * the simulator, and the one who checks the answers against the truth.
 */

import type { Estate } from '../../src/simulator/estate.ts'
import { createEstate } from '../../src/simulator/seeded-estate.ts'

export interface BadDay {
  estate: Estate
  /** A subscription that may not be read. */
  denied: string
  /** Hosts, by their ARM id. */
  bareArrays: string[]
  paged: string[]
  slow: string
}

export function badDay(): BadDay {
  const estate = createEstate({
    subscriptions: 10,
    hosts: 1000,
    states: 'enabled',
    steadySessions: 5,
  })
  const { hosts, subscriptions } = estate
  const every = (rest: number) =>
    hosts.filter((_, index) => index % 10 === rest).map(({ hostId }) => hostId)
  const last = subscriptions.at(-1)
  const first = hosts.find(({ subscriptionId }) => subscriptionId !== last?.subscriptionId)
  if (!last || !first) throw new Error('The estate is empty')
  return {
    estate,
    denied: last.subscriptionId,
    bareArrays: every(3),
    paged: every(7),
    slow: first.hostId,
  }
}
