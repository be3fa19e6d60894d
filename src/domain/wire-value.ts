/** Values of an answer, of which nothing is known. */

import { WireFormatError } from './errors.ts'

export function isObject(wire: unknown): wire is Record<string, unknown> {
  return typeof wire === 'object' && wire !== null && !Array.isArray(wire)
}

/** The object that this is, or one without a field. */
export function asObject(wire: unknown): Record<string, unknown> {
  return isObject(wire) ? wire : {}
}

/** A value as JSON again. @throws {WireFormatError} If it nests so deeply that it cannot be written. */
export function jsonOf(wire: unknown): string {
  try {
    return JSON.stringify(wire)
  } catch (cause) {
    throw new WireFormatError('Cannot read a value: it nests too deeply', { cause })
  }
}
