/**
 * ARM ids. They are case-insensitive, and Azure is not consistent: identity is the lower case.
 *
 * @see https://learn.microsoft.com/azure/azure-resource-manager/management/overview
 */

import { WireFormatError } from './errors.ts'

/** The parts of a Bastion host's ARM id, spelled as Azure spelled them. */
export interface HostIdParts {
  subscriptionId: string
  resourceGroup: string
  name: string
}

// No slash, query or control character can hide in a part: each becomes one segment of a URL.
const HOST_ID =
  /^\/subscriptions\/([^/?#\s]+)\/resourceGroups\/([^/?#\s]+)\/providers\/Microsoft\.Network\/bastionHosts\/([^/?#\s]+)$/i

/**
 * Takes a Bastion host's ARM id apart.
 *
 * @throws {WireFormatError} If it is the id of something else.
 */
export function parseHostId(id: string): HostIdParts {
  const match = HOST_ID.exec(id)
  const [, subscriptionId, resourceGroup, name] = match ?? []
  if (!subscriptionId || !resourceGroup || !name) {
    throw new WireFormatError(`Cannot read the host id ${JSON.stringify(id.slice(0, 300))}`)
  }
  return { subscriptionId, resourceGroup, name }
}

/** The URL path under which a host is asked. */
export function hostPath({ subscriptionId, resourceGroup, name }: HostIdParts): string {
  return (
    `/subscriptions/${encodeURIComponent(subscriptionId)}` +
    `/resourceGroups/${encodeURIComponent(resourceGroup)}` +
    `/providers/Microsoft.Network/bastionHosts/${encodeURIComponent(name)}`
  )
}
