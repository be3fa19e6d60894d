/** Whom `sessions --at` tells, at many moments of some days of which the truth is known. */

import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

import { atQuestion } from '../../../src/cli/sessions/session-at.ts'
import { startEngine, type Engine } from '../../../src/warehouse/duckdb.ts'
import { createRandom } from '../../../src/simulator/random.ts'
import type { TrueSession } from '../../sessions/week-sessions.ts'
import { createWeeks } from '../../sessions/weeks.ts'
import { openWarehouse, recordRun, tempFolder } from '../../warehouse/temp-warehouse.ts'

// Real files and a real engine: slow where many others work at the same time.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

const INTERVAL_MS = 3_600_000
const weeks = createWeeks({ seed: 11, days: 2, hosts: 5, intervalMins: 60, meanGapMins: 60 })
const polled = [...weeks.askings.values()].flat()

let engine: Engine

/** The views as tables, so that each moment costs little. */
beforeAll(async () => {
  await using folder = await tempFolder()
  const now = '2026-11-05T12:00:00Z'
  const options = { now, intervalMs: INTERVAL_MS }
  const warehouse = openWarehouse(join(folder.root, 'warehouse'), options)
  for (const run of weeks.runs) await recordRun(warehouse, run.slot, run.polls, run.overrides)
  await warehouse.days.compact()
  const { sql } = await warehouse.queries.script()
  engine = await startEngine()
  await engine.connection.run(sql)
  for (const view of ['sessions', 'polls', 'hosts', 'subscription_polls', 'gaps']) {
    await engine.connection.run(`CREATE TABLE raw.kept AS FROM ${view}`)
    await engine.connection.run(`DROP VIEW ${view}; CREATE TABLE ${view} AS FROM raw.kept`)
    await engine.connection.run('DROP TABLE raw.kept')
  }
})
afterAll(() => engine[Symbol.dispose]())

interface Told {
  voice: string
  hostId: string
  sessionId: string | null
  firstSeenAt: string | null
}

async function toldAt(ms: number): Promise<Told[]> {
  const { sql, parameters } = atQuestion({ at: new Date(ms), limit: null })
  const reader = await engine.connection.runAndReadAll(
    `SELECT certainty, host_id, session_id, epoch_ms(first_seen_at) FROM (${sql})`,
    [...parameters],
  )
  return reader.getRows().map(([voice, hostId, sessionId, firstSeenAt]) => ({
    voice: String(voice),
    hostId: String(hostId),
    sessionId: sessionId === null ? null : String(sessionId),
    firstSeenAt: String(firstSeenAt),
  }))
}

function isOf({ hostId, sessionId, firstSeenAt }: Told, session: TrueSession): boolean {
  return (
    hostId === session.hostId &&
    sessionId === session.sessionId &&
    firstSeenAt === String(session.seen[0]?.observedMs)
  )
}

/**
 * Whether nothing that Azure said could show it: it tells no start before that moment, and an answer
 * after that moment lacked the session, before the first one that had it.
 */
function wasDenied({ hostId, seen, fromMs, startedAt }: TrueSession, ms: number): boolean {
  const [first] = seen
  if (startedAt && startedAt.getTime() <= ms) return false
  const askings = weeks.askings.get(hostId) ?? []
  return askings.some(
    ({ outcome, requestedMs, observedMs }) =>
      outcome === 'ok' &&
      observedMs > Math.max(ms, fromMs) &&
      requestedMs < (first?.requestedMs ?? 0),
  )
}

/** Moments at random, and those at which something is asked or answered. */
function moments(): number[] {
  const random = createRandom(3)
  const [from, to] = [polled[0]?.requestedMs ?? 0, polled.at(-1)?.observedMs ?? 0]
  const some = Array.from({ length: 60 }, () => from + random.below(to - from))
  const edges = Array.from({ length: 40 }, () => {
    const { requestedMs, observedMs } = random.pick(polled)
    return random.pick([requestedMs - 1, requestedMs, observedMs, observedMs + 1])
  })
  return [...some, ...edges]
}

describe('sessions --at', () => {
  it('is certain only of who was on, and hides nobody', async () => {
    const lies: string[] = []
    const counts: Record<string, number> = {}
    for (const ms of moments()) {
      const told = await toldAt(ms)
      for (const { voice } of told) counts[voice] = (counts[voice] ?? 0) + 1
      const unread = new Set(
        told.filter(({ voice }) => voice === 'cannot say').map((one) => one.hostId),
      )
      for (const session of weeks.sessions) {
        const isOn = session.fromMs <= ms && ms < session.toMs
        const row = told.find((one) => isOf(one, session))
        const what = `${new Date(ms).toISOString()} ${session.hostId} ${session.sessionId}`
        if (row?.voice === 'certain' && !isOn) lies.push(`${what} is told for certain`)
        if (!isOn || row || unread.has(session.hostId) || wasDenied(session, ms)) continue
        lies.push(`${what} is hidden`)
      }
    }
    expect(lies).toEqual([])
    expect(counts).toMatchObject({
      certain: expect.any(Number),
      possible: expect.any(Number),
      'cannot say': expect.any(Number),
    })
  })
})
