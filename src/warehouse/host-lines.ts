/**
 * The lines of one host's snapshots, as lines.ts writes them, from values that are JSON already.
 *
 * Most polls have the sessions of the one before, and only their durations are others. So all the
 * rest of a line is joined once, and used again until a poll has other sessions.
 */

import { isShared, snapshotColumns } from '../domain/tables.ts'
import { ROWS_A_LINE } from './lines.ts'

/** A host's polls, by the number of their run, in this order. */
export type HostPolls = Map<number, ReadPoll>

export interface ReadPoll {
  /** What its rows share, as JSON without the closing brace. */
  prefix: string
  /** In any order. */
  sessions: ReadSession[]
}

export interface ReadSession {
  id: string
  /**
   * Its values as JSON, in the order of CONSTANT. The same array in two polls says that they are
   * the same there; one that is equal only costs time.
   */
  values: readonly string[]
  duration: string
}

export interface HostLine {
  /** Of the run. */
  number: number
  rows: number
  text: string
}

const LISTED = Object.entries(snapshotColumns).filter(
  ([name]) => name !== 'run_id' && !isShared(name),
)
const DURATION = LISTED.findIndex(([name]) => name === 'session_duration_mins')

/** The columns of a session that are the same in most polls, in the order of a line. */
export const CONSTANT = LISTED.filter((_, index) => index !== DURATION)

/** The lines of a host, one poll after the other. Sorts the sessions of each. */
export function* hostLines(polls: HostPolls): Generator<HostLine, void, undefined> {
  const lineOf = lineWriter()
  for (const [number, { prefix, sessions }] of polls) {
    sessions.sort((one, other) => compare(one.id, other.id))
    for (let from = 0; from < sessions.length; from += ROWS_A_LINE) {
      const some = sessions.slice(from, from + ROWS_A_LINE)
      yield { number, rows: some.length, text: lineOf(prefix, some) }
    }
  }
}

function lineWriter(): (prefix: string, sessions: readonly ReadSession[]) => string {
  let last: readonly ReadSession[] = []
  let [before, after] = ['', '']
  return (prefix, sessions) => {
    if (!hasSameValues(sessions, last)) {
      const lists = CONSTANT.map(([name], index) =>
        listOf(name, sessions, ({ values }) => values[index] ?? 'null'),
      )
      before = lists.slice(0, DURATION).join('')
      after = lists.slice(DURATION).join('')
      last = sessions
    }
    const durations = listOf('session_duration_mins', sessions, ({ duration }) => duration)
    return `${prefix}${before}${durations}${after}}`
  }
}

function listOf(
  name: string,
  sessions: readonly ReadSession[],
  value: (one: ReadSession) => string,
): string {
  return `,${JSON.stringify(name)}:[${sessions.map(value).join(',')}]`
}

function hasSameValues(some: readonly ReadSession[], others: readonly ReadSession[]): boolean {
  return (
    some.length === others.length &&
    some.every(({ values }, index) => values === others[index]?.values)
  )
}

function compare(one: string, other: string): number {
  if (one < other) return -1
  return one > other ? 1 : 0
}
