/**
 * Patience: whether anything is asked before Azure allows it, while buckets run empty and more 429s
 * than that come, with and without a `Retry-After`.
 */

import { z } from 'zod'

import { runProgram, startAzure } from '../azure.ts'

const COLLECTOR = new URL('./collector.ts', import.meta.url)
const FAULTS = [
  { entry: '429 once, seconds', chance: 0.02, times: 10 },
  { entry: '429 once, HTTP date', chance: 0.02, times: 10 },
  { entry: '429 once, without Retry-After', chance: 0.02, times: 10 },
  { entry: '503 twice', chance: 0.02, times: 10 },
]

const counters = z.object({
  total: z.number(),
  throttled: z.number(),
  early: z.number(),
  mostInFlight: z.number(),
})

export type Patience = z.infer<typeof counters>

/** Collects 1,000 hosts of ten subscriptions, one of which has more hosts than its bucket holds. */
export async function measurePatience(): Promise<Patience> {
  await using azure = await startAzure({
    estate: { hosts: 1000, subscriptions: 10, states: 'enabled', steadySessions: 5 },
    latency: { minMs: 20, maxMs: 20 },
    throttle: {},
  })
  for (const fault of FAULTS) await azure.say(`fault ${JSON.stringify(fault)}`)
  await runProgram(COLLECTOR, azure, { rounds: 1, keep: true })
  return counters.parse(await azure.say('counters'))
}
