/**
 * The simulator as a process of its own, so that its work is not measured with its client's.
 *
 *     node src/simulator/serve.ts '{"estate":{"hosts":1000},"latency":{"minMs":20,"maxMs":40}}'
 *
 * It prints one line of JSON (`endpoint`, `foreignEndpoint`, `env`, `ca`, `estate`), then serves
 * until its input ends or SIGTERM comes. It takes one command a line, and answers each with one
 * line of JSON: `counters`, `reset`, `clear`, `revoke`, `exit`, and
 * `fault {"entry":"503 twice","host":"/subscriptions/…"}`.
 */

import { once } from 'node:events'
import { createInterface } from 'node:readline'

import { z } from 'zod'

import { CATALOGUE } from './catalogue.ts'
import { mixAnswers } from './mixed-answers.ts'
import { createEstate } from './seeded-estate.ts'
import { startSimulator, type Simulator } from './simulator.ts'
import { createVirtualClock } from './virtual-clock.ts'

const bucket = z.strictObject({ capacity: z.number(), perSecond: z.number() })

const optionsSchema = z.strictObject({
  estate: z
    .strictObject({
      seed: z.number().optional(),
      subscriptions: z.number().optional(),
      hosts: z.number().optional(),
      states: z.enum(['mixed', 'enabled']).optional(),
      sessionsPerHostDay: z.number().optional(),
      steadySessions: z.number().optional(),
      churn: z.number().optional(),
      churnFrom: z.coerce.date().optional(),
    })
    .default({}),
  clock: z
    .strictObject({ startAt: z.coerce.date().optional(), speed: z.number().optional() })
    .optional(),
  /** How healthy hosts answer (default `value`). */
  forms: z.enum(['value', 'mixed']).default('value'),
  pageSize: z.number().optional(),
  tokenLifetimeMs: z.number().optional(),
  latency: z
    .strictObject({ minMs: z.number(), maxMs: z.number(), seed: z.number().optional() })
    .optional(),
  throttle: z
    .strictObject({
      reads: bucket.optional(),
      writes: bucket.optional(),
      networkWritesPer5Mins: z.number().optional(),
    })
    .nullish(),
})

const faultSchema = z.strictObject({
  entry: z.enum(Object.keys(CATALOGUE)),
  host: z.string().optional(),
  subscription: z.string().optional(),
  chance: z.number().optional(),
  times: z.number().optional(),
})

const catalogue = new Map(Object.entries(CATALOGUE))

function run(simulator: Simulator, command: string): unknown {
  try {
    return obey(simulator, command)
  } catch (error) {
    return { error: String(error) }
  }
}

function obey(simulator: Simulator, command: string): unknown {
  const [verb = '', ...rest] = command.trim().split(' ')
  switch (verb) {
    case 'counters':
      return simulator.counters.read()
    case 'reset':
      simulator.counters.reset()
      return {}
    case 'clear':
      simulator.faults.clear()
      return {}
    case 'revoke':
      simulator.tokens.revokeAll()
      return {}
    case 'fault': {
      const { entry, ...limits } = faultSchema.parse(JSON.parse(rest.join(' ')))
      const faults = catalogue.get(entry)?.faults ?? []
      for (const fault of faults) simulator.faults.add({ ...fault, ...limits })
      return { added: faults.length }
    }
    default:
      return { error: `Cannot do ${JSON.stringify(verb)}` }
  }
}

function print(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`)
}

const { estate, clock, forms, ...options } = optionsSchema.parse(
  JSON.parse(process.argv[2] ?? '{}'),
)
await using simulator = await startSimulator({
  ...options,
  estate: createEstate(estate),
  ...(clock && { clock: createVirtualClock(clock) }),
  ...(forms === 'mixed' && { answerOf: mixAnswers(estate.seed) }),
})
const lines = createInterface({ input: process.stdin })
lines.on('line', (line) => {
  if (line.trim() === 'exit') lines.close()
  else if (line.trim() !== '') print(run(simulator, line))
})
process.once('SIGTERM', () => lines.close())
process.once('SIGINT', () => lines.close())
const { endpoint, foreignEndpoint, env, ca } = simulator
print({
  endpoint,
  foreignEndpoint,
  env,
  ca,
  estate: {
    subscriptions: simulator.estate.subscriptions.length,
    hosts: simulator.estate.hosts.length,
  },
})

await once(lines, 'close')
// An input that stays open must not keep the process.
process.stdin.destroy()
