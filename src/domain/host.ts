/**
 * A host: one `Microsoft.Network/bastionHosts` resource, as a listing describes it.
 */

import { z } from 'zod'

import { parseHostId } from './arm-id.ts'
import { WireFormatError } from './errors.ts'

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

const wireHost = z.looseObject({
  id: z.string(),
  location: z.string().nullish(),
  tags: z.record(z.string(), z.unknown()).nullish(),
  sku: z.looseObject({ name: z.string().nullish() }).nullish(),
  properties: z.looseObject({}).nullish(),
})

/**
 * Reads one element of the list of Bastion hosts.
 *
 * @throws {WireFormatError} If it has no readable id: without it the host could not be asked.
 * @see https://learn.microsoft.com/rest/api/virtualnetwork/bastion-hosts/list BastionHost
 */
export function parseHost(wire: unknown): Host {
  const parsed = wireHost.safeParse(wire)
  if (!parsed.success) throw new WireFormatError('Cannot read a host: it has no id')
  const { id, location, tags, sku, properties } = parsed.data
  const { subscriptionId, resourceGroup, name } = parseHostId(id)
  const { scaleUnits, provisioningState } = properties ?? {}
  return {
    hostId: id.toLowerCase(),
    subscriptionId: subscriptionId.toLowerCase(),
    resourceGroup,
    name,
    location: location ?? null,
    sku: sku?.name ?? null,
    scaleUnits: typeof scaleUnits === 'number' && Number.isInteger(scaleUnits) ? scaleUnits : null,
    provisioningState: typeof provisioningState === 'string' ? provisioningState : null,
    features: switches(properties ?? {}),
    tags: Object.fromEntries(
      Object.entries(tags ?? {}).map(([key, value]) => [key, String(value)]),
    ),
  }
}

function switches(properties: Record<string, unknown>): Record<string, boolean> {
  return Object.fromEntries(
    Object.entries(properties).filter(
      (entry): entry is [string, boolean] =>
        /^(enable|disable)/.test(entry[0]) && typeof entry[1] === 'boolean',
    ),
  )
}
