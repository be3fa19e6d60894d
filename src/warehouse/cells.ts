/**
 * Cells: DuckDB's values as JSON. Times are RFC 3339 in UTC; a number that a JSON reader would
 * round is text.
 */

import type * as duckdb from '@duckdb/node-api'
import type { DuckDBType, DuckDBValue } from '@duckdb/node-api'

import type { Cell } from '../domain/edges.ts'

type Api = typeof duckdb
export type ToCell = (value: DuckDBValue) => Cell

/** How the values of one type become cells. */
export function toCells(api: Api, type: DuckDBType): ToCell {
  const convert = conversion(api, type)
  return (value) => (value === null ? null : convert(value))
}

function conversion(api: Api, type: DuckDBType): ToCell {
  const { DuckDBTypeId: Id } = api
  switch (type.typeId) {
    case Id.BOOLEAN:
      return (value) => value === true
    case Id.TIMESTAMP_TZ:
      return (value) =>
        value instanceof api.DuckDBTimestampTZValue
          ? (instant(value.micros) ?? isoText(new api.DuckDBTimestampValue(value.micros)))
          : null
    case Id.TIMESTAMP:
    case Id.TIMESTAMP_S:
    case Id.TIMESTAMP_MS:
    case Id.TIMESTAMP_NS:
      return isoText
    case Id.TIME:
    case Id.TIME_NS:
      return (value) => withoutZeros(String(value))
    case Id.BLOB:
      return (value) =>
        value instanceof api.DuckDBBlobValue ? Buffer.from(value.bytes).toString('hex') : ''
    case Id.LIST:
    case Id.ARRAY: {
      const item = toCells(api, type.valueType)
      return (value) =>
        value instanceof api.DuckDBListValue || value instanceof api.DuckDBArrayValue
          ? value.items.map(item)
          : null
    }
    case Id.STRUCT:
      return structs(api, type.entryNames, type.entryTypes)
    case Id.MAP:
      return maps(api, type.keyType, type.valueType)
    case Id.UNION:
      return unions(api, type.memberTags, type.memberTypes)
    default:
      return simple
  }
}

function structs(api: Api, names: readonly string[], types: readonly DuckDBType[]): ToCell {
  const fields = names.map((name, index) => [name, toCells(api, at(types, index))] as const)
  return (value) =>
    value instanceof api.DuckDBStructValue
      ? Object.fromEntries(
          fields.map(([name, convert]) => [name, convert(value.entries[name] ?? null)]),
        )
      : null
}

/** An object where the keys are text, as JSON needs them; else a list of pairs. */
function maps(api: Api, keyType: DuckDBType, valueType: DuckDBType): ToCell {
  const [key, item] = [toCells(api, keyType), toCells(api, valueType)]
  const isText = keyType.typeId === api.DuckDBTypeId.VARCHAR
  return (value) => {
    if (!(value instanceof api.DuckDBMapValue)) return null
    return isText
      ? Object.fromEntries(value.entries.map((entry) => [String(entry.key), item(entry.value)]))
      : value.entries.map((entry) => ({ key: key(entry.key), value: item(entry.value) }))
  }
}

function unions(api: Api, tags: readonly string[], types: readonly DuckDBType[]): ToCell {
  const members = new Map(tags.map((tag, index) => [tag, toCells(api, at(types, index))]))
  return (value) =>
    value instanceof api.DuckDBUnionValue ? (members.get(value.tag)?.(value.value) ?? null) : null
}

/** Numbers, and what its text says best: intervals, UUIDs, dates, bits. */
function simple(value: DuckDBValue): Cell {
  if (typeof value === 'bigint') return numberOr(value, Number.isSafeInteger(Number(value)))
  if (typeof value === 'number') return numberOr(value, Number.isFinite(value))
  const text = String(value)
  const isDecimal = value !== null && typeof value === 'object' && 'scale' in value
  // A double holds any 15 digits.
  return isDecimal && text.replaceAll(/\D|^-?0\./g, '').length <= 15 ? Number(text) : text
}

function numberOr(value: bigint | number, exact: boolean): number | string {
  return exact ? Number(value) : String(value)
}

const YEAR_0 = -62_167_219_200_000
const YEAR_10000 = 253_402_300_800_000

/** RFC 3339, or null where four digits cannot hold the year. */
function instant(micros: bigint): string | null {
  const ms = Number(micros / 1000n)
  if (ms <= YEAR_0 || ms >= YEAR_10000) return null
  const text = new Date(ms).toISOString()
  const rest = micros % 1000n
  if (rest === 0n) return `${withoutZeros(text.slice(0, -1))}Z`
  // Division of what is before 1970 rounds up; the rest counts from the millisecond below.
  const below = rest < 0n ? new Date(ms - 1).toISOString() : text
  const digits = String(rest < 0n ? rest + 1000n : rest).padStart(3, '0')
  return `${withoutZeros(below.slice(0, -1) + digits)}Z`
}

/** Without a zone; also `infinity`, and years that have five digits. */
function isoText(value: DuckDBValue): string {
  return withoutZeros(String(value)).replace(/(?<=\d) (?=\d)/, 'T')
}

function withoutZeros(text: string): string {
  return text.replace(/(\.\d*?)0+$/, '$1').replace(/\.$/, '')
}

function at(types: readonly DuckDBType[], index: number): DuckDBType {
  const type = types[index]
  if (!type) throw new RangeError(`Cannot find the type of member ${index}`)
  return type
}
