/** A week on the simulator with outages and flicker, and whoever watches it: nothing but the truth. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { ALERT_EVENTS } from '../../src/domain/alert.ts'
import { formatTime } from '../../src/domain/time.ts'
import { ask } from '../warehouse/temp-warehouse.ts'
import { keyOf, lifeOf, type LivedWeek, liveWeek } from './week-living.ts'
import { expectWeek, type Life } from './week-model.ts'
import { createWeek } from './week-plan.ts'
import { expectTaken, openReceiver, type Taken } from './week-receiver.ts'

const SEED = Number(process.env['WEEK_SEED'] ?? Date.now() % 1_000_000)

const week = createWeek(SEED)
const expected = expectWeek(week)

function inOrder<One extends Life>(lives: readonly One[]): One[] {
  return lives.toSorted((a, b) => (a.key < b.key ? -1 : 1))
}

describe(`a week on the simulator (WEEK_SEED=${SEED})`, () => {
  const receiver = openReceiver()
  let lived: LivedWeek
  beforeAll(async () => {
    lived = await liveWeek(week, receiver)
    // Where others work as well, it takes several times as long.
  }, 900_000)
  afterAll(() => lived?.[Symbol.asyncDispose]())

  it('is worth it: everything happens that can', () => {
    const events = new Set(expected.flatMap(({ happened }) => happened.map(({ event }) => event)))
    expect(ALERT_EVENTS.filter((event) => !events.has(event))).toEqual([])
    const whys = new Set(expected.flatMap(({ happened }) => happened.map((one) => one.resolvedWhy)))
    expect(whys.size).toBe(4)
    expect(lived.compacted.filter((day) => day.startsWith('compacted'))).not.toEqual([])
  })

  it('has exactly what happens to every alert, watch by watch', () => {
    for (const [index, { at, happened, live, unread }] of expected.entries()) {
      const watched = lived.watched[index]
      const changed = watched?.changed.map((one) => ({ ...lifeOf(one), event: one.event })) ?? []
      const alive = watched?.alerts.filter(({ state }) => state !== 'resolved').map(lifeOf) ?? []
      const isAt = at.toISOString()
      expect({ isAt, happened: inOrder(changed) }).toEqual({ isAt, happened: inOrder(happened) })
      expect({ isAt, live: inOrder(alive) }).toEqual({ isAt, live: inOrder(live) })
      expect({ isAt, unread: watched?.unread }).toEqual({ isAt, unread })
      expect(watched).toMatchObject({ failed: [], warnings: [], left: false })
    }
  })

  it('keeps the same, for whoever asks by SQL', async () => {
    const { rows } = await ask(
      lived.collecting.connection,
      "SELECT alert_id || ' ' || event AS line, happened_at FROM alert_events ORDER BY number, line",
    )
    expect(rows).toEqual(
      lived.watched.flatMap(({ at, changed }) =>
        changed
          .map(({ event, alert_id: id }) => ({
            line: `${id} ${event}`,
            happened_at: formatTime(at),
          }))
          .toSorted((a, b) => (a.line < b.line ? -1 : 1)),
      ),
    )
  })

  it('tells all of it, each alert in order, as soon as it is taken', () => {
    const taken = new Map<string, Taken[]>()
    for (const { notice, at } of receiver.got) {
      for (const alert of notice.alerts) {
        const name = `${keyOf(alert)} since ${new Date(alert.pending_at).toISOString()}`
        const one = {
          state: alert.state,
          toldMs: notice.createdAt.getTime(),
          takenMs: at.getTime(),
        }
        taken.set(name, [...(taken.get(name) ?? []), one])
      }
    }
    const due = expectTaken(week, expected)
    expect([...taken.keys()].toSorted()).toEqual([...due.keys()].toSorted())
    for (const [name, some] of due) {
      expect({ name, taken: taken.get(name) }).toEqual({ name, taken: some })
    }
    expect(lived.watched.at(-1)?.waiting).toBe(0)
  })

  it('sends every notice under a key of its own, and none before its time', () => {
    const keys = receiver.got.map(({ notice }) => notice.key)
    expect(new Set(keys).size).toBe(keys.length)
    expect(receiver.early).toEqual([])
  })
})
