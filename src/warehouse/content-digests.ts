/**
 * Content digests, computed again from Parquet: of one run's file, or of a whole day's. They are
 * those of lines.ts, so a day's file proves that it has the rows that its runs recorded.
 *
 * A day has millions of snapshots, but a session's are alike: all but its duration is the same in
 * each. So DuckDB gives each session once, with its polls and durations as lists, and some hosts at
 * a time, to bound the memory.
 */

import { hash } from 'node:crypto'

import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api'

import { isShared, pollColumns, snapshotColumns } from '../domain/tables.ts'
import { formatInstant } from '../domain/time.ts'
import { literal } from './duckdb.ts'
import { CONSTANT, hostLines, type HostPolls, type ReadPoll } from './host-lines.ts'
import { contentDigest } from './lines.ts'

/** What a file holds of one run. */
export interface RunContent {
  rows: number
  digest: string
}

// 100,000 snapshots take about 35 MB on their way.
const ROWS_AT_ONCE = 100_000

/**
 * The content of each run in a file of snapshots.
 *
 * @param file A Parquet file on this machine, of one run or of a day.
 * @returns By run id. A run without rows is not in it.
 */
export async function snapshotContents(
  connection: DuckDBConnection,
  file: string,
): Promise<Map<string, RunContent>> {
  const contents = new Map<string, Hashes>()
  const runIds = await runsIn(connection, file)
  for (const hosts of await hostRanges(connection, file)) {
    const pollsOf = await readPolls(connection, file, hosts)
    await readSessions(connection, file, hosts, pollsOf)
    for (const polls of pollsOf.values()) {
      for (const { number, rows: count, text } of hostLines(polls)) {
        addLine(hashesOf(contents, runIds[number] ?? ''), count, text)
      }
    }
  }
  return digestsOf(contents)
}

/** The content of each run in a file of polls. */
export async function pollContents(
  connection: DuckDBConnection,
  file: string,
): Promise<Map<string, RunContent>> {
  const columns = Object.entries(pollColumns).filter(([name]) => name !== 'run_id')
  const names = columns.map(([name]) => JSON.stringify(name))
  const contents = new Map<string, Hashes>()
  const result = await connection.stream(
    `SELECT run_id, ${columns.map(([name, { type }]) => whole(asJson(name, type), type)).join(', ')}
     FROM ${rows(file)}`,
  )
  for await (const chunk of result) {
    const values = columnsOf(chunk)
    for (let row = 0; row < chunk.rowCount; row += 1) {
      const found = hashesOf(contents, String(values[0]?.[row]))
      const fields = names.map((name, index) => `${name}:${json(values[index + 1]?.[row])}`)
      addLine(found, 1, `{${fields.join(',')}}`)
    }
  }
  return digestsOf(contents)
}

interface Hashes {
  rows: number
  lines: number
  /** One after the other. As texts those of a day are 50 MB, and Node's heap grows to several times that. */
  bytes: Buffer
}

const SHARED = Object.entries(snapshotColumns).filter(([name]) => isShared(name))

function rows(file: string): string {
  return `read_parquet(${literal(file)}, hive_partitioning = false)`
}

// A number for each run: texts would take most of the time.
const NUMBERS = 'content_runs'

/** Numbers the runs of a file, in a table. @returns Their ids, by number. */
async function runsIn(connection: DuckDBConnection, file: string): Promise<string[]> {
  await connection.run(
    `CREATE OR REPLACE TEMP TABLE ${NUMBERS} AS
     SELECT run_id, (row_number() OVER (ORDER BY run_id) - 1)::INTEGER AS number
     FROM (SELECT DISTINCT run_id FROM ${rows(file)})`,
  )
  const reader = await connection.runAndReadAll(`SELECT run_id FROM ${NUMBERS} ORDER BY number`)
  return reader.getRows().map(([runId]) => String(runId))
}

interface HostRange {
  from: string
  to: string
}

/** The hosts of a file, some at a time, with not many more rows than can be held. */
async function hostRanges(connection: DuckDBConnection, file: string): Promise<HostRange[]> {
  const reader = await connection.runAndReadAll(
    `SELECT host_id, count(*)::INTEGER FROM ${rows(file)} GROUP BY host_id ORDER BY host_id`,
  )
  const ranges: (HostRange & { rows: number })[] = []
  for (const [host, count] of reader.getRows()) {
    const last = ranges.at(-1)
    if (last && last.rows + Number(count) <= ROWS_AT_ONCE) {
      last.to = String(host)
      last.rows += Number(count)
    } else ranges.push({ from: String(host), to: String(host), rows: Number(count) })
  }
  return ranges
}

const within = ({ from, to }: HostRange) => `host_id BETWEEN ${literal(from)} AND ${literal(to)}`

async function readPolls(
  connection: DuckDBConnection,
  file: string,
  hosts: HostRange,
): Promise<Map<string, HostPolls>> {
  const pollsOf = new Map<string, HostPolls>()
  const shared = SHARED.map(([name, { type }]) => whole(asJson(name, type), type)).join(', ')
  const names = SHARED.map(([name]) => `"${name}"`).join(', ')
  const result = await connection.stream(
    `SELECT number, ${shared}
     FROM (SELECT DISTINCT number, ${names}
       FROM ${rows(file)} JOIN ${NUMBERS} USING (run_id) WHERE ${within(hosts)})
     ORDER BY host_id, number`,
  )
  const host = SHARED.findIndex(([name]) => name === 'host_id') + 1
  for await (const chunk of result) {
    const values = columnsOf(chunk)
    for (let row = 0; row < chunk.rowCount; row += 1) {
      const fields = SHARED.map(
        ([name], index) => `${JSON.stringify(name)}:${json(values[index + 1]?.[row])}`,
      )
      const number = Number(values[0]?.[row])
      const polls = pollsFrom(pollsOf, String(values[host]?.[row]))
      // Rows of one poll that do not share what they must share give another digest than recorded.
      const poll = polls.get(number) ?? { prefix: '', sessions: [] }
      poll.prefix += `{${fields.join(',')}`
      polls.set(number, poll)
    }
  }
  return pollsOf
}

async function readSessions(
  connection: DuckDBConnection,
  file: string,
  hosts: HostRange,
  pollsOf: ReadonlyMap<string, HostPolls>,
): Promise<void> {
  const constant = CONSTANT.map(([name, { type }]) => `${asJson(name, type)} AS "${name}"`)
  const names = CONSTANT.map(([name]) => `"${name}"`).join(', ')
  const values = CONSTANT.map(([name, { type }]) => whole(`"${name}"`, type)).join(', ')
  const result = await connection.stream(
    `SELECT host_id, ${values}, list(number), list(session_duration_mins)
     FROM (SELECT host_id, number, session_duration_mins, ${constant.join(', ')}
       FROM ${rows(file)} JOIN ${NUMBERS} USING (run_id) WHERE ${within(hosts)})
     GROUP BY host_id, ${names}`,
  )
  for await (const chunk of result) {
    const cells = columnsOf(chunk)
    for (let row = 0; row < chunk.rowCount; row += 1) {
      const polls = pollsOf.get(String(cells[0]?.[row]))
      const own = CONSTANT.map((_, index) => json(cells[index + 1]?.[row]))
      const id = String(cells[1]?.[row])
      const durations = itemsOf(cells.at(-1)?.[row])
      for (const [index, number] of itemsOf(cells.at(-2)?.[row]).entries()) {
        polls
          ?.get(Number(number))
          ?.sessions.push({ id, values: own, duration: json(durations[index]) })
      }
    }
  }
}

/** A column as it is to be read: times as milliseconds since 1970, with a mark. */
function asJson(name: string, type: string): string {
  return type === 'TIMESTAMPTZ' ? `epoch_ms("${name}")` : `"${name}"`
}

/** On its way into JavaScript, a text loses the byte order mark that it begins with: so it gets two. */
function whole(value: string, type: string): string {
  if (type !== 'VARCHAR') return value
  return `CASE WHEN starts_with(${value}, chr(65279)) THEN chr(65279) || ${value} ELSE ${value} END`
}

/** A value as `JSON.stringify` writes it; a BigInt is a time. */
function json(value: DuckDBValue | undefined): string {
  if (typeof value === 'bigint') return JSON.stringify(formatInstant(new Date(Number(value))))
  return JSON.stringify(value ?? null)
}

type Chunk = { columnCount: number; getColumnValues: (index: number) => DuckDBValue[] }

function columnsOf(chunk: Chunk): DuckDBValue[][] {
  return Array.from({ length: chunk.columnCount }, (_, index) => chunk.getColumnValues(index))
}

function itemsOf(value: DuckDBValue | undefined): readonly DuckDBValue[] {
  return value !== null && typeof value === 'object' && 'items' in value ? value.items : []
}

function pollsFrom(pollsOf: Map<string, HostPolls>, host: string): HostPolls {
  const polls = pollsOf.get(host) ?? new Map<number, ReadPoll>()
  pollsOf.set(host, polls)
  return polls
}

function hashesOf(contents: Map<string, Hashes>, runId: string): Hashes {
  const found = contents.get(runId) ?? { rows: 0, lines: 0, bytes: Buffer.alloc(0) }
  contents.set(runId, found)
  return found
}

const HASH_BYTES = 32

function addLine(found: Hashes, rowCount: number, line: string): void {
  const at = found.lines * HASH_BYTES
  if (at === found.bytes.length) {
    found.bytes = Buffer.concat([found.bytes], Math.max(2 * at, 64 * HASH_BYTES))
  }
  found.bytes.write(hash('sha256', line), at, 'hex')
  found.lines += 1
  found.rows += rowCount
}

function digestsOf(contents: ReadonlyMap<string, Hashes>): Map<string, RunContent> {
  return new Map(
    [...contents].map(([runId, { rows: count, lines, bytes }]) => {
      const hashes = Array.from({ length: lines }, (_, index) =>
        bytes.toString('hex', index * HASH_BYTES, (index + 1) * HASH_BYTES),
      )
      return [runId, { rows: count, digest: contentDigest(runId, hashes) }]
    }),
  )
}
