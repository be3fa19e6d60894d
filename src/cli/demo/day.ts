/**
 * The demo's day: a simulated Azure, asked in every slot through HTTPS and the SDK, as the real one
 * would be.
 */

import { connect, type Connection } from '../../connect.ts'
import { parseSettings } from '../../domain/parse-settings.ts'
import type { Settings } from '../../domain/settings.ts'
import { collect, type CollectResult } from '../../jobs/collect.ts'
import { mixAnswers } from '../../simulator/mixed-answers.ts'
import { startSimulator } from '../../simulator/simulator.ts'
import { createVirtualClock, type VirtualClock } from '../../simulator/virtual-clock.ts'
import { demoEstate, demoMishaps } from './estate.ts'

/** Fast enough for waits of a minute, slow enough for time-outs to be about the network. */
const SPEED = 30
// A jump of the clock must not outlive a token.
const YEAR_MS = 365 * 86_400_000

export interface DemoDay extends AsyncDisposable {
  connection: Connection
  settings: Settings
  clock: VirtualClock
  /** Lives the day, slot by slot. */
  runs(signal: AbortSignal): AsyncIterable<{ slot: Date; result: CollectResult }>
}

export interface DemoDayOptions {
  warehouse: string
  from: Date
  /** The last slot begins before it. */
  to: Date
  /** Where the identity endpoint is named: the environment of this process. */
  env: Record<string, string | undefined>
}

/** Starts the demo's Azure at the beginning of its day. */
export async function openDemoDay({ warehouse, from, to, env }: DemoDayOptions): Promise<DemoDay> {
  await using opened = new AsyncDisposableStack()
  const clock = createVirtualClock({ startAt: from, speed: SPEED })
  const estate = demoEstate()
  const simulator = opened.use(
    await startSimulator({
      estate,
      clock,
      throttle: {},
      answerOf: mixAnswers(1),
      tokenLifetimeMs: YEAR_MS,
    }),
  )
  for (const fault of demoMishaps(estate, from)) simulator.faults.add(fault)

  // The credential looks for the identity endpoint in the environment, as on a real machine.
  const { IDENTITY_ENDPOINT, IDENTITY_HEADER, ...ledger } = simulator.env
  Object.assign(env, { IDENTITY_ENDPOINT, IDENTITY_HEADER })
  const settings = parseSettings(ledger, { warehouse })
  const connection = opened.use(connect(settings, { clock, ca: simulator.ca }))
  const running = opened.move()
  return {
    connection,
    settings,
    clock,
    async *runs(signal) {
      const stepMs = settings.intervalMs
      for (let slotMs = from.getTime(); slotMs < to.getTime(); slotMs += stepMs) {
        const slot = new Date(slotMs)
        if (slot > clock.now()) clock.jumpTo(slot)
        const result = await collect(connection, {
          scheduledFor: slot,
          filter: { include: [], exclude: [] },
          runDeadlineMs: settings.runDeadlineMs,
          signal,
        })
        yield { slot, result }
        if (result.interrupted) return
      }
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}
