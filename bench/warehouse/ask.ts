/**
 * What a question costs on a year of polling every five minutes: against the same question to one
 * file that somebody sorted by hand, on sessions against snapshots, and with a year behind against
 * a day.
 */

import { join } from 'node:path'

import { openFolder, scratchOf } from '../../src/storage/folder.ts'
import { startEngine } from '../../src/warehouse/duckdb.ts'
import { openQueries } from '../../src/warehouse/queries.ts'
import { compare, LEAST_TIMES, TIMES } from '../compare.ts'
import { judged, judgedAtLeast, type BenchOptions, type ReportTable } from '../report.ts'
import { sortByHand, type ByHand } from './by-hand.ts'
import { documentedQuestions } from './documented.ts'
import { tempFolder } from './temp-folder.ts'
import { fillYear, NOW, TODAY } from './year.ts'

const MEMORY = 1e9

const MONTH = `>= '2026-10-20' AND observed_at < '2026-11-19'`
const COVERAGE = {
  name: 'coverage of the last week',
  sql: `SELECT host_name, sum(ok), sum(due) FROM coverage WHERE date >= '2026-11-13' GROUP BY ALL`,
}
/** Beside those of docs/questions.md. */
const QUESTIONS: { name: string; sql: string }[] = [
  {
    name: 'who was on a machine at a moment',
    sql: `SELECT user_name, host_name FROM sessions WHERE target_host_name = 'vm-46-27'
      AND first_seen_at <= '2026-11-15T12:00:00Z' AND coalesce(ended_before, last_seen_at) >= '2026-11-15T12:00:00Z'`,
  },
  {
    name: 'sessions of a month over 8 hours',
    sql: `SELECT user_name, target_host_name, duration_mins_min FROM sessions
      WHERE duration_mins_min >= 480 AND first_seen_at >= '2026-10-20' AND first_seen_at < '2026-11-19'`,
  },
  {
    name: 'pairs of user and target seen first in the last week',
    sql: `SELECT user_name, target_resource_id, min(first_seen_at) AS first FROM sessions
      GROUP BY ALL HAVING first >= '2026-11-13'`,
  },
  {
    name: "one user's snapshots of the year, by month",
    sql: `SELECT date_trunc('month', observed_at) AS month, count(*) FROM snapshots
      WHERE user_name = 'user7@contoso.example' GROUP BY ALL`,
  },
  {
    name: 'users and targets of a month, from snapshots',
    sql: `SELECT count(DISTINCT user_name), count(DISTINCT target_resource_id) FROM snapshots
      WHERE observed_at ${MONTH}`,
  },
  {
    name: 'polls of a month, by host and outcome',
    sql: `SELECT host_name, outcome, count(*) FROM polls WHERE observed_at ${MONTH} GROUP BY ALL`,
  },
  COVERAGE,
]

const MINUTES_ON_SESSIONS = `SELECT user_name, count(*), sum(duration_mins_min)::BIGINT FROM sessions GROUP BY ALL`
const MINUTES_ON_SNAPSHOTS = `SELECT user_name, count(*), sum(mins)::BIGINT FROM (
  SELECT any_value(user_name) AS user_name, (epoch_ms(max(requested_at)) - epoch_ms(started_at)) // 60000 AS mins
  FROM snapshots GROUP BY host_id, session_id, started_at) GROUP BY ALL`

const TODAYS: { name: string; sql: string }[] = [
  { name: 'who is connected', sql: 'SELECT user_name, target_host_name FROM active_sessions' },
  {
    name: 'running for over 8 hours',
    sql: `SELECT user_name, duration_mins_min FROM sessions WHERE state = 'active' AND first_seen_at >= '${TODAY}'::TIMESTAMPTZ - INTERVAL 1 DAY AND duration_mins_min > 480`,
  },
  {
    name: 'snapshots of today, by user',
    sql: `SELECT user_name, count(*) FROM snapshots WHERE observed_at >= '${TODAY}' GROUP BY ALL`,
  },
  {
    name: 'polls of today that failed',
    sql: `SELECT host_name, outcome FROM polls WHERE observed_at >= '${TODAY}' AND outcome <> 'ok'`,
  },
]

export async function measureAsk({ quick, say }: BenchOptions): Promise<ReportTable[]> {
  const days = quick ? 40 : 365
  await using folder = await tempFolder()
  const [year, day] = [join(folder.root, 'year'), join(folder.root, 'day')]
  const spill = join(folder.root, 'spill')
  const sort = async () => {
    using engine = await startEngine({ memory_limit: '4GB', temp_directory: spill })
    const { connection } = engine
    await fillYear(connection, { year, day }, { days, say })
    say('The same in one file a table, sorted by hand')
    return await sortByHand(connection, year, { folder: folder.root, spill, memory: MEMORY })
  }
  const byHand = await sort()
  say('Asking')
  const [ofYear, ofDay] = [ledger(year), ledger(day)]
  const kept = await measureKept(ofYear)
  const against = async (name: string, sql: string, parameters: readonly string[] = []) => {
    // The first questions of a kind make what is kept for the others.
    for (let turn = 0; turn < 2; turn += 1) await ofYear(sql, parameters)
    const [ours, theirs] = await compare(
      () => ofYear(sql, parameters),
      () => byHand(sql, parameters),
    )
    return [name, ms(ours), `by hand ${ms(theirs)}`, ...judged(ours / theirs, 1.5)]
  }
  const documented: string[][] = []
  for (const { name, sql, parameters } of await documentedQuestions()) {
    say(name)
    documented.push(await against(name, sql, parameters))
  }
  const rows: string[][] = []
  for (const { name, sql } of QUESTIONS) rows.push(await against(name, sql))
  const [onSessions, onSnapshots] = await compare(
    () => ofYear(MINUTES_ON_SESSIONS),
    () => ofYear(MINUTES_ON_SNAPSHOTS),
  )
  rows.push([
    'minutes by user over the year, on sessions',
    ms(onSessions),
    `snapshots ${ms(onSnapshots)}`,
    ...judgedAtLeast(onSnapshots / onSessions, 25, 1),
  ])
  for (const { name, sql } of TODAYS) {
    for (const ask of [ofYear, ofDay]) for (let turn = 0; turn < 2; turn += 1) await ask(sql)
    const [behind, fresh] = await compare(
      () => ofYear(sql),
      () => ofDay(sql),
    )
    rows.push([
      `today: ${name}`,
      ms(behind),
      `a day behind ${ms(fresh)}`,
      ...judged(behind / fresh, 1.2),
    ])
  }
  const header = ['question', 'ours', 'against', 'ratio', 'limit', '']
  const ten = {
    title: 'The ten questions',
    about:
      `Those of docs/questions.md, each block of them as it stands there, of the same ${days} days. ` +
      'The rival asks the same SQL of one file of sessions, which somebody sorted by hand; of coverage, gaps, ' +
      'hosts and lists of subscriptions it asks our own views, over one file of polls. The sixth, and the second of the ' +
      'ninth, compare every session of a person with every other one.',
    header,
    rows: documented,
  }
  const others = {
    title: 'Other questions',
    about:
      `${days} closed days and half of today, of 50 hosts with 500 sessions at a time, polled every ` +
      'five minutes. Each question is asked from nothing: what is stored is listed, an engine is started, ' +
      'the rows are read to the end. What is kept between questions is there. The rival starts an engine, too, ' +
      `and opens the one file that it needs; it reads all rows as values, too. Medians of ${TIMES}, by turns, or of ${LEAST_TIMES} where it takes long. Those ` +
      'of today compare a warehouse with all this behind it with one that began yesterday.',
    header,
    rows,
  }
  return [others, ten, kept]
}

/** What the first questions cost on a machine that keeps nothing yet. */
async function measureKept(ask: ByHand): Promise<ReportTable> {
  const rows: string[][] = []
  const asked = [
    { name: 'minutes by user over the year, on sessions', sql: MINUTES_ON_SESSIONS },
    COVERAGE,
  ]
  for (const { name, sql } of asked) {
    const times: number[] = []
    for (let turn = 0; turn < 3; turn += 1) {
      const began = performance.now()
      await ask(sql)
      times.push(performance.now() - began)
    }
    rows.push([name, ...times.map(ms)])
  }
  return {
    title: 'The first questions on a machine',
    about:
      'The second question of a kind makes what the later ones read: the sessions of closed days merged, ' +
      'and their polls summarized. After a day was compacted, only the last month is made anew.',
    header: ['question', 'the first', 'the second, which keeps', 'the third'],
    rows,
  }
}

const ms = (value: number) => `${value.toFixed(0)} ms`

/** Asks a warehouse, and reads all rows. */
function ledger(root: string): ByHand {
  const store = openFolder(root)
  const queries = openQueries(
    { store, clock: { now: () => NOW, sleep: async () => undefined } },
    {
      scratch: scratchOf(root),
      memoryLimitBytes: MEMORY,
      queryTimeoutMs: 600_000,
      intervalMs: 300_000,
    },
  )
  return async (sql, parameters = []) => {
    await using result = await queries.query(sql, { parameters })
    let rows = 0
    for await (const batch of result.batches()) rows += batch.length
    if (result.warnings.length > 0) throw new Error(result.warnings.join('; '))
    return rows
  }
}
