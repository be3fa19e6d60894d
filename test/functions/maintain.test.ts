import { rm } from 'node:fs/promises'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import {
  deploy,
  deployWithStorage,
  type Deployed,
  type Settled,
} from '../functions-host/deployed.ts'
import { timerTick } from '../functions-host/host.ts'
import { host, okPoll, recordRun, session } from '../warehouse/temp-warehouse.ts'

const DAY_MS = 86_400_000
const dayAgo = (days: number) => new Date(Date.now() - days * DAY_MS).toISOString().slice(0, 10)
const [older, old] = [dayAgo(3), dayAgo(2)]
const tick = timerTick(new Date())

/** Two runs on each of two days that are closed. */
async function recordOldDays({ connection }: Settled): Promise<void> {
  for (const date of [older, old]) {
    for (const hour of ['08', '20']) {
      const at = `${date}T${hour}:00:00Z`
      const sessions = hour === '08' ? [session(`s-${date}`)] : []
      await recordRun(connection, at, [okPoll(host('hub'), at, sessions)])
    }
  }
}

describe('maintain', () => {
  let app: Deployed
  beforeAll(async () => {
    app = await deployWithStorage()
  })
  afterAll(() => app[Symbol.asyncDispose]())

  it('compacts closed days in a container, once, and changes no answer', async () => {
    await using settled = await app.settle()
    await recordOldDays(settled)
    const questions = ['FROM snapshots ORDER BY ALL', 'FROM sessions ORDER BY ALL']
    const before = await Promise.all(questions.map((sql) => settled.ask(sql)))
    await app.host.invoke('maintain', tick)
    await app.host.invoke('maintain', tick)
    expect(await Promise.all(questions.map((sql) => settled.ask(sql)))).toEqual(before)
    expect(before.map((rows) => rows.length)).toEqual([2, 2])
    const line = {
      level: 'information',
      event: 'maintained',
      function: 'maintain',
      not_compacted: [],
      interrupted: false,
    }
    expect(settled.lines()).toEqual([
      expect.objectContaining({ ...line, days: [older, old], runs: 4, rows: 2 }),
      expect.objectContaining({ ...line, days: [], runs: 0, rows: 0 }),
    ])
  })
})

describe('maintain, where a raw file is damaged', () => {
  let app: Deployed
  beforeAll(async () => {
    app = await deploy()
  })
  afterAll(() => app[Symbol.asyncDispose]())

  it('fails, names the file, and leaves the later days for another time', async () => {
    await using settled = await app.settle()
    await recordOldDays(settled)
    const path = `v1/raw/polls/date=${older}/${older.replaceAll('-', '')}T080000Z.parquet`
    await rm(join(settled.warehouse, path))
    await expect(app.host.invoke('maintain', tick)).rejects.toThrow(
      `Cannot compact ${older}: "${path}": it is missing`,
    )
    expect(settled.lines()).toMatchObject([
      {
        level: 'error',
        days: [],
        not_compacted: [
          { date: older, outcome: 'damaged' },
          { date: old, outcome: 'waiting', why: `${older} comes first` },
        ],
      },
    ])
  })
})
