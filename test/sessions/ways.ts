/** The ways to come to the sessions of some runs, all of which must come to the same. */

import type { SessionRow } from '../../src/domain/session-columns.ts'
import { record, type Recorded } from './recorded.ts'
import { referenceSessions } from './reference.ts'
import type { WeekRun } from './weeks.ts'

export interface Ways extends AsyncDisposable {
  /** Records the runs, for all ways but the first. */
  begin(): Promise<void>
  list: readonly [who: string, read: () => Promise<SessionRow[]>][]
}

/**
 * @param runs The last of them has every host that still exists.
 * @param halfDate The last of the days that are compacted where not all of them are.
 */
export function waysToRead(runs: readonly WeekRun[], halfDate: string): Ways {
  let recorded: Recorded | undefined
  const over = async (read: (from: Recorded) => Promise<SessionRow[]>) => {
    if (!recorded) throw new Error('Nothing is recorded yet')
    return read(recorded)
  }
  return {
    async begin() {
      recorded = await record(runs)
    },
    list: [
      ['the reference', async () => referenceSessions(runs, hostsReadLast(runs))],
      ['SQL over runs', () => over((from) => from.raw())],
      ['SQL over compacted days and runs', () => over((from) => from.compacted(halfDate))],
      ['SQL over compacted days', () => over((from) => from.compacted())],
      ['SQL over days compacted as they ended', () => over((from) => from.grown())],
    ],
    [Symbol.asyncDispose]: async () => recorded?.[Symbol.asyncDispose](),
  }
}

/** The hosts that answered in the last run, which is the latest poll of all that still exist. */
export function hostsReadLast(runs: readonly WeekRun[]): Set<string> {
  const ok = runs.at(-1)?.polls.filter(({ outcome }) => outcome === 'ok')
  return new Set(ok?.map(({ host }) => host.hostId))
}
