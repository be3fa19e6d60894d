/**
 * Columns of an alert, for people: their names in words, and their values as one would say them.
 */

import type { AlertRecord } from '../domain/alert.ts'
import type { Cell } from '../domain/edges.ts'
import { formatMinutes } from '../domain/units.ts'
import { cut, shortText } from './plain-text.ts'

/** How much is shown of one alert. */
export interface Detail {
  /** The longest text, in UTF-16 units. */
  text: number
  columns: number
}

/** A name in words and a value. */
export type Fact = readonly [name: string, value: string]

const NAME_MOST = 60
// Of which the end may be what is shown.
const VALUE_MOST = 1024
const TIME = /\b(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}:\d{2})(?:\.\d+)?Z\b/g
const MINUTES = /^(.+)_mins(?:_(min|max))?$/
// Said elsewhere in a notice.
const TOLD = new Set(['ended_after', 'ended_before', 'summary'])

/** A value as text; null where there is none. */
export function cellText(cell: Cell): string | null {
  if (cell === null) return null
  if (typeof cell !== 'object') return String(cell)
  const flat = Array.isArray(cell) && cell.every((one) => typeof one !== 'object')
  return flat ? cell.join(', ') : JSON.stringify(cell)
}

/** The text with its times as people read them: `2026-11-23 09:05:00 UTC`. */
export function timeWords(text: string): string {
  return text.replaceAll(TIME, '$1 $2 UTC')
}

/** An alert's columns in words: first its labels, ids last, and no id of what has a name. */
export function factsOf({ labels, annotations }: AlertRecord, { text, columns }: Detail): Fact[] {
  const all = new Map<string, Cell>(
    [...Object.entries(annotations), ...Object.entries(labels)].filter(([name]) => !TOLD.has(name)),
  )
  const names = [...new Set([...Object.keys(labels), ...all.keys()])].filter(
    (name) => all.has(name) && !isNamed(name, all),
  )
  return [...names.filter((name) => !isId(name)), ...names.filter(isId)]
    .flatMap((name) => factOf(name, all.get(name) ?? null))
    .slice(0, columns)
    .map(([name, value]) => [cut(name, NAME_MOST), cut(value, text)])
}

function factOf(column: string, cell: Cell): Fact[] {
  const text = shortText(cellText(cell) ?? '', VALUE_MOST)
  if (text === '') return []
  const [, base = '', bound] = MINUTES.exec(column) ?? []
  if (base !== '' && /^\d+(\.\d+)?$/.test(text)) {
    const name = { min: `${base} at least`, max: `${base} at most` }[bound ?? ''] ?? base
    return [[inWords(name), formatMinutes(Math.round(Number(text)))]]
  }
  return [[inWords(column), valueWords(cell, text)]]
}

function valueWords(cell: Cell, text: string): string {
  if (typeof cell === 'boolean') return cell ? 'yes' : 'no'
  // Of an ARM id, people know the last part.
  const [, last] = /^\/subscriptions\/.+\/([^/]+)\/?$/i.exec(text) ?? []
  return last ?? timeWords(text)
}

/** `target_host_name` becomes `Target host`, `started_at` becomes `Started`. */
function inWords(column: string): string {
  const words = shortText(column, NAME_MOST)
    .replace(/(?<=.)_(resource_id|name|id|at)$/, '')
    .replaceAll('_', ' ')
    .replaceAll(/\bip\b/g, 'IP')
  return words.slice(0, 1).toUpperCase() + words.slice(1)
}

function isId(column: string): boolean {
  return column.endsWith('_id')
}

function isNamed(column: string, columns: ReadonlyMap<string, Cell>): boolean {
  const [, base] = /^(.+?)(?:_resource)?_id$/.exec(column) ?? []
  return (
    base !== undefined &&
    [`${base}_name`, `${base}_host_name`].some((name) => (columns.get(name) ?? null) !== null)
  )
}
