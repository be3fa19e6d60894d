/**
 * A day's sessions: from its polls and snapshots and the sessions that were open before it, some
 * hosts at a time, so that a large day takes no more memory than a small one.
 *
 * A host's sessions depend on nothing but its own polls.
 */

import type { DuckDBConnection } from '@duckdb/node-api'

import { openSessionColumns, sessionColumns } from '../domain/session-columns.ts'
import type { Columns } from '../domain/tables.ts'
import { literal } from './duckdb.ts'
import { rebuiltSessions } from './rebuild-sessions.ts'
import { endedSessions } from './views-sessions.ts'

/** Relations, as they can stand after FROM. */
export interface DaySources {
  polls: string
  snapshots: string
  /** Null on the first day of all. */
  open: string | null
  /** The day's polls are those from then … */
  fromMs: number | null
  /** … until then, in milliseconds since 1970. */
  toMs: number
}

/** Tables that are made here: the sessions that were over on the day, and those still open. */
export const ENDED = 'day_sessions'
export const OPEN = 'day_open_sessions'

const ROWS_AT_ONCE = 1_000_000

/** Makes the tables `ENDED` and `OPEN`, which must not be there yet. */
export async function makeDaySessions(
  connection: DuckDBConnection,
  sources: DaySources,
): Promise<void> {
  await connection.run(
    `CREATE TABLE ${ENDED} (${ddl(sessionColumns)}); CREATE TABLE ${OPEN} (${ddl(openSessionColumns)});
     CREATE TABLE no_open (${ddl(openSessionColumns)})`,
  )
  const { polls, snapshots, fromMs, toMs } = sources
  const open = sources.open ?? 'no_open'
  const from = fromMs === null ? 'true' : `poll_us >= ${fromMs}000`
  for (const hosts of await hostRanges(connection, polls, open)) {
    const some = (rows: string) => `(SELECT * FROM ${rows} WHERE ${hosts})`
    await connection.run(
      `CREATE OR REPLACE TEMP TABLE rebuilt AS ${rebuiltSessions({
        polls: some(polls),
        snapshots: some(snapshots),
        open: some(open),
        where: `${from} AND poll_us < ${toMs}000`,
      })};
      INSERT INTO ${ENDED} BY NAME ${endedSessions('rebuilt')};
      INSERT INTO ${OPEN} BY NAME SELECT * EXCLUDE (is_over, is_host_event) FROM rebuilt WHERE NOT is_over;
      DROP TABLE rebuilt`,
    )
  }
  await connection.run('DROP TABLE no_open')
}

function ddl(columns: Columns): string {
  return Object.entries(columns)
    .map(([name, { type }]) => `"${name}" ${type}`)
    .join(', ')
}

/** Conditions on `host_id` that take all hosts, each with about so many snapshots as can be held. */
async function hostRanges(
  connection: DuckDBConnection,
  polls: string,
  open: string,
): Promise<string[]> {
  const reader = await connection.runAndReadAll(
    `SELECT host_id, sum(n)::BIGINT FROM (
       SELECT host_id, count(*) + coalesce(sum(session_count), 0) AS n FROM ${polls} GROUP BY host_id
       UNION ALL SELECT host_id, count(*) FROM ${open} GROUP BY host_id
     ) GROUP BY host_id ORDER BY host_id`,
  )
  const firsts: string[] = []
  let rows = Infinity
  for (const [host, count] of reader.getRows()) {
    rows += Number(count)
    if (rows <= ROWS_AT_ONCE) continue
    firsts.push(literal(String(host)))
    rows = Number(count)
  }
  return firsts.map((first, index) => {
    const next = firsts[index + 1]
    return next === undefined ? `host_id >= ${first}` : `host_id >= ${first} AND host_id < ${next}`
  })
}
