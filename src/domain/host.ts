/**
 * A host: one `Microsoft.Network/bastionHosts` resource, as a listing describes it.
 */

import { parseHostId } from './arm-id.ts'
import { WireFormatError } from './errors.ts'
import { asObject, jsonOf } from './wire-value.ts'

export interface Host {
  /** ARM id in lower case. */
  hostId: string
  /** In lower case. */
  subscriptionId: string
  resourceGroup: string
  name: string
  location: string | null
  sku: string | null
  scaleUnits: number | null
  provisioningState: string | null
  /** The host's `enable…` and `disable…` switches. */
  features: Record<string, boolean>
  tags: Record<string, string>
}

/** A host of an earlier run, for populations and for the order of the next one. */
export interface KnownHost extends Host {
  /** When it was last asked to the end, whatever came of it; null where it never was. */
  lastAskedAt: Date | null
  /** Of the newest run that listed its subscription with it; null where none of the last day did. */
  listedAt: Date | null
  /** As last known. */
  subscriptionName: string
}

/**
 * Reads one element of the list of Bastion hosts.
 *
 * Only the id is needed: every other field may be missing or of another type.
 *
 * @throws {WireFormatError} If it has no readable id: without it the host could not be asked.
 * @see https://learn.microsoft.com/rest/api/virtualnetwork/bastion-hosts/list BastionHost
 */
export function parseHost(wire: unknown): Host {
  const { id, location, tags, sku, properties: given } = asObject(wire)
  if (typeof id !== 'string') throw new WireFormatError('Cannot read a host: it has no id')
  const { subscriptionId, resourceGroup, name } = parseHostId(id)
  const properties = asObject(given)
  const { scaleUnits } = properties
  return {
    hostId: id.toLowerCase(),
    subscriptionId: subscriptionId.toLowerCase(),
    resourceGroup,
    name,
    location: readText(location),
    sku: readText(asObject(sku)['name']),
    scaleUnits: readInteger(scaleUnits),
    provisioningState: readText(properties['provisioningState']),
    features: switches(properties),
    tags: texts(asObject(tags)),
  }
}

function readText(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}

/** One that its column can hold. */
function readInteger(value: unknown): number | null {
  return typeof value === 'number' && value === Math.trunc(value) && Math.abs(value) < 2 ** 31
    ? value
    : null
}

function switches(properties: Record<string, unknown>): Record<string, boolean> {
  return Object.fromEntries(
    Object.entries(properties).filter(
      (entry): entry is [string, boolean] =>
        typeof entry[1] === 'boolean' && /^(enable|disable)/.test(entry[0]),
    ),
  )
}

function texts(tags: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(tags).map(([name, value]) => [
      name,
      typeof value === 'string' ? value : jsonOf(value),
    ]),
  )
}
