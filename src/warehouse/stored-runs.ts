/**
 * Stored runs: the files that a question may read, one by one, settled before it is asked.
 */

import type { Store } from '../domain/edges.ts'
import type { Damage } from './damage.ts'
import { runPaths } from './paths.ts'
import type { ViewFiles } from './views.ts'

export type FileKind = 'record' | 'snapshots' | 'polls'

export interface RunFile {
  /** In the store. */
  path: string
  /** On this machine. */
  file: string
}

export type StoredRun = Record<FileKind, RunFile> & { runId: string }

const KINDS = ['record', 'snapshots', 'polls'] as const

/** Where the files of these runs are. They need not be there, or whole: see damage.ts. */
export async function storedRuns(store: Store, runIds: readonly string[]): Promise<StoredRun[]> {
  const paths = runIds.map(runPaths)
  const local = await store.local(paths.flatMap((run) => KINDS.map((kind) => run[kind])))
  return runIds.map((runId, index) => {
    const at = (kind: FileKind): RunFile => ({
      path: runPaths(runId)[kind],
      file: local[index * KINDS.length + KINDS.indexOf(kind)] ?? '',
    })
    return { runId, record: at('record'), snapshots: at('snapshots'), polls: at('polls') }
  })
}

// 16 shards of a run every 5 minutes are 4,608 a day.
const MOST_RECENT = 5000

/** The runs of the last day, counted back from the newest. */
export function recentRuns<Run extends string | { runId: string }>(runs: readonly Run[]): Run[] {
  const id = (run: Run) => (typeof run === 'string' ? run : run.runId)
  const newest = runs.at(-1)
  if (newest === undefined) return []
  const from = dayBefore(id(newest))
  return runs.slice(-MOST_RECENT).filter((run) => id(run) >= from)
}

/** The id of the slot 24 hours before a run's. */
function dayBefore(runId: string): string {
  const [, year, month, day, time] = /^(\d{4})(\d{2})(\d{2})(T\d{6}Z)/.exec(runId) ?? []
  const before = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day) - 1))
  return `${before.toISOString().slice(0, 10).replaceAll('-', '')}${time}`
}

/** The files of these runs, without the damaged ones. */
export function viewFiles(runs: readonly StoredRun[], damage: Damage): ViewFiles {
  const whole = (some: readonly StoredRun[], kind: FileKind) =>
    some.flatMap((run) => (damage.has(run[kind].path) ? [] : [run[kind].file]))
  const lists = (some: readonly StoredRun[]) => ({
    records: whole(some, 'record'),
    snapshots: whole(some, 'snapshots'),
    polls: whole(some, 'polls'),
  })
  const recent = recentRuns(runs)
  return { ...lists(runs), recent: lists(recent), recentFrom: recent[0]?.runId ?? '' }
}
