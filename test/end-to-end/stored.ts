/**
 * What is stored, read without the ledger's own views: the run records, and the Parquet files that
 * they name.
 */

import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'

import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api'

import { runRecord, type RunRecord } from '../../src/domain/run.ts'

/** A row by column; times are dates. */
export type StoredRow = Record<string, unknown>

export interface StoredRun {
  record: RunRecord
  /** In order of the hosts' ids. */
  polls: StoredRow[]
  /** In order of the hosts' ids, then of the sessions'. */
  snapshots: StoredRow[]
  /** What of the run is not as its record says; empty for a whole run. */
  problems: string[]
}

let connecting: Promise<DuckDBConnection> | undefined
async function duckdb(): Promise<DuckDBConnection> {
  connecting ??= DuckDBInstance.create(':memory:').then(async (instance) => {
    const connection = await instance.connect()
    await connection.run("SET TimeZone = 'UTC'")
    return connection
  })
  return connecting
}

/**
 * Every recorded run, in order of its id, held against its files.
 *
 * @param known Runs that need not be read again.
 */
export async function readRuns(
  root: string,
  known: ReadonlyMap<string, StoredRun> = new Map(),
): Promise<StoredRun[]> {
  const paths = (await filesIn(root)).filter((path) => /^v1\/raw\/runs\/.*\.json$/.test(path))
  const runs: StoredRun[] = []
  for (const path of paths) {
    runs.push(known.get(basename(path, '.json')) ?? (await readRun(root, path)))
  }
  return runs
}

async function readRun(root: string, path: string): Promise<StoredRun> {
  const record = runRecord.parse(JSON.parse(await readFile(join(root, path), 'utf8')))
  const date = `${record.run_id.slice(0, 4)}-${record.run_id.slice(4, 6)}-${record.run_id.slice(6, 8)}`
  const pathOf = (kind: string, ending: string) =>
    `v1/raw/${kind}/date=${date}/${record.run_id}.${ending}`
  const problems: string[] = []
  const check = (holds: boolean, problem: string) => {
    if (!holds) problems.push(`${record.run_id}: ${problem}`)
  }
  check(path === pathOf('runs', 'json'), `its record is at ${path}`)
  const names = record.files.map((file) => file.path).toSorted()
  const due = [pathOf('polls', 'parquet'), pathOf('snapshots', 'parquet')]
  check(names.join(' ') === due.join(' '), `it names ${names.join(' ')}`)

  const rows = { polls: [] as StoredRow[], snapshots: [] as StoredRow[] }
  for (const file of record.files) {
    const local = join(root, file.path)
    if (!existsSync(local)) {
      check(false, `${file.path} is missing`)
      continue
    }
    const bytes = await readFile(local)
    check(bytes.byteLength === file.bytes, `${file.path} has ${bytes.byteLength} bytes`)
    check(sha256(bytes) === file.sha256, `${file.path} has another checksum`)
    const table = file.path.includes('/polls/') ? 'polls' : 'snapshots'
    rows[table] = await readRows(local, table)
    check(rows[table].length === file.rows, `${file.path} has ${rows[table].length} rows`)
    check(
      rows[table].every((row) => row['run_id'] === record.run_id),
      `${file.path} has rows of another run`,
    )
  }
  const counts: Record<string, number> = {}
  for (const { outcome } of rows.polls) {
    counts[String(outcome)] = (counts[String(outcome)] ?? 0) + 1
  }
  check(
    isSame(sorted(counts), sorted(record.counts)),
    `its polls are ${JSON.stringify(counts)}, its counts ${JSON.stringify(record.counts)}`,
  )
  check(record.sessions === rows.snapshots.length, `it counts ${record.sessions} sessions`)
  return { record, ...rows, problems }
}

async function readRows(file: string, table: 'polls' | 'snapshots'): Promise<StoredRow[]> {
  const connection = await duckdb()
  const order = table === 'polls' ? 'host_id' : 'host_id, session_id'
  const reader = await connection.runAndReadAll(
    `SELECT * FROM read_parquet('${file.replaceAll("'", "''")}', hive_partitioning = false)
     ORDER BY ${order}`,
  )
  return reader.getRowObjectsJS()
}

/** The files below a folder, as sorted paths with slashes; none where there is no folder. */
export async function filesIn(root: string): Promise<string[]> {
  if (!existsSync(root)) return []
  const entries = await readdir(root, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .toSorted()
}

/** Every file below a folder with its checksum. */
export async function fileTree(root: string): Promise<Record<string, string>> {
  const tree: Record<string, string> = {}
  for (const path of await filesIn(root)) tree[path] = sha256(await readFile(join(root, path)))
  return tree
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

function sorted(counts: Record<string, number>): [string, number][] {
  return Object.entries(counts).toSorted(([one], [other]) => (one < other ? -1 : 1))
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}
