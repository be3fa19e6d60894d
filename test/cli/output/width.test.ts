import { describe, expect, it } from 'vitest'

import { fold, pad, truncate, widthOf } from '../../../src/cli/output/width.ts'

describe('truncate', () => {
  it.each([
    ['what fits', 'bas-hub', 7, 'bas-hub'],
    ['text', 'bas-hub-weu', 8, 'bas-hub…'],
    ['wide characters, which may leave a cell', '日本語テキスト', 6, '日本…'],
    ['no emoji in two', '😀😀😀', 4, '😀…'],
    ['no accent from its letter', 'e\u0301e\u0301e\u0301', 2, 'e\u0301…'],
    ['to a single cell', 'abc', 1, '…'],
  ])('cuts %s', (_, text, width, cut) => {
    expect(truncate(text, width)).toBe(cut)
    expect(widthOf(cut)).toBeLessThanOrEqual(width)
  })
})

describe('fold', () => {
  it('loses nothing', () => {
    expect(fold('abcdefgh', 3)).toEqual(['abc', 'def', 'gh'])
    expect(fold('日本語', 4)).toEqual(['日本', '語'])
    expect(fold('', 4)).toEqual([''])
  })
})

describe('pad', () => {
  it('counts cells, and no styles', () => {
    expect(pad('日本', 6, 'left')).toBe('日本  ')
    expect(pad('7', 3, 'right')).toBe('  7')
    expect(pad('\x1b[2mNULL\x1b[22m', 6, 'left')).toBe('\x1b[2mNULL\x1b[22m  ')
  })
})
