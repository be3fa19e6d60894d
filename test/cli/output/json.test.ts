import { describe, expect, it } from 'vitest'

import { answerOf, columnsOf, textOf } from './answers.ts'

const columns = columnsOf('user_name VARCHAR', 'n BIGINT', 'ok BOOLEAN')

describe('writeJson', () => {
  it('is one document, an array of rows', async () => {
    const answer = answerOf(columns, [['ana', 1, true]], [], [[null, '9007199254740993', false]])
    const text = await textOf('json', answer)
    expect(text).toBe(
      '[\n{"user_name":"ana","n":1,"ok":true},\n' +
        '{"user_name":null,"n":"9007199254740993","ok":false}\n]\n',
    )
    expect(JSON.parse(text)).toHaveLength(2)
  })

  it('is an empty array without rows', async () => {
    expect(await textOf('json', answerOf(columns))).toBe('[]\n')
  })

  it('spells control characters as escapes, which is the same text', async () => {
    const text = await textOf('json', answerOf(columnsOf('t VARCHAR'), [['\x9b2J\u202e\x1b']]))
    expect(text).toBe('[\n{"t":"\\u009b2J\\u202e\\u001b"}\n]\n')
    expect(JSON.parse(text)).toEqual([{ t: '\x9b2J\u202e\x1b' }])
  })
})

describe('writeJsonLines', () => {
  it('is one object a line', async () => {
    const answer = answerOf(columns, [['a\nb', 1, null]], [['c', 2, null]])
    expect(await textOf('jsonl', answer)).toBe(
      '{"user_name":"a\\nb","n":1,"ok":null}\n{"user_name":"c","n":2,"ok":null}\n',
    )
  })

  it('is nothing without rows', async () => {
    expect(await textOf('jsonl', answerOf(columns))).toBe('')
  })
})
