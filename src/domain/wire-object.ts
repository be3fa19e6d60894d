/** Objects of an answer, of which nothing is known but that they are objects. */

export function isObject(wire: unknown): wire is Record<string, unknown> {
  return typeof wire === 'object' && wire !== null && !Array.isArray(wire)
}

/** The object that this is, or one without a field. */
export function asObject(wire: unknown): Record<string, unknown> {
  return isObject(wire) ? wire : {}
}
