import { describe, expect, it } from 'vitest'

import { wrap } from '../../../src/cli/output/wrap.ts'

describe('wrap', () => {
  it.each<[string, number, string[]]>([
    ['short', 10, ['short']],
    ['', 10, ['']],
    ['one two three', 7, ['one two', 'three']],
    ['one two three', Infinity, ['one two three']],
    ['a abcdefghijkl b', 5, ['a', 'abcde', 'fghij', 'kl b']],
    ['日本語 日本', 6, ['日本語', '日本']],
  ])('puts %j on lines of %d', (text, width, lines) => {
    expect(wrap(text, width)).toEqual(lines)
  })
})
