/**
 * A process that writes one run, or has DuckDB copy the same rows, and prints what it took: memory is
 * a process's own.
 */

import { globSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'

import { z } from 'zod'

import { parseHost } from '../../src/domain/host.ts'
import type { Poll } from '../../src/domain/poll.ts'
import { parseSession } from '../../src/domain/session.ts'
import { openFolder, scratchOf } from '../../src/storage/folder.ts'
import { systemClock } from '../../src/system/clock.ts'
import { startEngine } from '../../src/warehouse/duckdb.ts'
import { openLedger } from '../../src/warehouse/ledger.ts'

export interface Written {
  ms: number
  peakBytes: number
}

const SESSIONS_A_HOST = 40
const OBSERVED_AT = new Date('2026-11-10T09:00:01Z')

const { what, root, rows } = z
  .object({ what: z.enum(['write', 'copy']), root: z.string(), rows: z.number() })
  .parse(JSON.parse(process.argv[2] ?? '{}'))

/** A poll as it comes from Azure. */
function pollOf(number: number): Poll {
  const subscription = `2f1a4c3d-9e8b-4f6a-8c1d-${String(number % 100).padStart(12, '0')}`
  const group = `/subscriptions/${subscription}/resourceGroups/rg-hub-${number % 50}/providers`
  const sessions = Array.from({ length: SESSIONS_A_HOST }, (_, index) => {
    // Spread over the digits, as random ids are.
    const id = ((number * SESSIONS_A_HOST + index) * 2_654_435_761) % 2 ** 32
    const hex = id.toString(16).padStart(8, '0')
    return parseSession({
      sessionId: `${hex}-9e8b-4f6a-8c1d-${hex}${hex.slice(4)}`,
      startTime: new Date(OBSERVED_AT.getTime() - (id % 86_400_000)).toISOString(),
      targetSubscriptionId: subscription,
      resourceType: 'VM',
      targetHostName: `vm-${id % 5000}`,
      targetResourceGroup: `rg-app-${id % 200}`,
      userName: `user${id % 3000}@contoso.example`,
      targetIpAddress: `10.${id % 7}.${id % 251}.${id % 241}`,
      protocol: id % 3 === 0 ? 'rdp' : 'ssh',
      targetResourceId: `${group}/Microsoft.Compute/virtualMachines/vm-${id % 5000}`,
      sessionDurationInMins: (id % 86_400) / 60,
    })
  })
  return {
    host: parseHost({ id: `${group}/Microsoft.Network/bastionHosts/bas-${number}`, location: 'x' }),
    outcome: 'ok',
    requestedAt: new Date(OBSERVED_AT.getTime() - 20 - (number % 400)),
    observedAt: OBSERVED_AT,
    httpStatus: 200,
    errorCode: null,
    errorMessage: null,
    requestId: subscription,
    responseShape: 'value',
    requests: 1,
    retries: 0,
    pages: 1,
    latencyMs: 20,
    sessions,
  }
}

/** From the first answer to the record; making the answers is not counted. */
async function write(folder: string, sessions: number): Promise<number> {
  const ledger = openLedger(
    { store: openFolder(folder), clock: systemClock, dice: { roll: () => 0.5 } },
    { scratch: scratchOf(folder), collectorVersion: '0.0.0', apiVersion: '2026-01-01' },
  )
  const numbers = Array.from({ length: sessions / SESSIONS_A_HOST }, (_, index) => index)
  const start = {
    runId: '20261110T090000Z',
    trigger: 'manual',
    scheduledFor: null,
    startedAt: OBSERVED_AT,
    subscriptions: [],
    error: null,
  } as const
  const hosts = numbers.map((number) => pollOf(number).host)
  let ms = 0
  const timed = async (work: () => Promise<unknown>) => {
    const began = performance.now()
    await work()
    ms += performance.now() - began
  }
  await using writer = await ledger.begin(start, hosts)
  for (const number of numbers) {
    const poll = pollOf(number)
    await timed(() => writer.add(poll))
  }
  await timed(() => writer.commit(OBSERVED_AT))
  return ms
}

/** The same rows out of DuckDB's own memory, compressed alike. */
async function copy(folder: string): Promise<number> {
  using engine = await startEngine({ threads: 1, preserve_insertion_order: false })
  const tables = ['snapshots', 'polls']
  for (const table of tables) {
    const [file = ''] = globSync(join(folder, `v1/raw/${table}/*/*.parquet`))
    await engine.connection.run(`CREATE TABLE ${table} AS FROM read_parquet('${file}')`)
  }
  const began = performance.now()
  for (const table of tables) {
    await engine.connection.run(
      `COPY ${table} TO '${join(folder, table)}.parquet' ` +
        '(FORMAT parquet, PARQUET_VERSION v1, COMPRESSION zstd, COMPRESSION_LEVEL 3)',
    )
  }
  return performance.now() - began
}

// Imports and compiling are not what is measured: a collector writes one run after another.
if (what === 'write') await write(join(root, 'warm'), 2000)
const folder = join(root, 'warehouse')
const ms = what === 'write' ? await write(folder, rows) : await copy(folder)
const written: Written = { ms, peakBytes: process.resourceUsage().maxRSS * 1024 }
process.stdout.write(JSON.stringify(written))
