/** Two weeks with everything that goes wrong, as SQL rebuilds them from real files. */

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

import type { SessionRow } from '../../src/domain/session-columns.ts'
import { inOrder, record, type Recorded } from './recorded.ts'
import { referenceSessions } from './reference.ts'
import { problemsOf } from './truth.ts'
import { createWeeks, type Weeks } from './weeks.ts'

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

// Every three hours: few files are soon written, and each has many hosts.
const weeks: Weeks = createWeeks({ seed: 7, hosts: 20, intervalMins: 180 })

let recorded: Recorded
let raw: SessionRow[]
beforeAll(async () => {
  recorded = await record(weeks.runs)
  raw = await recorded.raw()
})
afterAll(() => recorded[Symbol.asyncDispose]())

describe('the sessions of two weeks', () => {
  it('are the true ones: none invented, none lost, every end within its bounds', () => {
    expect(problemsOf(raw, weeks)).toEqual([])
    expect(raw.length).toBeGreaterThan(350)
  })

  it('are those of the definition, row for row', () => {
    expect(raw).toEqual(inOrder(referenceSessions(weeks.runs, weeks.readLast)))
  })

  it('are the same when half of the days are compacted', async () => {
    expect(await recorded.compacted('2026-11-08')).toEqual(raw)
  })

  it('are the same when all closed days are compacted', async () => {
    expect(await recorded.compacted()).toEqual(raw)
  })

  it('are the same when each day was compacted as it ended', async () => {
    expect(await recorded.grown()).toEqual(raw)
  })
})
