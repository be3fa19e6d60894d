import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { WireFormatError } from '../../src/domain/errors.ts'
import { parseSession, uniqueSessions } from '../../src/domain/session.ts'

const example = {
  resourceType: 'VM',
  sessionDurationInMins: 0,
  sessionId: 'sessionId',
  startTime: '2019-1-1T12:00:00.0000Z',
  targetHostName: 'vm01',
  targetIpAddress: '1.1.1.1',
  targetResourceGroup: 'rg1',
  targetResourceId:
    '/subscriptions/SubId/resourceGroups/rg1/providers/Microsoft.Compute/virtualMachines/vm01',
  targetSubscriptionId: 'SubId',
  userName: 'user',
  protocol: 'SSH',
}

describe('parseSession', () => {
  it("reads the specification's own form", () => {
    expect(parseSession(example)).toEqual({
      sessionId: 'sessionId',
      userName: 'user',
      protocol: 'SSH',
      targetResourceId:
        '/subscriptions/subid/resourcegroups/rg1/providers/microsoft.compute/virtualmachines/vm01',
      targetHostName: 'vm01',
      targetIpAddress: '1.1.1.1',
      targetSubscriptionId: 'subid',
      targetResourceGroup: 'rg1',
      resourceType: 'VM',
      startedAt: new Date('2019-01-01T12:00:00Z'),
      startTimeRaw: '2019-1-1T12:00:00.0000Z',
      sessionDurationMins: 0,
      extra: null,
    })
  })

  it.each([
    ['a blank user', { userName: '  ' }, { userName: null }],
    ['a missing user', { userName: undefined }, { userName: null }],
    ['a null user', { userName: null }, { userName: null }],
    ['a user that is a number', { userName: 7 }, { userName: '7' }],
    [
      'a user that is an object',
      { userName: { a: 1 } },
      { userName: null, extra: { userName: { a: 1 } } },
    ],
    ['a duration in text', { sessionDurationInMins: '12.5' }, { sessionDurationMins: 12.5 }],
    [
      'a duration that is none',
      { sessionDurationInMins: 'long' },
      { sessionDurationMins: null, extra: { sessionDurationInMins: 'long' } },
    ],
    ['a start that is no time', { startTime: 'soon' }, { startedAt: null, startTimeRaw: 'soon' }],
    [
      'a start that is an object',
      { startTime: { ticks: 1 } },
      { startedAt: null, startTimeRaw: '{"ticks":1}' },
    ],
    ['no start', { startTime: null }, { startedAt: null, startTimeRaw: null }],
    ['a field that is new', { clientIp: '10.0.0.1' }, { extra: { clientIp: '10.0.0.1' } }],
  ])('keeps what it can of %s', (_, change, expected) => {
    expect(parseSession({ ...example, ...change })).toMatchObject(expected)
  })

  it.each([
    null,
    undefined,
    [],
    'text',
    5,
    {},
    { sessionId: '' },
    { sessionId: ' ' },
    { sessionId: {} },
  ])('refuses %j', (wire) => {
    expect(() => parseSession(wire)).toThrow(WireFormatError)
  })

  it.each(['startTime', 'new'])('refuses one whose %s nests too deeply to be written', (name) => {
    const deep: unknown = JSON.parse('['.repeat(20_000) + ']'.repeat(20_000))
    expect(() => parseSession({ sessionId: 'id', [name]: deep })).toThrow(WireFormatError)
  })

  it('loses no value of a field, whatever its type', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string({ minLength: 1 }), fc.jsonValue()),
        fc.record(
          {
            userName: fc.jsonValue(),
            protocol: fc.jsonValue(),
            sessionDurationInMins: fc.jsonValue(),
          },
          { requiredKeys: [] },
        ),
        (unknown, known) => {
          const wire = { ...unknown, ...known, sessionId: 'id' }
          const session = parseSession(wire)
          const kept = JSON.stringify(session)
          for (const value of Object.values(unknown)) {
            expect(kept).toContain(JSON.stringify(value))
          }
        },
      ),
    )
  })
})

describe('uniqueSessions', () => {
  it('keeps the first of each id, in order', () => {
    const sessions = [
      { sessionId: 'a', userName: '1' },
      { sessionId: 'b', userName: '2' },
      { sessionId: 'a', userName: '3' },
    ].map(parseSession)
    expect(uniqueSessions(sessions).map(({ userName }) => userName)).toEqual(['1', '2'])
  })
})
