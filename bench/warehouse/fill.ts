/**
 * Filling a warehouse: raw files as the collector writes them, or closed days at once, for years of
 * raw files would take hours.
 */

import { mkdir, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

import type { DuckDBConnection } from '@duckdb/node-api'

import { DAILY_TABLES, endOfDay, type DailyTable, type DayRecord } from '../../src/domain/day.ts'
import type { RunRecord } from '../../src/domain/run.ts'
import { fileChecksum } from '../../src/system/checksum.ts'
import { pollContents, snapshotContents } from '../../src/warehouse/content-digests.ts'
import { parquetRows, recordRows, writeDaily } from '../../src/warehouse/daily-files.ts'
import { ENDED, makeDaySessions, OPEN } from '../../src/warehouse/day-sessions.ts'
import { dailyPath, dayRecordPath, runPaths } from '../../src/warehouse/paths.ts'
import { pollRows, runIdsOf, slotsOf, snapshotRows, type Slots } from './estate.ts'

const AS_RUN =
  '(FORMAT parquet, PARQUET_VERSION v1, COMPRESSION zstd, COMPRESSION_LEVEL 3, ROW_GROUP_SIZE 122880)'

/** Raw files of every run in these slots, with their records. */
export async function fillRaw(
  connection: DuckDBConnection,
  root: string,
  slots: Slots,
): Promise<void> {
  await connection.run(`
    CREATE OR REPLACE TEMP TABLE raw_snapshots AS FROM ${snapshotRows(slots)} ORDER BY run_id, host_id;
    CREATE OR REPLACE TEMP TABLE raw_polls AS FROM ${pollRows(slots)} ORDER BY run_id, host_id`)
  for (const runId of runIdsOf(slots)) {
    const paths = runPaths(runId)
    const files: RunRecord['files'] = []
    for (const table of ['snapshots', 'polls'] as const) {
      const file = join(root, paths[table])
      await mkdir(dirname(file), { recursive: true })
      await connection.run(
        `COPY (FROM raw_${table} WHERE run_id = '${runId}') TO '${file}' ${AS_RUN}`,
      )
      files.push(await describe(connection, table, { runId, file, path: paths[table] }))
    }
    await mkdir(dirname(join(root, paths.record)), { recursive: true })
    const record = recordOf(runId, files)
    await writeFile(join(root, paths.record), `${JSON.stringify(record, null, 2)}\n`)
  }
  await connection.run('DROP TABLE raw_snapshots; DROP TABLE raw_polls')
}

async function describe(
  connection: DuckDBConnection,
  table: 'snapshots' | 'polls',
  { runId, file, path }: { runId: string; file: string; path: string },
): Promise<RunRecord['files'][number]> {
  const contents = await { snapshots: snapshotContents, polls: pollContents }[table](
    connection,
    file,
  )
  const { rows, digest } = contents.get(runId) ?? { rows: 0, digest: '0'.repeat(64) }
  const { size: bytes } = await stat(file)
  return { path, bytes, rows, sha256: await fileChecksum(file), content_digest: digest }
}

function recordOf(runId: string, files: RunRecord['files']): RunRecord {
  const slot = runId.replace(/^(....)(..)(..T..)(..)(..Z)$/, '$1-$2-$3:$4:$5')
  const rows = (index: number) => files[index]?.rows ?? 0
  return {
    schema_version: 1,
    run_id: runId,
    trigger: 'timer',
    scheduled_for: slot,
    started_at: slot,
    finished_at: new Date(Date.parse(slot) + 70_000).toISOString(),
    outcome: 'ok',
    error_code: null,
    error_message: null,
    api_version: '2026-01-01',
    collector_version: '0.0.0',
    discovery: 'arm',
    scope: { include: [], exclude: [], management_group: null },
    subscriptions: [],
    counts: { ok: rows(1) },
    sessions: rows(0),
    files,
  }
}

/** Closed days, as compaction would have left them; without their raw files. */
export async function fillDays(
  connection: DuckDBConnection,
  root: string,
  { from, days, say }: { from: string; days: number; say: (text: string) => void },
): Promise<void> {
  let previous: string | null = null
  for (let index = 0; index < days; index += 1) {
    const date = new Date(Date.parse(from) + index * 86_400_000).toISOString().slice(0, 10)
    await fillDay(connection, root, date, previous)
    previous = date
    if (index % 30 === 29) say(`  ${index + 1} of ${days} days`)
  }
}

async function fillDay(
  connection: DuckDBConnection,
  root: string,
  date: string,
  previous: string | null,
): Promise<void> {
  const slots = slotsOf(date)
  const runIds = runIdsOf(slots)
  const fileOf = (table: DailyTable, of = date) => join(root, dailyPath(table, of))
  const write = async (table: DailyTable, rows: string) => {
    await mkdir(dirname(fileOf(table)), { recursive: true })
    await writeDaily(connection, table, rows, fileOf(table))
  }
  await write('snapshots', snapshotRows(slots))
  await write('polls', pollRows(slots))
  const folder = join(root, 'records')
  await mkdir(folder, { recursive: true })
  const records: string[] = []
  for (const runId of runIds) {
    const file = join(folder, `${runId}.json`)
    await writeFile(file, JSON.stringify(recordOf(runId, [])))
    records.push(file)
  }
  await write('runs', recordRows(records))
  await rm(folder, { recursive: true })
  await makeDaySessions(connection, {
    polls: parquetRows([fileOf('polls')]),
    snapshots: parquetRows([fileOf('snapshots')]),
    open: previous === null ? null : parquetRows([fileOf('open_sessions', previous)]),
    fromMs: previous === null ? null : endOfDay(previous),
    toMs: endOfDay(date),
  })
  await write('sessions', ENDED)
  await write('open_sessions', OPEN)
  await connection.run(`DROP TABLE ${ENDED}; DROP TABLE ${OPEN}`)
  const record: DayRecord = {
    schema_version: 1,
    date,
    compacted_at: new Date(endOfDay(date) + 9_000_000).toISOString(),
    collector_version: '0.0.0',
    previous,
    answered_until: new Date(endOfDay(date) - 200_000).toISOString(),
    runs: runIds.slice(-1).map((runId) => ({
      run_id: runId,
      snapshots: { rows: 0, content_digest: '0'.repeat(64) },
      polls: { rows: 0, content_digest: '0'.repeat(64) },
    })),
    left_out: [],
    files: await Promise.all(
      DAILY_TABLES.map(async (table) => ({
        table,
        path: dailyPath(table, date),
        bytes: (await stat(fileOf(table))).size,
        // Nobody asks for them here.
        rows: 0,
        sha256: await fileChecksum(fileOf(table)),
      })),
    ),
  }
  const path = join(root, dayRecordPath(date))
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, `${JSON.stringify(record, null, 2)}\n`)
}

/** Bytes of some files. */
export async function bytesOf(files: readonly string[]): Promise<number> {
  const sizes = await Promise.all(files.map(async (file) => (await stat(file)).size))
  return sizes.reduce((sum, size) => sum + size, 0)
}
