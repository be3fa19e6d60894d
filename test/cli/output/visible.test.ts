import { assert, property, string } from 'fast-check'
import { describe, expect, it } from 'vitest'

import { visible, visibleJson } from '../../../src/cli/output/visible.ts'

describe('visible', () => {
  it.each([
    ['plain text', 'ana@contoso.com', 'ana@contoso.com'],
    ['other scripts', '山田 Ünïcödé Ж', '山田 Ünïcödé Ж'],
    ['a new line', 'a\nb\r\nc\td', 'a\\nb\\r\\nc\\td'],
    ['a colour', '\x1b[31mred', '\\x1b[31mred'],
    ['a cleared screen', '\x1b[2J\x1b[H', '\\x1b[2J\\x1b[H'],
    ['a window title', '\x1b]0;owned\x07', '\\x1b]0;owned\\x07'],
    ['a link', '\x1b]8;;http://evil\x1b\\x', '\\x1b]8;;http://evil\\x1b\\x'],
    ['a clipboard write', '\x1b]52;c;ZXZpbA==\x07', '\\x1b]52;c;ZXZpbA==\\x07'],
    ['a one-character CSI', '\x9b31m', '\\x9b31m'],
    ['backspaces', 'root\b\b\b\bana', 'root\\x08\\x08\\x08\\x08ana'],
    ['NUL and DEL', '\0\x7f', '\\x00\\x7f'],
    ['a right-to-left override', 'ana\u202eexe.nimda', 'ana\\u202eexe.nimda'],
    ['a bidi isolate', '\u2066x\u2069', '\\u2066x\\u2069'],
    ['a zero-width space', 'ad\u200bmin', 'ad\\u200bmin'],
    ['a soft hyphen', 'ad\u00admin', 'ad\\xadmin'],
    ['a tag character', 'x\u{e0041}', 'x\\u{e0041}'],
    ['half a character', 'x\ud800', 'x\\ud800'],
    ['a line separator', 'a\u2028b', 'a\\u2028b'],
  ])('shows %s', (_, text, shown) => {
    expect(visible(text)).toBe(shown)
  })

  it('leaves nothing that a terminal obeys', () => {
    assert(
      property(string({ unit: 'binary' }), (text) => {
        expect(visible(text)).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u)
      }),
    )
  })
})

describe('visibleJson', () => {
  it('is the same value in other letters', () => {
    assert(
      property(string({ unit: 'binary' }), (text) => {
        const json = visibleJson(JSON.stringify(text))
        expect(JSON.parse(json)).toBe(text)
        expect(json).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u)
      }),
    )
  })
})
