import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { shapeOf, textShape } from '../../src/domain/shape.ts'

describe('shapeOf', () => {
  it('shows each different shape of a list once, with its number', () => {
    const session = { sessionId: 'a', userName: 'b' }
    expect(shapeOf([session, session, { sessionId: 'ab', userName: null }])).toEqual([
      'list of 3',
      { '2 of': { sessionId: 'text of 1', userName: 'text of 1' } },
      { '1 of': { sessionId: 'text of 2', userName: 'null' } },
    ])
    expect(shapeOf([])).toEqual(['list of 0'])
  })

  it('shows an unknown key beside a known one only', () => {
    expect(shapeOf({ ana: true, bob: true })).toEqual({
      '(a key of 3 characters)': 'boolean',
      '(a key of 3 characters) 2': 'boolean',
    })
    expect(shapeOf({ sessionId: 'x', ana: true, 'a.b': 1 })).toEqual({
      sessionId: 'text of 1',
      ana: 'boolean',
      '(a key of 3 characters)': 'whole number',
    })
  })

  it('shows no text of any value', () => {
    const secret = fc.string({ minLength: 6 }).filter((text) => !/^[\s"\\]*$/.test(text))
    fc.assert(
      fc.property(secret, fc.jsonValue(), (text, json) => {
        const marked = `§${text}§`
        const shape = JSON.stringify(shapeOf({ value: [json, marked, { [marked]: marked }] }))
        expect(shape).not.toContain('§')
      }),
    )
  })
})

describe('textShape', () => {
  it.each([
    ['', 'empty text'],
    ['  ', 'blank text of 2'],
    ['ana@contoso.com', 'text of 15'],
    ['2026-11-23T09:05:00Z', 'time like 9999-99-99T99:99:99Z'],
    ['2019-1-1T12:00:00.0000Z', 'time like 9999-9-9T99:99:99.9999Z'],
    ['2026-11-23 09:05:00 +02:00', 'time like 9999-99-99 99:99:99 +99:99'],
    ['1795428000', 'number as text of 10'],
    ['-4.5', 'number as text of 4'],
    ['10.0.0.4', 'text of 8'],
    ['8a1b6f0e-0000-4000-8000-00000000c0de', 'UUID'],
    ['/SUBSCRIPTIONS/x', 'ARM id of 16'],
  ])('of %j is %j', (text, shape) => {
    expect(textShape(text)).toBe(shape)
  })
})
