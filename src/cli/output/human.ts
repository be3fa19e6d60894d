/**
 * Values as people say them, for the tables of commands that know what their columns mean.
 */

import type { Cell } from '../../domain/edges.ts'
import type { Style } from '../terminal.ts'
import { type AnswerColumn, cellText } from './answer.ts'

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
] as const

/** How long ago it was, in one unit: `3m ago`. */
export function ago(at: Date, now: Date): string {
  const ms = now.getTime() - at.getTime()
  const [unit, one] = UNITS.find(([, least]) => ms >= least) ?? ['', 0]
  return unit === '' ? 'just now' : `${Math.floor(ms / one)}${unit} ago`
}

/** A UTC time without what goes without saying: `23 Nov 09:05:00`, or a date of another year. */
export function shortTime(at: Date, now: Date): string {
  const [date = '', time = ''] = at.toISOString().split('T')
  if (at.getUTCFullYear() !== now.getUTCFullYear()) return `${date} ${time.slice(0, 5)}`
  const month = at.toLocaleString('en', { month: 'short', timeZone: 'UTC' })
  return `${at.getUTCDate()} ${month} ${time.slice(0, 8)}`
}

/** The colour of an outcome, of a poll or of a run. */
export function outcomeStyle(outcome: string | null): Style {
  if (outcome === 'ok') return 'green'
  return outcome === 'denied' || outcome === 'failed' ? 'red' : 'yellow'
}

/** A number of things: `1 host`, `2,000 hosts`. */
export function counted(count: number, noun: string): string {
  return `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`
}

type Row = readonly Cell[]

/** Makes functions that take a value from a row, by the name of its column. */
export interface RowReader {
  text: (name: string) => (row: Row) => string | null
  number: (name: string) => (row: Row) => number | null
  time: (name: string) => (row: Row) => Date | null
}

export function rowReader(columns: readonly AnswerColumn[]): RowReader {
  const cell = (name: string) => {
    const index = columns.findIndex((column) => column.name === name)
    return (row: Row) => row[index] ?? null
  }
  const text: RowReader['text'] = (name) => {
    const valueOf = cell(name)
    return (row) => cellText(valueOf(row))
  }
  return {
    text,
    number(name) {
      const valueOf = cell(name)
      return (row) => {
        const value = valueOf(row)
        return value === null ? null : Number(value)
      }
    },
    time(name) {
      const textOf = text(name)
      return (row) => {
        const value = textOf(row)
        return value === null ? null : new Date(value)
      }
    },
  }
}
