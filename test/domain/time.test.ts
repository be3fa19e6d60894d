import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { formatInstant, formatTime, parseTime, parseWireTime } from '../../src/domain/time.ts'

describe('parseWireTime', () => {
  it.each([
    ['2019-1-1T12:00:00.0000Z', '2019-01-01T12:00:00.000Z'],
    ['2026-11-23T09:05:00Z', '2026-11-23T09:05:00.000Z'],
    ['2026-11-23T09:05:00.1234567Z', '2026-11-23T09:05:00.123Z'],
    ['2026-11-23T09:05:00.5', '2026-11-23T09:05:00.500Z'],
    ['2026-11-23T09:05:00', '2026-11-23T09:05:00.000Z'],
    ['2026-11-23 09:05:00', '2026-11-23T09:05:00.000Z'],
    ['2026-11-23T09:05', '2026-11-23T09:05:00.000Z'],
    ['2026-11-23T09:05:00+05:30', '2026-11-23T03:35:00.000Z'],
    ['2026-11-23T09:05:00-0800', '2026-11-23T17:05:00.000Z'],
    ['2026-02-28T23:59:59z', '2026-02-28T23:59:59.000Z'],
    [' 2026-11-23T09:05:00Z ', '2026-11-23T09:05:00.000Z'],
    [1_763_888_700, '2025-11-23T09:05:00.000Z'],
    [1_763_888_700_123, '2025-11-23T09:05:00.123Z'],
    ['1763888700', '2025-11-23T09:05:00.000Z'],
  ])('reads %j as %s', (wire, expected) => {
    expect(parseWireTime(wire)?.toISOString()).toBe(expected)
  })

  it.each([
    '',
    'now',
    '2026-02-30T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-11-23T24:00:00Z',
    '2026-11-23T09:60:00Z',
    '2026-11-23T09:05:61Z',
    '2026-11-23T09:05:00+24:00',
    '0000-01-01T00:00:00Z',
    '23/11/2026 09:05',
    'Mon, 23 Nov 2026 09:05:00 GMT',
    null,
    undefined,
    0,
    -5,
    NaN,
    Infinity,
    9e15,
    {},
    [],
    true,
  ])('takes %j for no time', (wire) => {
    expect(parseWireTime(wire)).toBeNull()
  })

  it('reads back every time that it is given, with any fraction', () => {
    fc.assert(
      fc.property(
        fc.date({
          min: new Date('0001-01-01T00:00:00Z'),
          max: new Date('9999-12-31T23:59:59.999Z'),
          noInvalidDate: true,
        }),
        (date) => {
          const text = date.toISOString()
          expect(parseWireTime(text)?.getTime()).toBe(date.getTime())
          expect(parseWireTime(text.replace('Z', '4567Z'))?.getTime()).toBe(date.getTime())
          expect(parseWireTime(text.replace('Z', ''))?.getTime()).toBe(date.getTime())
        },
      ),
    )
  })

  it('never throws, and never makes an unreadable date', () => {
    fc.assert(
      fc.property(fc.anything(), (wire) => {
        const at = parseWireTime(wire)
        expect(at === null || !Number.isNaN(at.getTime())).toBe(true)
      }),
    )
  })
})

describe('parseTime', () => {
  const now = new Date('2026-11-23T09:05:00Z')

  it.each([
    ['2026-11-23T09:00:00Z', '2026-11-23T09:00:00Z'],
    ['2026-11-23T10:00:00+01:00', '2026-11-23T09:00:00Z'],
    ['-7d', '2026-11-16T09:05:00Z'],
    ['-12h', '2026-11-22T21:05:00Z'],
    ['-0s', '2026-11-23T09:05:00Z'],
  ])('reads %s as %s', (text, expected) => {
    const at = parseTime(text, now)
    expect(at && formatTime(at)).toBe(expected)
  })

  it.each([
    '',
    '7d',
    '-7',
    '-7w',
    '-',
    'yesterday',
    '2026-11-23',
    '2026-11-23T09:00:00',
    '1763888700',
  ])('refuses %j', (text) => {
    expect(parseTime(text, now)).toBeNull()
  })
})

describe('formatInstant', () => {
  it('writes what toISOString writes, whatever came before', () => {
    const times = fc.array(fc.date({ noInvalidDate: true }), { minLength: 1, maxLength: 100 })
    fc.assert(
      fc.property(times, (some) => {
        expect(some.map(formatInstant)).toEqual(some.map((at) => at.toISOString()))
      }),
    )
  })

  it('writes the days around its turn to another alike', () => {
    const start = Date.parse('1969-12-01T23:59:59.999Z')
    const days = Array.from({ length: 200 }, (_, index) => new Date(start + index * 86_400_000))
    const twice = [...days, ...days]
    expect(twice.map(formatInstant)).toEqual(twice.map((at) => at.toISOString()))
  })
})
