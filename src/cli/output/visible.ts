/**
 * Visible text: what a stranger wrote, made harmless for a terminal.
 *
 * User names, host names and Azure's messages come from outside. An escape sequence in one could
 * repaint the screen or write to the clipboard; a bidi override or a zero-width character makes
 * one name look like another. So whatever has no picture of its own is written as its code.
 *
 * @see https://www.unicode.org/reports/tr36/ Unicode security considerations
 */

// Controls, formatting (bidi, zero-width, tags, soft hyphen), lone surrogates, line separators.
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu

// Most text by far, and told apart much faster than by the classes above.
const PLAIN = /^[ -~]*$/

const SHORT: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

/** The text with every character that shows nothing, or moves others, as its code: `\x1b`, `\u202e`. */
export function visible(text: string): string {
  if (PLAIN.test(text)) return text
  return text.replaceAll(UNSEEN, (character) => SHORT[character] ?? codeOf(character))
}

function codeOf(character: string): string {
  const code = character.codePointAt(0) ?? 0
  const hex = code.toString(16)
  if (code <= 0xff) return `\\x${hex.padStart(2, '0')}`
  return code <= 0xffff ? `\\u${hex.padStart(4, '0')}` : `\\u{${hex}}`
}

/**
 * JSON text with the same characters as JSON's own escapes: another spelling of the same value.
 *
 * @param json As `JSON.stringify` makes it: it has escaped the controls below a space by itself.
 */
export function visibleJson(json: string): string {
  if (PLAIN.test(json)) return json
  return json.replaceAll(UNSEEN, (character) =>
    // One escape a UTF-16 unit, which is how JSON spells characters beyond U+FFFF.
    Array.from({ length: character.length }, (_, unit) => {
      return `\\u${character.charCodeAt(unit).toString(16).padStart(4, '0')}`
    }).join(''),
  )
}
