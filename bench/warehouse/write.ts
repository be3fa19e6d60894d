/** What writing a run costs: from its answers to its record, beside DuckDB's own COPY. */

import { execFile } from 'node:child_process'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import { judged, median, type BenchOptions, type ReportTable } from '../report.ts'
import { tempFolder } from './temp-folder.ts'
import type { Written } from './write-child.ts'

const CHILD = fileURLToPath(new URL('write-child.ts', import.meta.url))
const SIZES = [20_000, 200_000]

interface Costs {
  rows: number
  writeMs: number
  copyMs: number
  peakMb: number
}

export async function measureWrite({ quick, say }: BenchOptions): Promise<ReportTable> {
  const costs: Costs[] = []
  for (const rows of SIZES) costs.push(await measure(rows, { times: quick ? 3 : 7, say }))
  const largest = costs.at(-1)
  return {
    title: 'Writing a run',
    about:
      'From answers to committed Parquet, on disk, without the network: hosts of 40 sessions each. The engine has started, as it ' +
      'does while hosts are asked. ' +
      'Against it, DuckDB copies the same rows out of its own memory, with the same compression and its own row groups. Medians ' +
      'of processes of each kind by turns.',
    header: ['what', 'ours', 'against', 'ratio', 'limit', ''],
    rows: [
      ...costs.map(({ rows, writeMs, copyMs }) => [
        `${rows} sessions`,
        `${writeMs.toFixed(0)} ms`,
        `COPY ${copyMs.toFixed(0)} ms`,
        ...judged(writeMs / copyMs, 2.5),
      ]),
      ...(largest ? boundRows(largest) : []),
    ],
  }
}

function boundRows({ rows, writeMs, peakMb }: Costs): string[][] {
  return [
    [`${rows} sessions, seconds`, '', '', ...judged(writeMs / 1000, 1)],
    [`${rows} sessions, peak memory in MB`, '', '', ...judged(peakMb, 300, 0)],
  ]
}

async function measure(
  rows: number,
  { times, say }: { times: number; say: (text: string) => void },
): Promise<Costs> {
  const writes: Written[] = []
  const copies: Written[] = []
  for (let time = 1; time <= times; time += 1) {
    say(`Writing ${rows} sessions, ${time} of ${times}`)
    await using folder = await tempFolder()
    writes.push(await runChild({ what: 'write', root: folder.root, rows }))
    copies.push(await runChild({ what: 'copy', root: folder.root, rows }))
  }
  return {
    rows,
    writeMs: median(writes.map(({ ms }) => ms)),
    copyMs: median(copies.map(({ ms }) => ms)),
    peakMb: median(writes.map(({ peakBytes }) => peakBytes / 1e6)),
  }
}

async function runChild(input: object): Promise<Written> {
  const { stdout } = await promisify(execFile)(process.execPath, [CHILD, JSON.stringify(input)])
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- printed by the other file
  return JSON.parse(stdout) as Written
}
