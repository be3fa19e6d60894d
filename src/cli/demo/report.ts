/**
 * The demo's report: what a person wants to know of the day, asked of the ledger in SQL.
 */

import type { Queries, QueryResult } from '../../domain/edges.ts'
import { formatBytes, formatDuration } from '../../domain/units.ts'
import { rowReader } from '../output/human.ts'
import type { ColumnLook } from '../output/look.ts'
import { writeTable } from '../output/table.ts'
import { styled, type Output } from '../terminal.ts'

interface Section {
  title: string
  /** Said where there is no row. */
  none: string
  sql: string
  looks(columns: QueryResult['columns']): ColumnLook[]
}

const PAGE_COLUMNS = 100

const SECTIONS: readonly Section[] = [
  {
    title: 'Who is connected now',
    none: 'Nobody, as far as hosts answered.',
    sql: `SELECT user_name, protocol, target_host_name, host_name, duration_mins
          FROM active_sessions ORDER BY duration_mins DESC NULLS LAST, session_id LIMIT 10`,
    looks(columns) {
      const { text, number } = rowReader(columns)
      return [
        { title: 'User', text: text('user_name') },
        { title: 'Target', text: text('target_host_name') },
        { title: 'By', text: text('protocol'), whole: true },
        { title: 'Through', text: text('host_name'), optional: true },
        { title: 'For', text: minutes(number('duration_mins')), align: 'right', whole: true },
      ]
    },
  },
  {
    title: 'The longest sessions seen',
    none: 'None.',
    sql: `SELECT any_value(user_name) AS user_name, any_value(protocol) AS protocol,
            any_value(target_host_name) AS target_host_name, any_value(host_name) AS host_name,
            min(observed_at) AS first_seen_at, max(observed_at) AS last_seen_at,
            (epoch_ms(max(observed_at))
              - epoch_ms(least(min(started_at), min(observed_at)))) // 60000 AS mins
          FROM snapshots GROUP BY host_id, session_id, started_at
          ORDER BY mins DESC, session_id LIMIT 5`,
    looks(columns) {
      const { text, number, time } = rowReader(columns)
      return [
        { title: 'User', text: text('user_name') },
        { title: 'Target', text: text('target_host_name') },
        { title: 'By', text: text('protocol'), whole: true },
        { title: 'Through', text: text('host_name'), optional: true },
        { title: 'Seen', text: span(time('first_seen_at'), time('last_seen_at')), whole: true },
        { title: 'At least', text: minutes(number('mins')), align: 'right', whole: true },
      ]
    },
  },
  {
    title: 'What could not be known, and why',
    none: 'Every subscription was listed and every host answered, at every slot.',
    sql: `SELECT 'subscription ' || subscription_name AS whom, outcome,
            min(started_at) AS from_at, max(started_at) AS to_at, count(*) AS times,
            any_value(error_code) AS why
          FROM subscription_polls WHERE outcome <> 'ok' GROUP BY ALL
          UNION ALL
          SELECT CASE WHEN count(DISTINCT host_id) = 1 THEN 'host ' || any_value(host_name)
              ELSE count(DISTINCT host_id) || ' hosts of '
                || coalesce(any_value(s.subscription_name), any_value(p.subscription_id)) END,
            p.outcome, min(s.started_at), max(s.started_at), count(*),
            any_value(p.error_code)
          FROM polls p JOIN subscription_polls s USING (run_id, subscription_id)
          WHERE p.outcome <> 'ok' GROUP BY p.subscription_id, p.outcome
          ORDER BY from_at, whom`,
    looks(columns) {
      const { text, time } = rowReader(columns)
      return [
        { title: 'Whom', text: text('whom') },
        { title: 'Outcome', text: text('outcome'), style: () => 'yellow', whole: true },
        { title: 'From – to', text: span(time('from_at'), time('to_at')), whole: true },
        { title: 'Times', text: text('times'), align: 'right', whole: true },
        { title: 'Why', text: text('why') },
      ]
    },
  },
]

/**
 * Writes what the ledger holds after the day. In a pipe, too, its lines keep to a page's width: it
 * is a text for people.
 */
export async function reportDay(
  queries: Queries,
  { warehouse, stdout }: { warehouse: string; stdout: Output },
): Promise<void> {
  const out: Output = { ...stdout, columns: stdout.columns ?? PAGE_COLUMNS }
  await out.write(`${await writtenLines(queries, warehouse)}\n`)
  for (const section of SECTIONS) {
    await out.write(`\n${styled(out, 'bold', section.title)}\n`)
    await using result = await queries.query(section.sql)
    const rows = (await Array.fromAsync(result.batches())).flat()
    if (rows.length === 0) {
      await out.write(`${section.none}\n`)
      continue
    }
    const answer = {
      columns: result.columns,
      async *batches() {
        yield rows
      },
    }
    await writeTable(answer, out, { looks: section.looks(result.columns), nothing: '—' })
  }
}

async function writtenLines(queries: Queries, warehouse: string): Promise<string> {
  await using result = await queries.query(
    `SELECT count(*) AS runs, min(started_at) AS from_at, max(started_at) AS to_at,
       sum(hosts_expected)::BIGINT AS polls, sum(hosts_ok)::BIGINT AS ok,
       sum(sessions)::BIGINT AS snapshots,
       (SELECT sum((file->>'bytes')::BIGINT)::BIGINT
        FROM (SELECT unnest(files::JSON[]) AS file FROM runs)) AS bytes
     FROM runs`,
  )
  const [row = []] = (await Array.fromAsync(result.batches())).flat()
  const { number, time } = rowReader(result.columns)
  const count = (name: string) => (number(name)(row) ?? 0).toLocaleString('en')
  const from = time('from_at')(row)?.toISOString().slice(0, 10)
  return (
    `${count('runs')} runs on ${from}, ${span(time('from_at'), time('to_at'))(row)} UTC. ` +
    `Hosts were asked ${count('polls')} times and answered ${count('ok')} times.\n` +
    `${count('snapshots')} snapshots of sessions are in "${warehouse}": ` +
    `three files a run, ${formatBytes(number('bytes')(row) ?? 0)} of Parquet.`
  )
}

type Row = Parameters<ColumnLook['text']>[0]

function minutes(of: (row: Row) => number | null) {
  return (row: Row) => {
    const value = of(row)
    return value === null ? null : formatDuration(value * 60_000)
  }
}

function span(from: (row: Row) => Date | null, to: (row: Row) => Date | null) {
  return (row: Row) => {
    const [first, last] = [from(row), to(row)]
    return first && last ? `${clockTime(first)}–${clockTime(last)}` : null
  }
}

function clockTime(at: Date): string {
  return at.toISOString().slice(11, 16)
}
