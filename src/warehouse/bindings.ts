/**
 * Bindings: the values of a question's parameters, as DuckDB takes them.
 */

import type * as duckdb from '@duckdb/node-api'
import type { DuckDBPreparedStatement, DuckDBType, DuckDBValue } from '@duckdb/node-api'

import { LedgerError } from '../domain/errors.ts'
import type { ParameterValue } from '../domain/rule-parameter.ts'

/** By place, or by name. */
export type Parameters = readonly (string | number)[] | Readonly<Record<string, ParameterValue>>

export interface Bindings {
  values: DuckDBValue[] | Record<string, DuckDBValue>
  types?: Record<string, DuckDBType>
}

export const NO_BINDINGS: Bindings = { values: [] }

/**
 * The values for a statement. By place, there must be as many as it takes; by name, each that it
 * takes must be there, and the others are left out.
 *
 * @throws {LedgerError} `query`
 */
export async function bindingsOf(
  prepared: DuckDBPreparedStatement,
  parameters: Parameters,
): Promise<Bindings> {
  const { parameterCount } = prepared
  if (isByPlace(parameters)) {
    if (parameterCount === parameters.length) return { values: [...parameters] }
    throw new LedgerError(
      'query',
      `Cannot run the query: parameters taken ${parameterCount}, given ${parameters.length}`,
    )
  }
  const api = await import('@duckdb/node-api')
  const values: Record<string, DuckDBValue> = {}
  const types: Record<string, DuckDBType> = {}
  for (let index = 1; index <= parameterCount; index += 1) {
    const name = prepared.parameterName(index)
    const value = Object.hasOwn(parameters, name) ? parameters[name] : undefined
    if (value === undefined) {
      const known = Object.keys(parameters).map((one) => `$${one}`)
      throw new LedgerError('query', `Cannot run the query: there is no parameter $${name}`, {
        hint: `Parameters: ${known.join(', ')}`,
      })
    }
    ;[values[name], types[name]] = typed(api, value)
  }
  return { values, types }
}

function isByPlace(parameters: Parameters): parameters is readonly (string | number)[] {
  return Array.isArray(parameters)
}

function typed(api: typeof duckdb, value: ParameterValue): [DuckDBValue, DuckDBType] {
  if (typeof value === 'string') return [value, api.VARCHAR]
  if (typeof value === 'number') return [value, api.DOUBLE]
  if (typeof value === 'boolean') return [value, api.BOOLEAN]
  if (value instanceof Date) {
    return [new api.DuckDBTimestampTZValue(BigInt(value.getTime()) * 1000n), api.TIMESTAMPTZ]
  }
  if ('ms' in value) {
    return [new api.DuckDBIntervalValue(0, 0, BigInt(Math.round(value.ms)) * 1000n), api.INTERVAL]
  }
  return [new api.DuckDBListValue([...value]), api.LIST(api.VARCHAR)]
}
