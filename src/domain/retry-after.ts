/**
 * Retry-After: how long a server asks to be left alone.
 */

/** An answer's headers, with names in lower case. */
type Headers = Readonly<Record<string, string | readonly string[] | undefined>>

/**
 * The wait that an answer asks for, in milliseconds, or null where it asks for none.
 *
 * A date is taken against the answer's own `Date`: this machine's clock may be off.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#field.retry-after seconds or an HTTP date
 */
export function retryAfterMs(headers: Headers, now: Date): number | null {
  const text = textOf(headers['retry-after']).trim()
  // Some write parts of a second.
  if (/^\d{1,9}(\.\d+)?$/.test(text)) return Math.ceil(Number(text) * 1000)
  const atMs = httpDateMs(text)
  if (atMs === null) return null
  return Math.max(0, atMs - (httpDateMs(textOf(headers['date'])) ?? now.getTime()))
}

/** The instant of an HTTP date; null where the text is none. */
export function httpDateMs(text: string): number | null {
  return /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/.test(text)
    ? Date.parse(text)
    : null
}

function textOf(value: Headers[string]): string {
  return typeof value === 'string' ? value : (value?.[0] ?? '')
}
