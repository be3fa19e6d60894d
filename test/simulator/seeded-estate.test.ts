import { assert, boolean, constantFrom, integer, nat, property } from 'fast-check'
import { describe, expect, it } from 'vitest'

import type { Estate, EstateHost, EstateSession } from '../../src/simulator/estate.ts'
import { createEstate } from '../../src/simulator/seeded-estate.ts'

const DAY_MS = 86_400_000
const MONDAY = new Date('2026-11-23T00:00:00Z')
const later = (at: Date, ms: number) => new Date(at.getTime() + ms)

function truth(estate: Estate, host: EstateHost, from: Date, to: Date): EstateSession[] {
  return [...estate.sessionsBetween(from, to)].filter(({ hostId }) => hostId === host.hostId)
}

function tellAll(seed: number): string {
  const estate = createEstate({ seed, hosts: 30 })
  const sessions = [...estate.sessionsBetween(MONDAY, later(MONDAY, DAY_MS))]
  return JSON.stringify([estate.subscriptions, estate.hosts, sessions])
}

function kinds(values: readonly string[]): number {
  return new Set(values).size
}

describe('createEstate', () => {
  it('makes the same estate from the same seed, and another from another', () => {
    expect(tellAll(7)).toBe(tellAll(7))
    expect(tellAll(7)).not.toBe(tellAll(8))
  })

  it.each([{}, { steadySessions: 3 }, { churn: 1, churnFrom: new Date('2026-06-01T00:00:00Z') }])(
    'has a session at a moment if and only if start ≤ moment < end (%o)',
    (options) => {
      const estate = createEstate({ hosts: 6, ...options })
      assert(
        property(
          nat(estate.hosts.length - 1),
          integer({ min: 0, max: 200 * DAY_MS }),
          constantFrom(-1, 0, 1),
          boolean(),
          (index, offsetMs, shiftMs, atStart) => {
            const host = estate.hosts[index]!
            const around = later(MONDAY, offsetMs)
            const near = truth(estate, host, later(around, -3 * DAY_MS), later(around, 3 * DAY_MS))
            // As often as not a boundary itself, or a millisecond beside it.
            const edge = near[Math.floor(near.length / 2)]
            const at = edge ? later(atStart ? edge.startAt : edge.endAt, shiftMs) : around
            const all = truth(estate, host, later(at, -1), later(at, 1))
            expect(estate.sessionsAt(host.hostId.toUpperCase(), at)).toEqual(
              all.filter(({ startAt, endAt }) => startAt <= at && at < endAt),
            )
          },
        ),
        { numRuns: 150 },
      )
    },
  )

  it('keeps sessions within the life of their host', () => {
    const estate = createEstate({ hosts: 20, churn: 1, churnFrom: MONDAY })
    const lived = estate.hosts.filter((host) => host.createdAt ?? host.deletedAt)
    expect(lived).not.toEqual([])
    for (const host of lived) {
      const edge = host.deletedAt ?? host.createdAt ?? MONDAY
      for (const session of truth(estate, host, later(edge, -DAY_MS), later(edge, DAY_MS))) {
        expect(session.startAt >= (host.createdAt ?? session.startAt)).toBe(true)
        expect(session.endAt <= (host.deletedAt ?? session.endAt)).toBe(true)
      }
      expect(estate.hostsAt(edge).includes(host)).toBe(host.deletedAt === null)
    }
  })

  it('uses an id again only long after, and never on two hosts', () => {
    const estate = createEstate({ hosts: 5, sessionsPerHostDay: 60 })
    const sessions = [...estate.sessionsBetween(MONDAY, later(MONDAY, 60 * DAY_MS))]
    const byId = Map.groupBy(sessions, ({ sessionId }) => sessionId)
    const reused = [...byId.values()].filter((same) => same.length > 1)
    expect(reused).not.toEqual([])
    for (const same of reused) {
      const [first, second] = same.toSorted((a, b) => a.startAt.getTime() - b.startAt.getTime())
      expect(same).toHaveLength(2)
      expect(first!.hostId).toBe(second!.hostId)
      expect(second!.startAt.getTime()).toBeGreaterThan(first!.endAt.getTime() + 5 * DAY_MS)
    }
  })

  it('has short sessions and sessions beyond twelve hours, most of them on working days', () => {
    const estate = createEstate({ hosts: 40 })
    const sessions = [...estate.sessionsBetween(MONDAY, later(MONDAY, 14 * DAY_MS))]
    const hours = sessions.map(({ startAt, endAt }) => (endAt.getTime() - startAt.getTime()) / 36e5)
    expect(Math.min(...hours)).toBeLessThan(0.2)
    expect(Math.max(...hours)).toBeGreaterThan(12)
    const weekend = sessions.filter(({ startAt }) => startAt.getUTCDay() % 6 === 0)
    expect(weekend.length).toBeLessThan(sessions.length / 7)
    expect(weekend.length).toBeGreaterThan(0)
  })

  it('has every SKU, blank users, both protocols, and several states', () => {
    const estate = createEstate({ hosts: 200, subscriptions: 60 })
    const sessions = [...estate.sessionsBetween(MONDAY, later(MONDAY, DAY_MS))]
    expect(kinds(estate.hosts.map(({ sku }) => sku))).toBe(4)
    expect(kinds(estate.subscriptions.map(({ state }) => state))).toBeGreaterThanOrEqual(4)
    expect(kinds(sessions.map(({ protocol }) => protocol))).toBe(2)
    expect(kinds(sessions.map(({ resourceType }) => resourceType))).toBe(2)
    expect(sessions.some(({ userName }) => userName.trim() === '')).toBe(true)
    expect(kinds(estate.hosts.map(({ hostId }) => hostId))).toBe(200)
  })

  it('has as many steady sessions on every host at any moment as it is told', () => {
    const estate = createEstate({ hosts: 3, steadySessions: 20 })
    assert(
      property(integer({ min: 0, max: DAY_MS }), (offsetMs) => {
        const at = later(MONDAY, offsetMs)
        for (const { hostId } of estate.hosts) {
          expect(estate.sessionsAt(hostId, at)).toHaveLength(20)
        }
      }),
    )
  })

  it('can be empty', () => {
    expect(createEstate({ subscriptions: 0, hosts: 3 }).hosts).toEqual([])
    expect(createEstate({ hosts: 0 }).hostsAt(MONDAY)).toEqual([])
  })
})
