/**
 * A simulated Azure on an ordinary bad day, as a process of its own: some hosts answer with bare
 * arrays, some in pages, one takes its time, and one subscription lets nobody in. Buckets are on.
 *
 * Like src/simulator/serve.ts, it says where it is in one line of JSON and serves until its input ends.
 */

import { once } from 'node:events'
import process from 'node:process'

import { startSimulator } from '../../src/simulator/simulator.ts'
import { badDay } from './bad-day.ts'

const { estate, denied, bareArrays, paged, slow } = badDay()
await using simulator = await startSimulator({
  estate,
  latency: { minMs: 20, maxMs: 20 },
  throttle: {},
})
const { faults, env, ca } = simulator
for (const host of bareArrays) faults.add({ host, answer: { kind: 'array' } })
for (const host of paged) faults.add({ host, answer: { kind: 'paged', size: 2 } })
faults.add({ host: slow, delivery: { delayMs: 8000 } })
faults.add({ subscription: denied, request: 'hosts', answer: { kind: 'error', status: 403 } })
faults.add({ subscription: denied, request: 'sessions', answer: { kind: 'error', status: 403 } })
process.stdout.write(`${JSON.stringify({ env, ca })}\n`)
process.stdin.resume()
await once(process.stdin, 'end')
