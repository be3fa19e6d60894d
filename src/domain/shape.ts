/**
 * The shape of a JSON value: its keys, types and lengths, and none of its values.
 *
 * It is made to be sent to a stranger. A key can be a value too, as in a map by user name. So a key
 * is shown only where Azure's documents have it, or where it stands beside such a key.
 */

/** Text for a value; an object or a list for what holds others. */
export type Shape = string | { [key: string]: Shape } | Shape[]

/** A list shows each different shape of its items once, with their number. */
export function shapeOf(value: unknown): Shape {
  if (Array.isArray(value)) return listShape(value)
  if (typeof value === 'object' && value !== null) return objectShape(value)
  return scalarShape(value)
}

function listShape(items: readonly unknown[]): Shape {
  const kinds = new Map<string, { shape: Shape; count: number }>()
  for (const shape of items.map(shapeOf)) {
    const key = JSON.stringify(shape)
    kinds.set(key, { shape, count: (kinds.get(key)?.count ?? 0) + 1 })
  }
  return [
    `list of ${items.length}`,
    ...[...kinds.values()].map(({ shape, count }) => ({ [`${count} of`]: shape })),
  ]
}

function objectShape(value: object): Shape {
  const hidden = new Map<string, number>()
  const besideKnown = Object.keys(value).some(isKnown)
  const entries = Object.entries(value).map(([key, one]): [string, Shape] => {
    if (isKnown(key) || (besideKnown && isFieldName(key))) return [key, shapeOf(one)]
    const name = `(a key of ${key.length} characters)`
    const count = (hidden.get(name) ?? 0) + 1
    hidden.set(name, count)
    return [count === 1 ? name : `${name} ${count}`, shapeOf(one)]
  })
  return Object.fromEntries(entries)
}

// Of sessions, lists, operations and errors.
const KNOWN = new Set(
  (
    'sessionId startTime targetSubscriptionId resourceType targetHostName targetResourceGroup ' +
    'userName targetIpAddress protocol targetResourceId sessionDurationInMins value nextLink ' +
    'properties output status percentComplete error code message details'
  ).split(' '),
)

function isKnown(key: string): boolean {
  return KNOWN.has(key)
}

// As programs name fields: no digit, dot, @, dash or space, which names of people and things have.
function isFieldName(key: string): boolean {
  return /^\$?[A-Za-z][A-Za-z_]{0,39}$/.test(key)
}

function scalarShape(value: unknown): string {
  if (value === null) return 'null'
  if (typeof value === 'string') return textShape(value)
  if (typeof value !== 'number') return typeof value
  const kind = Number.isInteger(value) ? 'whole number' : 'number with a fraction'
  return value < 0 ? `negative ${kind}` : kind
}

const TIME = /^\d{4}-\d{1,2}-\d{1,2}[T ][\d:.,]+ ?(Z|[+-]\d{2}:?\d{2})?$/i
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** The kind and length of a text. A time shows how it is written, with every digit as a 9. */
export function textShape(text: string): string {
  if (text === '') return 'empty text'
  if (text.trim() === '') return `blank text of ${text.length}`
  if (TIME.test(text)) return `time like ${text.replaceAll(/\d/g, '9')}`
  if (UUID.test(text)) return 'UUID'
  if (/^-?\d+(\.\d+)?$/.test(text)) return `number as text of ${text.length}`
  if (/^\/subscriptions\//i.test(text)) return `ARM id of ${text.length}`
  return `text of ${text.length}`
}
