/**
 * Plain text: what may be shown of a value that anybody chose, such as a user's name.
 *
 * A character that cannot be seen can hide or turn round what stands beside it. So each is replaced
 * by one that can be seen, not left out: two names that differ must not look the same.
 */

const BLANK = /[\t\n\v\f\r\u0085\u2028\u2029]+/g
// Control and format characters: with them direction marks, zero-width space, tags. The joiners stay,
// or families of emoji and words of some languages would fall apart.
const UNSEEN = /(?![\u200C\u200D])[\p{Cc}\p{Cf}]/gu

/** The text on one line, without characters that control anything and without halves of one. */
export function plainText(text: string): string {
  return text.toWellFormed().replaceAll(BLANK, ' ').replaceAll(UNSEEN, '\uFFFD').trim()
}

/** The beginning of a text, plain, in at most so many UTF-16 units. */
export function shortText(text: string, most: number): string {
  // Not all of it: a value can have megabytes.
  const plain = plainText(text.slice(0, most * 4))
  return cut(text.length > most * 4 ? `${plain}…` : plain, most)
}

/** The text in at most so many UTF-16 units, with an ellipsis where something is left out. */
export function cut(text: string, most: number): string {
  if (text.length <= most) return text
  const end = text.codePointAt(most - 2) ?? 0
  return `${text.slice(0, end > 0xffff ? most - 2 : most - 1)}…`
}
