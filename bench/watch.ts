/** `npm run bench -- watch`: what watching costs, however much history there is. */

import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

import { parseSettings } from '../src/domain/parse-settings.ts'
import { connect } from '../src/connect.ts'
import type { WatchRecord } from '../src/domain/watch-record.ts'
import { look, watch } from '../src/jobs/watch.ts'
import { startEngine } from '../src/warehouse/duckdb.ts'
import { alertPath } from '../src/warehouse/paths.ts'
import { compare, TIMES } from './compare.ts'
import { judged, type Bench, type BenchOptions, type Report } from './report.ts'
import { tempFolder } from './warehouse/temp-folder.ts'
import { fillYear, NOW } from './warehouse/year.ts'

const INTERVAL_MS = 300_000
/** Records of alerts that a year leaves, at two an hour. */
const RECORDS = 17_520
const WATCHES = 10

export const watchBench: Bench = { run: measureWatch }

async function measureWatch({ quick, say }: BenchOptions): Promise<Report> {
  const days = quick ? 40 : 365
  await using folder = await tempFolder()
  const [year, day] = [join(folder.root, 'year'), join(folder.root, 'day')]
  {
    using engine = await startEngine({
      memory_limit: '4GB',
      temp_directory: join(folder.root, 'spill'),
    })
    await fillYear(engine.connection, { year, day }, { days, say })
  }
  say('Watching')
  await fillRecords(year)
  await using ofYear = await open(year)
  await using ofDay = await open(day)
  const [firing, firingDay] = [await ofYear.look(), await ofDay.look()]
  if (firing !== firingDay)
    throw new Error(`${firing} fire with a year behind, ${firingDay} with a day`)
  const [lookYear, lookDay] = await compare(
    () => ofYear.look(),
    () => ofDay.look(),
  )
  const [watchYear, watchDay] = await compare(
    () => ofYear.watch(),
    () => ofDay.watch(),
  )
  return {
    tables: [
      {
        title: 'Watching',
        about:
          `The rules that are on by default, asked of ${days} closed days and half of today, with ` +
          `${RECORDS.toLocaleString('en')} records of alerts, and of a ledger that began yesterday ` +
          `without any: 50 hosts with 500 sessions at a time, ${firing} alerts firing. ` +
          `\`alerts\` asks the rules; \`alerts --send\` also records, here ${WATCHES} times one after the other. ` +
          `Medians of ${TIMES}, by turns.`,
        header: ['', 'a year behind', 'a day behind', 'ratio', 'limit', ''],
        rows: [
          ['`alerts`', ms(lookYear), ms(lookDay), ...judged(lookYear / lookDay, 1.2)],
          [
            '`alerts --send`, each',
            ms(watchYear / WATCHES),
            ms(watchDay / WATCHES),
            ...judged(watchYear / watchDay, 1.2),
          ],
        ],
      },
    ],
  }
}

const ms = (value: number) => `${value.toFixed(0)} ms`

async function open(root: string) {
  const clock = { now: () => NOW, sleep: async () => undefined }
  const connection = connect(parseSettings({}, { warehouse: root }), { clock })
  const watching = await connection.watching()
  const options = { intervalMs: INTERVAL_MS }
  return {
    async look() {
      const { alerts, failed, warnings } = await look(watching, options)
      if (failed.length > 0 || warnings.length > 0)
        throw new Error(JSON.stringify([failed, warnings]))
      return alerts.length
    },
    async watch() {
      for (let index = 0; index < WATCHES; index += 1) await watch(watching, options)
    },
    [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose](),
  }
}

/** Records that say that nothing is alive, as a year of alerts that came and went leaves them. */
async function fillRecords(root: string): Promise<void> {
  for (let number = 1; number <= RECORDS; number += 1) {
    const path = join(root, alertPath(number))
    if (number % 1000 < 2) await mkdir(dirname(path), { recursive: true })
    const recordedAt = new Date(NOW.getTime() - (RECORDS - number + 1) * 1_800_000).toISOString()
    const record: WatchRecord = {
      schema_version: 1,
      number,
      ledger: 'bench',
      recorded_at: recordedAt,
      latest_at: recordedAt,
      watcher: 'bench',
      version: '0.0.0',
      warnings: [],
      failed_rules: [],
      alerts: [],
      notices: [],
      checkpoint: number % 20 === 0 ? { alerts: [], notices: [] } : null,
    }
    await writeFile(path, `${JSON.stringify(record)}\n`)
  }
}
