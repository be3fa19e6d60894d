/**
 * Stored runs: the files that a question may read, one by one, settled before it is asked.
 */

import type { LocalOptions, Store } from '../domain/edges.ts'
import type { Damage } from './damage.ts'
import { runPaths } from './paths.ts'
import type { Reach } from './reach.ts'
import type { ViewFiles } from './views.ts'

export type FileKind = 'record' | 'snapshots' | 'polls'

export interface RunFile {
  /** In the store. */
  path: string
  /** On this machine. */
  file: string
}

/** A run's files, as far as they are asked for. */
export type StoredRun = Partial<Record<FileKind, RunFile>> & { runId: string }

export const KINDS = ['record', 'snapshots', 'polls'] as const

export interface BringOptions extends Omit<LocalOptions, 'doubted'> {
  /** A folder of this machine, for what is stored elsewhere (see `Store.local`). */
  folder: string
}

/**
 * Where these runs' files are, as far as the reach goes. They need not be there, or whole: see
 * damage.ts.
 */
export async function storedRuns(
  store: Store,
  runIds: readonly string[],
  reach: Reach,
  { folder, ...options }: BringOptions,
): Promise<StoredRun[]> {
  const runs = runIds.map((runId) => ({ runId, kinds: kindsOf(runId, reach) }))
  const paths = runs.flatMap(({ runId, kinds }) => kinds.map((kind) => runPaths(runId)[kind]))
  const local = await store.local(paths, folder, options)
  let next = 0
  return runs.map(({ runId, kinds }) => {
    const run: StoredRun = { runId }
    for (const kind of kinds) {
      run[kind] = { path: paths[next] ?? '', file: local[next] ?? '' }
      next += 1
    }
    return run
  })
}

function kindsOf(runId: string, reach: Reach): FileKind[] {
  return KINDS.filter((kind) => {
    const range = reach[kind]
    return range !== undefined && runId >= range.from && runId <= range.to
  })
}

/** The paths of all that was asked for. */
export function pathsOf(runs: readonly StoredRun[]): string[] {
  return runs.flatMap((run) => KINDS.flatMap((kind) => run[kind]?.path ?? []))
}

// 16 shards of a run every 5 minutes are 4,608 a day.
const MOST_RECENT = 5000

/** The runs of the last day, counted back from the newest. */
export function recentRuns(runIds: readonly string[]): string[] {
  const newest = runIds.at(-1)
  if (newest === undefined) return []
  const from = dayBefore(newest)
  return runIds.slice(-MOST_RECENT).filter((runId) => runId >= from)
}

/** The id of the slot 24 hours before a run's. */
function dayBefore(runId: string): string {
  const [, year, month, day, time] = /^(\d{4})(\d{2})(\d{2})(T\d{6}Z)/.exec(runId) ?? []
  const before = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day) - 1))
  return `${before.toISOString().slice(0, 10).replaceAll('-', '')}${time}`
}

/**
 * The files of these runs, without the damaged ones.
 *
 * @param recentFrom The first run of the last day.
 */
export function viewFiles(
  runs: readonly StoredRun[],
  damage: Damage,
  recentFrom: string,
): ViewFiles {
  const whole = (some: readonly StoredRun[], kind: FileKind) =>
    some.flatMap(({ [kind]: one }) => (one && !damage.has(one.path) ? [one.file] : []))
  const lists = (some: readonly StoredRun[]) => ({
    records: whole(some, 'record'),
    snapshots: whole(some, 'snapshots'),
    polls: whole(some, 'polls'),
  })
  return { ...lists(runs), recent: lists(runs.filter(({ runId }) => runId >= recentFrom)) }
}
