/**
 * The alert log: the records of watching, numbered, each in a file of its own that is created once.
 *
 * They lie in folders of a thousand, so that the newest is found among a thousand names at most,
 * however many years there are.
 */

import type { Store } from '../domain/edges.ts'
import { LedgerError } from '../domain/errors.ts'
import type { AlertLog } from '../domain/watch-edges.ts'
import {
  afterRecord,
  CHECKPOINT_EVERY,
  NO_STATE,
  watchRecord,
  type WatchRecord,
} from '../domain/watch-record.ts'
import { ALERTS, alertPath, alertNumberOf } from './paths.ts'

/**
 * Opens the log. Nothing is read before it is asked for.
 *
 * @param location Of the warehouse: the same wherever it is opened from.
 */
export function openAlertLog(store: Store, location: string): AlertLog {
  return {
    location,
    async latest() {
      const number = await newest(store)
      if (number === 0) return NO_STATE
      const first = Math.max(1, number - (number % CHECKPOINT_EVERY))
      const numbers = Array.from({ length: number - first + 1 }, (_, index) => first + index)
      const records = await Promise.all(numbers.map((one) => readRecord(store, one)))
      return records.reduce(afterRecord, NO_STATE)
    },
    async append(record) {
      const text = `${JSON.stringify(record)}\n`
      return (await store.create(alertPath(record.number), { text })) === 'created'
    },
  }
}

/** The number of the newest record; 0 where there is none. */
async function newest(store: Store): Promise<number> {
  const folder = (await store.folders(ALERTS)).filter((name) => /^\d{9}$/.test(name)).at(-1)
  if (folder === undefined) return 0
  let last = 0
  for await (const path of store.list(`${ALERTS}${folder}/`)) {
    last = Math.max(last, alertNumberOf(path) ?? 0)
  }
  return last
}

async function readRecord(store: Store, number: number): Promise<WatchRecord> {
  const path = alertPath(number)
  const bytes = await store.read(path)
  const record = bytes && parseWatchRecord(bytes)
  if (record?.number === number) return record
  throw new LedgerError(
    'damaged',
    `Cannot read "${path}": ${bytes ? 'it is no record of alerts' : 'it is missing'}`,
    { hint: 'Without it nobody knows which alerts fire and which notices are sent' },
  )
}

/** @returns null where it is no record: cut, or altered. */
export function parseWatchRecord(bytes: Uint8Array | undefined): WatchRecord | null {
  try {
    return watchRecord.safeParse(JSON.parse(new TextDecoder().decode(bytes))).data ?? null
  } catch {
    return null
  }
}
