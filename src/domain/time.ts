/**
 * Times, as Azure writes them, as people type them and as the ledger stores them. Always UTC.
 *
 * Azure's own example of a start time, `2019-1-1T12:00:00.0000Z`, is refused by `new Date()`, and
 * text without a zone would be read as local time. So the text is taken apart here.
 */

import { parseDuration } from './units.ts'

const WIRE_TIME =
  /^(\d{4})-(\d{1,2})-(\d{1,2})[T ](\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:[.,](\d{1,12}))?)?\s*(Z|[+-]\d{2}:?\d{2})?$/i

/** How a time is given on the command line, for messages. */
export const TIME_FORM = 'RFC 3339 (2026-11-23T09:00:00Z) or back from now (-7d, -12h)'

// 9999-12-31T23:59:59.999Z: later instants have no four-digit year.
const MAX_MS = 253_402_300_799_999

/**
 * Reads a time as Azure may write it: one-digit months, up to twelve digits of a second, no zone
 * (meaning UTC), or seconds or milliseconds since 1970.
 *
 * @returns null where it is no time, or none between the years 1 and 9999.
 * @see https://github.com/Azure/azure-rest-api-specs BastionActiveSession.startTime, typed `object`
 */
export function parseWireTime(wire: unknown): Date | null {
  if (typeof wire === 'number') return fromEpoch(wire)
  if (typeof wire !== 'string') return null
  const text = wire.trim()
  if (/^\d{9,14}$/.test(text)) return fromEpoch(Number(text))
  return parseCalendarTime(text)
}

function parseCalendarTime(text: string): Date | null {
  const match = WIRE_TIME.exec(text)
  if (!match) return null
  const [, year, month, day, hour, minute, second = '0', fraction = '', zone = 'Z'] = match
  const at = new Date(0)
  at.setUTCFullYear(Number(year), Number(month) - 1, Number(day))
  // A month or day that does not exist would roll over into another one.
  if (at.getUTCMonth() !== Number(month) - 1 || at.getUTCDate() !== Number(day)) return null
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return null
  at.setUTCHours(
    Number(hour),
    Number(minute),
    Number(second),
    Number(fraction.padEnd(3, '0').slice(0, 3)),
  )
  const offsetMins = parseZone(zone)
  return offsetMins === null ? null : inRange(at.getTime() - offsetMins * 60_000)
}

function parseZone(zone: string): number | null {
  if (zone.toUpperCase() === 'Z') return 0
  const hours = Number(zone.slice(1, 3))
  const minutes = Number(zone.slice(-2))
  if (hours > 23 || minutes > 59) return null
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes)
}

function fromEpoch(value: number): Date | null {
  if (!Number.isFinite(value) || value <= 0) return null
  // 1e11 seconds is the year 5138, 1e11 milliseconds is 1973: no session is older than that.
  return inRange(value < 1e11 ? value * 1000 : value)
}

function inRange(ms: number): Date | null {
  return ms >= -62_135_596_800_000 && ms <= MAX_MS ? new Date(ms) : null
}

/**
 * Reads a time that a person typed: RFC 3339, or relative to now (`-7d`).
 *
 * @returns null where the text is neither.
 */
export function parseTime(text: string, now: Date): Date | null {
  if (text.startsWith('-')) {
    const ms = parseDuration(text.slice(1))
    return ms === null ? null : inRange(now.getTime() - ms)
  }
  return /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/i.test(text)
    ? parseCalendarTime(text)
    : null
}

/** RFC 3339 in UTC, to the second: `2026-11-23T09:05:00Z`. */
export function formatTime(at: Date): string {
  return `${at.toISOString().slice(0, 19)}Z`
}

/** The UTC date, `2026-11-23`. */
export function utcDate(at: Date): string {
  return at.toISOString().slice(0, 10)
}

const DAY_MS = 86_400_000
/** `2026-11-23T` by the number of the day since 1970, of the last days that were written. */
const days = new Map<number, string>()
const MOST_DAYS = 64

/**
 * RFC 3339 in UTC, to the millisecond, as `toISOString` writes it and in a tenth of its time: a run
 * may have a million of them, nearly all of a few days.
 */
export function formatInstant(at: Date): string {
  const ms = at.getTime()
  const number = Math.floor(ms / DAY_MS)
  const day = days.get(number) ?? keepDay(number, at)
  const rest = ms - number * DAY_MS
  const [hour, minute] = [Math.floor(rest / 3_600_000), Math.floor(rest / 60_000) % 60]
  return `${day}${TWO[hour]}:${TWO[minute]}:${TWO[Math.floor(rest / 1000) % 60]}.${THREE[rest % 1000]}Z`
}

function keepDay(number: number, at: Date): string {
  const text = `${at.toISOString().split('T')[0]}T`
  if (days.size >= MOST_DAYS) days.clear()
  days.set(number, text)
  return text
}

const TWO = Array.from({ length: 60 }, (_, number) => String(number).padStart(2, '0'))
const THREE = Array.from({ length: 1000 }, (_, number) => String(number).padStart(3, '0'))
