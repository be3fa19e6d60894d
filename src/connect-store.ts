/**
 * Where the warehouse is: the part of the composition root that chooses its store.
 */

import type { TokenCredential } from '@azure/core-auth'

import { notSignedIn } from './azure/credential.ts'
import type { Store } from './domain/edges.ts'
import { LedgerError } from './domain/errors.ts'
import type { Settings } from './domain/settings.ts'
import { parseBlobAddress } from './domain/warehouse-address.ts'
import { openBlobs, type BlobAccess } from './storage/blob.ts'
import { checkFolder } from './storage/folder-check.ts'
import { openFolder, scratchOf } from './storage/folder.ts'
import { openMachineFolder } from './storage/machine-folder.ts'

export interface StoreHere {
  store: Store
  /** A folder of this machine, for runs under way. */
  scratch: string
  /** Whether the ledger could be kept there. @throws {LedgerError} `storage`, `not_signed_in` */
  check: () => Promise<void>
}

/**
 * Opens the warehouse's store. Nothing is read or asked before it is used; for a container, the
 * folder that this machine keeps for it is made.
 *
 * @throws {LedgerError} `usage` or `storage`
 */
export function openStore(
  { warehouse, storageConnectionString, scratch: base, cacheSize: maxBytes }: Settings,
  credential: TokenCredential,
): StoreHere {
  const address = parseBlobAddress(warehouse)
  if (storageConnectionString !== null && !address?.loopback) {
    throw new LedgerError(
      'usage',
      `Cannot use LEDGER_STORAGE_CONNECTION_STRING for "${warehouse}": it is for Azurite only`,
      { hint: 'Azure is reached with a managed identity or az login; remove the setting' },
    )
  }
  if (!address) {
    return {
      store: openFolder(warehouse),
      scratch: scratchOf(warehouse),
      check: () => checkFolder(warehouse),
    }
  }
  const scratch = openMachineFolder(address, base)
  const access: BlobAccess = address.loopback
    ? // The key that every Azurite has, unless another is given.
      { connectionString: storageConnectionString ?? 'UseDevelopmentStorage=true' }
    : { credential: naming(credential) }
  const cache = { folder: `${scratch}/cache`, maxBytes }
  const store = openBlobs(address, access, { cache })
  return { store, scratch, check: () => store.check() }
}

/** The same credential, which says for a person that no token could be had. */
function naming(credential: TokenCredential): TokenCredential {
  return {
    getToken: (scopes, options) =>
      credential.getToken(scopes, options).catch((error: unknown) => {
        throw notSignedIn(error) ?? error
      }),
  }
}
