import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { describeBody, errorOf, findPage } from '../../src/domain/answer.ts'

const listed = [{ sessionId: 'a' }]

describe('findPage', () => {
  it.each([
    ['a bare array', listed, 'array', null],
    ['value', { value: listed }, 'value', null],
    ['value with a link', { value: listed, nextLink: '/next' }, 'value', '/next'],
    ['a blank link', { value: listed, nextLink: '' }, 'value', null],
    ['output as array', { properties: { output: listed } }, 'output.array', null],
    ['output with value', { properties: { output: { value: listed } } }, 'output.value', null],
  ])('finds the list in %s', (_, body, shape, nextLink) => {
    expect(findPage(body)).toEqual({ items: listed, shape, nextLink })
  })

  it.each([
    {},
    { value: null },
    { value: {} },
    { values: [] },
    { properties: {} },
    { properties: { output: null } },
    { properties: { output: { properties: { output: [] } } } },
    null,
    undefined,
    '',
    '[]',
    0,
    true,
  ])('finds none in %j', (body) => {
    expect(findPage(body)).toBeNull()
  })

  it('finds a list only where an array stands', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (body) => {
        const page = findPage(body)
        const items = page === null ? null : JSON.stringify(page.items)
        expect(items === null || JSON.stringify(body).includes(items)).toBe(true)
      }),
    )
  })
})

describe('errorOf', () => {
  it.each([
    [{ error: { code: 'A', message: 'b' } }, { code: 'A', message: 'b' }],
    [
      { code: 'A', message: 'b' },
      { code: 'A', message: 'b' },
    ],
    [
      { status: 'Failed', error: { code: 'A' } },
      { code: 'A', message: null },
    ],
    [{ error: 'no' }, { code: null, message: null }],
    [null, { code: null, message: null }],
    ['<html>', { code: null, message: null }],
  ])('reads %j', (body, expected) => {
    expect(errorOf(body)).toEqual(expected)
  })
})

describe('describeBody', () => {
  it('names the form and none of the values', () => {
    expect(describeBody({ userName: 'ada', list: [1] })).toBe('object with userName, list')
    expect(describeBody('secret')).toBe('string')
    expect(describeBody({})).toBe('{}')
  })
})
