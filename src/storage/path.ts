/**
 * Paths of stored files: what every store allows, and nothing that can leave its root.
 */

const PATH = /^(?!\.)[A-Za-z0-9=._-]+(\/(?!\.)[A-Za-z0-9=._-]+)*$/

/** @throws {RangeError} If it is no path of a stored file. */
export function checked(path: string): string {
  if (PATH.test(path)) return path
  throw new RangeError(`Cannot use ${JSON.stringify(path)} as the path of a stored file`)
}
