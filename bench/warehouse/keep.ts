/** What a closed day costs: its size, and the time and memory of compacting it. */

import { execFile } from 'node:child_process'
import { globSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import { startEngine } from '../../src/warehouse/duckdb.ts'
import { judged, judgedAtLeast, type BenchOptions, type ReportTable } from '../report.ts'
import type { Compacted } from './compact-child.ts'
import { makeTruth, slotsOf } from './estate.ts'
import { bytesOf, fillDays, fillRaw } from './fill.ts'
import { tempFolder } from './temp-folder.ts'

const CHILD = fileURLToPath(new URL('compact-child.ts', import.meta.url))
/** A week, whose last day is still raw. */
const FROM = '2026-11-04'
const CLOSED_DAYS = 6
const DATE = '2026-11-10'
const MEMORY = 1e9

const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(0)} MB`

export async function measureKeep({ quick, say }: BenchOptions): Promise<ReportTable> {
  const [hosts, concurrent] = quick ? [200, 2000] : [2000, 24_000]
  await using folder = await tempFolder()
  say(`A week of ${hosts} hosts and ${concurrent} sessions at a time, its last day as raw files`)
  {
    using engine = await startEngine({
      memory_limit: '4GB',
      temp_directory: join(folder.root, 'spill'),
    })
    await makeTruth(engine.connection, { hosts, concurrent, from: FROM, days: CLOSED_DAYS + 1 })
    await fillDays(engine.connection, folder.root, { from: FROM, days: CLOSED_DAYS, say })
    // By the hour, to hold no more than that.
    const { fromSecs } = slotsOf(DATE)
    for (let hour = 0; hour < 24; hour += 1) {
      const from = fromSecs + hour * 3600
      await fillRaw(engine.connection, folder.root, { fromSecs: from, toSecs: from + 3600 })
    }
  }
  say('Compacting it')
  const { stdout } = await promisify(execFile)(process.execPath, [
    CHILD,
    folder.root,
    String(MEMORY),
  ])
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- printed by the other file
  const { steps, seconds, peakBytes } = JSON.parse(stdout) as Compacted
  const files = (pattern: string) =>
    globSync(pattern, { cwd: folder.root }).map((file) => join(folder.root, file))
  const daily = files(`v1/daily/snapshots/date=${DATE}/*.parquet`)
  const [rawBytes, dailyBytes] = [
    await bytesOf(files('v1/raw/snapshots/**/*.parquet')),
    await bytesOf(daily),
  ]
  using engine = await startEngine()
  const reader = await engine.connection.runAndReadAll(
    `SELECT count(*)::INTEGER FROM read_parquet('${daily[0]}')`,
  )
  const rows = Number(reader.getRows()[0]?.[0])
  const millions = (rows / 1e6).toFixed(1)
  const secs = (step: keyof typeof steps) => steps[step] ?? 0
  return {
    title: 'A closed day',
    about:
      `The last day of a week of ${hosts} hosts and ${concurrent.toLocaleString('en')} sessions at a time: ${millions} million snapshots in ` +
      '288 runs. Compaction may use 1 GB. ' +
      `Its steps: read and compare with the checksums ${secs('read').toFixed(1)} s, sort and write ` +
      `${secs('sort').toFixed(1)} s, sessions ${secs('sessions').toFixed(1)} s, compare every row with its run's digest ` +
      `${secs('compare').toFixed(1)} s, store ${secs('store').toFixed(1)} s.`,
    header: ['what', 'ours', 'against', 'ratio', 'limit', ''],
    rows: [
      [
        'bytes a snapshot, compacted',
        megabytes(dailyBytes),
        `${millions} million rows`,
        ...judged(dailyBytes / rows, 3),
      ],
      [
        'snapshots, raw ÷ compacted',
        megabytes(dailyBytes),
        megabytes(rawBytes),
        ...judgedAtLeast(rawBytes / dailyBytes, 15, 1),
      ],
      [
        'sessions ÷ compaction',
        `${secs('sessions').toFixed(1)} s`,
        `${seconds.toFixed(1)} s`,
        ...judged(secs('sessions') / seconds, 0.1),
      ],
      [
        'comparing every row ÷ compaction',
        `${secs('compare').toFixed(1)} s`,
        `${seconds.toFixed(1)} s`,
        ...judged(secs('compare') / seconds, 1),
      ],
      [
        'peak memory ÷ 1 GB',
        megabytes(peakBytes),
        megabytes(MEMORY),
        ...judged(peakBytes / MEMORY, 1),
      ],
    ],
  }
}
