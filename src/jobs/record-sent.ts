/**
 * Recording what came of notices, after whatever was recorded meanwhile.
 */

import type { Clock } from '../domain/edges.ts'
import { LedgerError } from '../domain/errors.ts'
import type { NoticeRecord } from '../domain/notice.ts'
import { formatTime } from '../domain/time.ts'
import type { AlertLog } from '../domain/watch-edges.ts'
import { nextRecord, type WatchState } from '../domain/watch-record.ts'

const MOST_APPENDS = 50
const WAIT_MS = 20

/**
 * Records notices as they are now.
 *
 * @param state The last that is known.
 * @returns How many still wait.
 * @throws {LedgerError} `storage`
 */
export async function recordSent(
  { clock, alertLog, version }: { clock: Clock; alertLog: AlertLog; version: string },
  state: WatchState,
  notices: readonly NoticeRecord[],
  by: string,
): Promise<number> {
  let last = state
  for (let tried = 1; ; tried += 1) {
    // One that somebody else finished meanwhile is finished.
    const ours = notices.filter(({ key }) => last.notices.has(key))
    if (ours.length === 0) return last.notices.size
    const { record, next } = nextRecord(last, {
      ledger: alertLog.location,
      recorded_at: formatTime(clock.now()),
      watcher: by,
      version,
      warnings: [],
      failed_rules: [],
      alerts: [],
      notices: ours,
    })
    if (await alertLog.append(record)) return next.notices.size
    if (tried === MOST_APPENDS) {
      throw new LedgerError(
        'storage',
        `Cannot record in "${alertLog.location}" what was sent: another record was first ${tried} times`,
        { hint: 'What was sent is sent again, with the same key' },
      )
    }
    await clock.sleep(WAIT_MS * tried)
    last = await alertLog.latest()
  }
}
