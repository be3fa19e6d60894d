/**
 * Finding one host: by its ARM id, by its name, or just any.
 */

import { parseHostId } from '../domain/arm-id.ts'
import type { BastionSource } from '../domain/edges.ts'
import { LedgerError, WireFormatError } from '../domain/errors.ts'
import { parseHost, type Host } from '../domain/host.ts'
import type { ScopeFilter } from '../domain/subscription.ts'
import { findScope } from './scope.ts'

/**
 * Finds a host in scope.
 *
 * @param wanted ARM id or name, in any case; null for the first that there is.
 * @throws {LedgerError} `usage` where none is so called; `unreachable` where none can be listed.
 */
export async function findHost(
  azure: BastionSource,
  { wanted, filter }: { wanted: string | null; filter: ScopeFilter },
  signal: AbortSignal,
): Promise<Host> {
  if (wanted?.startsWith('/')) return hostOfId(wanted)
  const name = wanted?.toLowerCase()
  const { inside } = await findScope(azure, { filter, known: [] }, signal)
  let listed = 0
  for (const { subscriptionId } of inside) {
    const { hosts } = await azure.listHosts(subscriptionId, signal)
    const host = hosts.find((one) => name === undefined || one.name.toLowerCase() === name)
    if (host) return host
    listed += hosts.length
  }
  if (listed > 0) {
    throw new LedgerError(
      'usage',
      `Cannot probe ${JSON.stringify(wanted)}: no host in scope has this name`,
    )
  }
  throw new LedgerError('unreachable', 'Cannot probe a host: none can be listed', {
    hint: 'Run doctor without --probe: it says why',
  })
}

function hostOfId(id: string): Host {
  try {
    parseHostId(id)
    return parseHost({ id })
  } catch (cause) {
    if (!(cause instanceof WireFormatError)) throw cause
    throw new LedgerError(
      'usage',
      `Cannot probe ${JSON.stringify(id)}: it is not the id of a Bastion host`,
      { cause },
    )
  }
}
