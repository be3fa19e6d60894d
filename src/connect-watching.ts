/**
 * What watches: the part of the composition root for rules, alerts and notices.
 */

import { resolve } from 'node:path'

import { openRules } from './connect-rules.ts'
import type { Clock, Dice, Queries, Store } from './domain/edges.ts'
import type { Settings } from './domain/settings.ts'
import { parseBlobAddress } from './domain/warehouse-address.ts'
import type { WatchEdges } from './jobs/watch.ts'
import { openNotifiers } from './notify/open-notifiers.ts'
import type { RuleFiles } from './rules/rule-book.ts'
import { textDigest } from './system/checksum.ts'
import { openAlertLog } from './warehouse/alert-log.ts'

export interface Watching extends WatchEdges {
  ruleBook: RuleFiles
}

export interface WatchingOptions {
  version: string
  /** PEM of certificates that are trusted instead of the system's. */
  ca?: string
}

/** Opens what watches. Nothing is read, and nobody is connected to. */
export function openWatching(
  settings: Settings,
  edges: { clock: Clock; dice: Dice; queries: Queries; store: Store },
  options: WatchingOptions,
): Watching {
  const { clock, dice, queries, store } = edges
  const { warehouse } = settings
  const location = parseBlobAddress(warehouse) ? warehouse : resolve(warehouse)
  return {
    clock,
    dice,
    queries,
    ruleBook: openRules(settings),
    alertLog: openAlertLog(store, location),
    notifiers: openNotifiers(settings, options),
    digest: textDigest,
    version: options.version,
  }
}
