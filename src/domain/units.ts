/**
 * Units: durations as people write them (`90s`, `5m`, `8h`, `30d`) and sizes (`32MiB`, `1GB`).
 */

const DURATION_MS: Record<string, number> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
}
const SIZE_BYTES: Record<string, number> = {
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
}

/** How a duration is written, for messages. */
export const DURATION_FORM = 'a whole number and a unit: 500ms, 90s, 5m, 8h or 30d'
/** How a size is written, for messages. */
export const SIZE_FORM = 'a whole number and a unit: 500KB, 32MiB or 1GB'

/** Milliseconds of a duration such as `90s`, or null where the text is none. */
export function parseDuration(text: string): number | null {
  return amount(text, DURATION_MS)
}

/** Bytes of a size such as `32MiB`, or null where the text is none. */
export function parseSize(text: string): number | null {
  return amount(text, SIZE_BYTES)
}

function amount(text: string, units: Record<string, number>): number | null {
  const [, digits, unit = ''] = /^(\d{1,9})([A-Za-z]{1,3})$/.exec(text) ?? []
  const one = Object.hasOwn(units, unit) ? units[unit] : undefined
  return one === undefined ? null : Number(digits) * one
}

/** A duration for people, in its two largest units: `45s`, `2h 05m`, `3d 04h`. */
export function formatDuration(ms: number): string {
  const seconds = Math.round(ms / 1000)
  if (seconds < 60) return `${seconds}s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes}m ${pad(seconds % 60)}s`
  const hours = Math.floor(minutes / 60)
  if (hours < 24) return `${hours}h ${pad(minutes % 60)}m`
  return `${Math.floor(hours / 24)}d ${pad(hours % 24)}h`
}

/** Whole minutes for people: `45m`, and beyond an hour as `formatDuration`. */
export function formatMinutes(minutes: number): string {
  return minutes < 60 ? `${minutes}m` : formatDuration(minutes * 60_000)
}

/** A size for people: `812 B`, `14.2 KiB`, `3.0 GiB`. */
export function formatBytes(bytes: number): string {
  let value = bytes
  for (const unit of ['B', 'KiB', 'MiB', 'GiB'] as const) {
    if (value < 1024 || unit === 'GiB')
      return unit === 'B' ? `${value} B` : `${value.toFixed(1)} ${unit}`
    value /= 1024
  }
  throw new RangeError(`Cannot format ${bytes} bytes`)
}

function pad(value: number): string {
  return String(value).padStart(2, '0')
}
