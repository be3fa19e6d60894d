/** A warehouse that is watched, over time: its clock is set, and everything it says is kept. */

import { join } from 'node:path'

import type { Clock } from '../../src/domain/edges.ts'
import type { Delivery, Notice, Notifier } from '../../src/domain/notice.ts'
import type { Rule } from '../../src/domain/rule.ts'
import { NO_SILENCES, type Silences } from '../../src/domain/silence.ts'
import type { AlertLog, RuleBook } from '../../src/domain/watch-edges.ts'
import { watch, type Watched, type WatchEdges } from '../../src/jobs/watch.ts'
import { openFolder, scratchOf } from '../../src/storage/folder.ts'
import { textDigest } from '../../src/system/checksum.ts'
import { openAlertLog } from '../../src/warehouse/alert-log.ts'
import { openQueries } from '../../src/warehouse/queries.ts'
import { fixedDice } from '../fakes.ts'
import { openWarehouse, type TempWarehouse, tempFolder } from '../warehouse/temp-warehouse.ts'

export const INTERVAL_MS = 300_000
const VERSION = '0.0.0'

// So that no two that watch have the same name.
let opened = 0

export interface WatchedWarehouse extends Omit<TempWarehouse, 'clock'> {
  edges: WatchEdges
  /** Sets the time, and watches. */
  watchAt(at: string): Promise<Watched>
  setTime(at: string): void
}

export interface WatchedOptions {
  rules: readonly Rule[]
  /** May change between two watches. */
  silences?: () => Silences
  notifiers?: readonly Notifier[]
  /** (default: the folder) */
  location?: string
  /** (default: the same every time, but not of two that watch) */
  dice?: () => number
  /** Put between the watch and its records. */
  wrapLog?: (log: AlertLog) => AlertLog
}

export async function watchedWarehouse(options: WatchedOptions): Promise<WatchedWarehouse> {
  const folder = await tempFolder()
  const root = join(folder.root, 'warehouse')
  const watched = openWatched(root, options)
  return {
    ...openWarehouse(root),
    ...watched,
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  }
}

/** The same warehouse for one that watches, as another process would open it. */
export function openWatched(
  root: string,
  {
    rules,
    silences = () => NO_SILENCES,
    notifiers = [],
    location = root,
    dice,
    wrapLog = (log) => log,
  }: WatchedOptions,
) {
  opened += 1
  const share = opened / 1000
  let now = new Date('2026-11-23T12:00:00Z')
  const clock: Clock = { now: () => now, sleep: async () => undefined }
  const store = openFolder(root)
  const ruleBook: RuleBook = {
    rules: async () => [...rules],
    silences: async () => silences(),
  }
  const edges: WatchEdges = {
    clock,
    dice: dice ? { roll: dice } : fixedDice(share),
    queries: openQueries(
      { store, clock },
      {
        scratch: scratchOf(root),
        memoryLimitBytes: 512e6,
        queryTimeoutMs: 60_000,
        intervalMs: INTERVAL_MS,
      },
    ),
    ruleBook,
    alertLog: wrapLog(openAlertLog(store, location)),
    notifiers,
    digest: textDigest,
    version: VERSION,
  }
  const setTime = (at: string) => {
    now = new Date(at)
  }
  return {
    edges,
    setTime,
    watchAt(at: string) {
      setTime(at)
      return watch(edges, { intervalMs: INTERVAL_MS })
    },
  }
}

/** A rule over every session that is on, by its target. */
export function ruleOf(overrides: Partial<Rule> = {}): Rule {
  return {
    name: 'on',
    title: 'Somebody is on',
    severity: 'medium',
    description: 'Somebody is on.',
    tags: [],
    sql:
      'SELECT host_id, session_id, first_seen_at, user_name, target_host_name, ' +
      "user_name || ' on ' || target_host_name AS summary FROM sessions " +
      "WHERE state IN ('active', 'ending')",
    labels: ['host_id', 'session_id', 'first_seen_at'],
    host: 'host_id',
    forMs: 0,
    keepFiringForMs: 0,
    repeatMs: 4 * 3_600_000,
    enabled: true,
    parameters: {},
    inhibitedBy: [],
    ...overrides,
  }
}

/** A destination in memory, which answers as it is told. */
export function inbox(
  answer: (notice: Notice, tried: number) => Delivery = () => ({ outcome: 'delivered' }),
  overrides: Partial<Notifier> = {},
): Notifier & { got: Notice[]; tried: Notice[] } {
  const got: Notice[] = []
  const tried: Notice[] = []
  return {
    name: 'webhook',
    got,
    tried,
    async send(notice, signal) {
      signal.throwIfAborted()
      tried.push(notice)
      const delivery = answer(notice, tried.length)
      if (delivery.outcome === 'delivered') got.push(notice)
      return delivery
    },
    ...overrides,
  }
}

/** What happened, in short: `firing on`. */
export function happened({ changed }: Pick<Watched, 'changed'>): string[] {
  return changed.map(({ event, summary }) => `${event} ${summary}`)
}

/** What a receiver was told, in short. */
export function told(notices: readonly Notice[]): string[][] {
  return notices.map(({ alerts }) => alerts.map(({ state, summary }) => `${state} ${summary}`))
}
