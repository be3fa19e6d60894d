/**
 * A whole collector on a simulated Azure: the real wiring, over HTTPS and the SDK, into a temporary
 * folder.
 */

import { join } from 'node:path'

import { connect, type Connection } from '../../src/connect.ts'
import type { Clock } from '../../src/domain/edges.ts'
import { parseSettings } from '../../src/domain/parse-settings.ts'
import type { SettingName, Settings } from '../../src/domain/settings.ts'
import { collect, type CollectOptions, type CollectResult } from '../../src/jobs/collect.ts'
import {
  startSimulator,
  type Simulator,
  type SimulatorOptions,
} from '../../src/simulator/simulator.ts'
import { tempFolder } from '../warehouse/temp-warehouse.ts'

export interface CollectingOptions extends SimulatorOptions {
  /** As a person would write them; bounds that a test can wait for are filled in. */
  settings?: Partial<Record<SettingName, string>>
  /** What the collector lives by (default the real time). */
  collectorClock?: Clock
}

export interface Collecting extends AsyncDisposable {
  simulator: Simulator
  settings: Settings
  connection: Connection
  /** The warehouse's folder; it begins to exist with the first run. */
  root: string
  collect(options?: Partial<CollectOptions>): Promise<CollectResult>
}

const QUICK: Partial<Record<SettingName, string>> = {
  concurrency: '8',
  requestTimeoutMs: '2s',
  hostTimeoutMs: '10s',
  maxRetries: '1',
  maxRetryAfterMs: '5s',
  maxResponseBytes: '1MiB',
  runDeadlineMs: '60s',
}

/** The first slot of the tests' day. */
export const SLOT = new Date('2026-11-23T09:00:00Z')

/** The slot that begins so many intervals of five minutes later. */
export function slotAfter(intervals: number): Date {
  return new Date(SLOT.getTime() + intervals * 300_000)
}

/** Starts both sides. */
export async function openCollecting({
  settings: given = {},
  collectorClock,
  ...simulated
}: CollectingOptions = {}): Promise<Collecting> {
  await using opened = new AsyncDisposableStack()
  const folder = opened.use(await tempFolder())
  const simulator = opened.use(await startSimulator(simulated))
  // The credential looks for the identity endpoint in the environment, as on a real machine.
  const { IDENTITY_ENDPOINT, IDENTITY_HEADER, ...ledger } = simulator.env
  Object.assign(process.env, { IDENTITY_ENDPOINT, IDENTITY_HEADER })
  const root = join(folder.root, 'warehouse')
  const settings = parseSettings(ledger, { ...QUICK, ...given, warehouse: root })
  const collecting = opened.use(startCollecting(simulator, settings, collectorClock))
  const running = opened.move()
  return { ...collecting, [Symbol.asyncDispose]: () => running.disposeAsync() }
}

/** One more collector beside another, as a second process would be. */
export function openBeside({ simulator, settings }: Collecting): Collecting {
  return startCollecting(simulator, settings, undefined)
}

function startCollecting(
  simulator: Simulator,
  settings: Settings,
  clock: Clock | undefined,
): Collecting {
  const connection = connect(settings, {
    ca: simulator.ca,
    ...(clock === undefined ? {} : { clock }),
  })
  const { subscriptions: include, excludeSubscriptions: exclude, runDeadlineMs } = settings
  return {
    simulator,
    settings,
    connection,
    root: settings.warehouse,
    collect: (options = {}) =>
      collect(connection, {
        scheduledFor: SLOT,
        filter: { include, exclude },
        runDeadlineMs,
        ...options,
      }),
    [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose](),
  }
}
