/**
 * Kept view: the view `sessions` over kept files alone.
 *
 * Where all that it stands on was kept by earlier questions, and still is what it was, a question on
 * sessions needs no plan, and no other view: one list of files has its rows.
 */

import { setImmediate as pause } from 'node:timers/promises'

import type { Store } from '../domain/edges.ts'
import { LATE_DAYS, type Catalog } from './catalog.ts'
import { checkEnds } from './damage.ts'
import { confinement, LOCK_SETTINGS } from './guard.ts'
import type { KeepingPlace } from './kept-files.ts'
import { findEnded, forgetEnded, inPlace } from './kept-ended.ts'
import { findLiveRows, forgetLiveRows, LEAST_RUNS } from './kept-sessions.ts'
import { ALL_RUNS, type Reach, wholeReach } from './reach.ts'
import type { QuestionEngine, Reader } from './reader.ts'
import {
  isWithin,
  storedFiles,
  viewFiles,
  type BringOptions,
  type StoredPart,
} from './stored-files.ts'
import { APART, LIVE_ROWS } from './view-list.ts'
import { sessionsOver } from './views.ts'

export interface KeptView {
  /** The ledger's files that it was made of. */
  parts: readonly StoredPart[]
  /**
   * The files that have its rows, as far as a question reaches.
   *
   * @param reach null where it may reach all.
   * @returns null where one of them may be damaged.
   */
  files(reach: Reach | null): string[] | null
  /** Removes what is kept: it may be damaged. */
  forget(): Promise<void>
}

const CLOSED = wholeReach(['raw.closed_sessions'])
const LIVE = wholeReach([...APART[LIVE_ROWS], LIVE_ROWS])
// So many daily files are opened sooner than all that is kept is read.
const MOST_OPENED = 62
const MOST_OPENED_SHARE = 1 / 4

/**
 * Finds what is kept for the view. Every so often it lets others go on: an engine that starts.
 *
 * @returns null where something is missing, or any file that counts may be damaged.
 */
export async function findKeptView(
  store: Store,
  catalog: Catalog,
  place: KeepingPlace,
  bring: BringOptions,
): Promise<KeptView | null> {
  if (catalog.damage.length > 0 || catalog.runIds.length < LEAST_RUNS) return null
  await pause()
  const closed = await storedFiles(store, { ...catalog, runIds: [] }, CLOSED, bring)
  const days = closed.map(({ id, files }) => ({ date: id, file: files.sessions?.file ?? null }))
  const ended = await findEnded(place, days)
  if (ended === null) return null
  await pause()
  // The live rows are made of no older days, whatever there is of them.
  const recent = { ...catalog, days: catalog.days.slice(-LATE_DAYS) }
  const parts = await storedFiles(store, recent, LIVE, bring)
  const files = viewFiles(parts, new Map(), { catalog: recent, reach: LIVE })
  await pause()
  const live = await findLiveRows(place, files)
  if (live === null) return null
  return {
    parts: [...closed, ...parts],
    files(reach) {
      const range = reach === null ? ALL_RUNS : reach['raw.closed_sessions']
      const reached = days.filter(
        ({ date: id }) => range !== undefined && isWithin({ id, isDay: true }, range),
      )
      const daily = reached.flatMap(({ file }) => file ?? [])
      const areFew = daily.length <= Math.min(MOST_OPENED, days.length * MOST_OPENED_SHARE)
      // The first is opened twice more, for its columns: so the smallest.
      const read = [live, ...(areFew ? daily : inPlace(daily, ended))]
      return checkEnds(partsIn(closed, new Set(read))).size > 0 ? null : read
    },
    async forget() {
      await forgetEnded(place, days)
      await forgetLiveRows(place, files)
    },
  }
}

/** Makes the view in an engine that has none, and locks it. */
export async function putKeptView(
  { connection }: QuestionEngine,
  files: readonly string[],
  place: KeepingPlace,
): Promise<void> {
  await connection.run([sessionsOver(files), confinement(place), LOCK_SETTINGS].join(';\n'))
}

/** Puts the view in the place of that of a reader, and locks it. */
export async function replaceView({ connection }: Reader, files: readonly string[]): Promise<void> {
  await connection.run(['DROP VIEW sessions', sessionsOver(files), LOCK_SETTINGS].join(';\n'))
}

/** The days of which the daily file itself is read. */
function partsIn(closed: readonly StoredPart[], read: ReadonlySet<string>): StoredPart[] {
  return closed.filter(({ files }) => files.sessions && read.has(files.sessions.file))
}
