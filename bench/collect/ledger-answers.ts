/**
 * The ledger's `collect` on the rivals' estate; what it knows is read back from its warehouse.
 */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'

import { z } from 'zod'

import { connect } from '../../src/connect.ts'
import { parseSettings } from '../../src/domain/parse-settings.ts'
import { filterOf } from '../../src/domain/settings.ts'
import { collect } from '../../src/jobs/collect.ts'

const pairs = z.array(z.tuple([z.string(), z.string()]))
const warehouse = await mkdtemp(join(tmpdir(), 'bastion-ledger-bench-'))
try {
  const settings = parseSettings(process.env, { warehouse })
  await using connection = connect(settings)
  const startMs = Date.now()
  await collect(connection, { scheduledFor: null, filter: filterOf(settings) })
  const endMs = Date.now()

  const sessions: Record<string, string[]> = {}
  const errors: Record<string, number> = {}
  const rowsOf = async (sql: string) => {
    await using result = await connection.queries.query(sql)
    return pairs.parse((await Array.fromAsync(result.batches())).flat())
  }
  for (const [host] of await rowsOf(`SELECT host_id, '' FROM polls WHERE outcome = 'ok'`)) {
    sessions[host] = []
  }
  for (const [host, session] of await rowsOf('SELECT host_id, session_id FROM snapshots')) {
    sessions[host]?.push(session)
  }
  const failures = `
    SELECT coalesce(error_code, outcome) AS why, count(*)::VARCHAR FROM (
      SELECT error_code, outcome FROM polls UNION ALL
      SELECT error_code, outcome FROM subscription_polls
    ) WHERE outcome <> 'ok' GROUP BY why`
  for (const [why, times] of await rowsOf(failures)) errors[why] = Number(times)
  process.stdout.write(JSON.stringify({ startMs, endMs, sessions, errors }))
} finally {
  await rm(warehouse, { recursive: true, force: true })
}
