import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { InvocationContext } from '@azure/functions'
import { describe, expect, it, vi } from 'vitest'

import { createHealthReport } from '../../src/functions/health-report.ts'
import { okPoll, host, openWarehouse, recordRun, tempFolder } from '../warehouse/temp-warehouse.ts'

/** Asks an instance that has just started. */
async function ask(warehouse: string) {
  vi.stubEnv('LEDGER_WAREHOUSE', warehouse)
  const lines: string[] = []
  const context = new InvocationContext({
    functionName: 'health',
    logHandler: (_level, ...words) => void lines.push(words.join(' ')),
  })
  const { status, jsonBody } = await createHealthReport()(context)
  vi.unstubAllEnvs()
  return { status, body: JSON.stringify(jsonBody), lines }
}

describe('createHealthReport', () => {
  it('answers 503 where there is no run yet', async () => {
    await using folder = await tempFolder()
    const { status, body } = await ask(folder.root)
    expect(status).toBe(503)
    expect(body).toContain('"empty"')
  })

  it('answers 503 where the last run is older than three intervals', async () => {
    await using folder = await tempFolder()
    const at = new Date(Date.now() - 20 * 60_000)
    at.setUTCMilliseconds(0)
    const warehouse = openWarehouse(folder.root)
    await recordRun(warehouse, at.toISOString(), [okPoll(host('a'), at.toISOString())])
    const { status, body } = await ask(folder.root)
    expect(status).toBe(503)
    expect(body).toContain('"late"')
    expect(body).toMatch(/"age_secs":11\d\d/)
  })

  it('says no more than that the warehouse cannot be read; the log has the cause', async () => {
    await using folder = await tempFolder()
    const warehouse = join(folder.root, 'warehouse')
    await writeFile(warehouse, 'A file where a folder must be')
    const { status, body, lines } = await ask(warehouse)
    expect(status).toBe(503)
    expect(body).toContain('"unreadable"')
    expect(body).not.toContain(folder.root)
    expect(lines).toEqual([expect.stringContaining(folder.root)])
  })
})
