/**
 * Public addresses: the only ones that notices are sent to, unless the receiver's name is allowed.
 *
 * A URL decides where this machine connects to, and a name can lead to its own network or to the
 * platform's metadata. The check is made on the addresses that are then connected to: a name that is
 * looked up twice may be answered differently.
 */

import type { LookupAddress, LookupOptions } from 'node:dns'
import { BlockList, isIP, isIPv6, type LookupFunction } from 'node:net'

/** A receiver has an address that is not public. */
export class PrivateAddressError extends Error {
  override readonly name = 'PrivateAddressError'
}

/** Looks all addresses of a name up, as `dns.lookup` does. */
export type Lookup = (
  name: string,
  options: LookupOptions & { all: true },
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void

// https://www.iana.org/assignments/iana-ipv4-special-registry/, and multicast.
const NOT_PUBLIC_4 = blockList('ipv4', [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
  // Azure's own, on every machine there:
  // https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16
  ['168.63.129.16', 32],
])

// https://www.iana.org/assignments/ipv6-address-space/: what is not in here is no public address.
// Mapped, translated (NAT64), unique local, link-local and multicast ones are all outside.
const GLOBAL_6 = blockList('ipv6', [['2000::', 3]])
// https://www.iana.org/assignments/iana-ipv6-special-registry/: Teredo, 6to4 and documentation.
const NOT_PUBLIC_6 = blockList('ipv6', [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
])

// One list for each kind: Node compares addresses of the one with rules of the other.
function blockList(kind: 'ipv4' | 'ipv6', subnets: readonly (readonly [string, number])[]) {
  const blocked = new BlockList()
  for (const [net, prefix] of subnets) blocked.addSubnet(net, prefix, kind)
  return blocked
}

/** Whether it is an address that everybody on the internet has the same owner for. */
export function isPublicAddress(address: string): boolean {
  if (isIPv6(address))
    return GLOBAL_6.check(address, 'ipv6') && !NOT_PUBLIC_6.check(address, 'ipv6')
  return isIP(address) === 4 && !NOT_PUBLIC_4.check(address, 'ipv4')
}

/** Whether a URL's host is written as an address, and not a public one. */
export function isPrivateLiteral(hostname: string): boolean {
  const address = hostname.replace(/^\[(.*)\]$/, '$1')
  return isIP(address) !== 0 && !isPublicAddress(address)
}

/** A host as URLs have it: `LOCALHOST` and `::1` become `localhost` and `[::1]`. */
export function hostnameOf(name: string): string {
  const url = `https://${isIPv6(name) ? `[${name}]` : name}/`
  return URL.canParse(url) ? new URL(url).hostname : name.toLowerCase()
}

/**
 * The lookup of a request that connects only to addresses that are allowed.
 *
 * @param isAllowed A name with one that is not is refused as a whole: {@link PrivateAddressError}.
 */
export function checkedLookup(
  lookup: Lookup,
  isAllowed: (address: string) => boolean,
): LookupFunction {
  return (name, options, callback) => {
    lookup(name, { ...options, all: true }, (error, addresses) => {
      const [first] = addresses ?? []
      if (error) callback(error, '')
      else if (first === undefined) callback(new Error('A name without an address'), '')
      else if (!addresses.every(({ address }) => isAllowed(address))) {
        callback(new PrivateAddressError('An address that is not public'), '')
      } else if (options.all) callback(null, addresses)
      else callback(null, first.address, first.family)
    })
  }
}
