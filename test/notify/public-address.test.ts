import { describe, expect, it } from 'vitest'

import {
  checkedLookup,
  hostnameOf,
  isPrivateLiteral,
  isPublicAddress,
  type Lookup,
  PrivateAddressError,
} from '../../src/notify/public-address.ts'

const answering =
  (...addresses: string[]): Lookup =>
  (_name, _options, callback) => {
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    )
  }

/** What a request is told by the lookup. */
function lookUp(lookup: Lookup, all: boolean) {
  return new Promise<unknown>((resolve, reject) => {
    checkedLookup(lookup, isPublicAddress)('name.example', { all }, (error, address, family) => {
      if (error) reject(error)
      else resolve(all ? address : [address, family])
    })
  })
}

describe('isPublicAddress', () => {
  it.each([
    '8.8.8.8',
    '172.15.255.255',
    '172.32.0.0',
    '100.63.255.255',
    '100.128.0.0',
    '168.63.129.17',
    '2a00:1450:4001::1',
    '2001:4860:4860::8888',
    '2606:4700::1111',
  ])('takes %s', (address) => {
    expect(isPublicAddress(address)).toBe(true)
  })

  it.each([
    '0.0.0.0',
    '0.1.2.3',
    '10.0.0.1',
    '100.64.0.1',
    '100.127.255.255',
    '127.0.0.1',
    '127.255.255.254',
    '168.63.129.16',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.0.0.8',
    '192.168.1.1',
    '198.18.0.1',
    '224.0.0.1',
    '239.255.255.255',
    '240.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::127.0.0.1',
    '::ffff:127.0.0.1',
    '::ffff:8.8.8.8',
    '::ffff:0:127.0.0.1',
    '64:ff9b::7f00:1',
    '64:ff9b:1::a00:1',
    '2001::1',
    '2001:db8::1',
    '2002:7f00:1::',
    'fc00::1',
    'fd12:3456::1',
    'fe80::1',
    'fe80::1%eth0',
    'fec0::1',
    'ff02::1',
    'localhost',
    '',
    '127.1',
  ])('refuses %s', (address) => {
    expect(isPublicAddress(address)).toBe(false)
  })
})

describe('isPrivateLiteral', () => {
  it.each([
    '127.0.0.1',
    '127.1',
    '127.0.0.1.',
    '0x7f.0.0.1',
    '0x7f000001',
    '2130706433',
    '0177.0.0.1',
    '0',
    '127。0。0。1',
    '①②⑦.0.0.1',
    '0xa9fea9fe',
    '[::1]',
    '[0:0:0:0:0:0:0:1]',
    '[::ffff:127.0.0.1]',
    '[::ffff:a9fe:a9fe]',
    '[64:ff9b::169.254.169.254]',
    '[FE80::1]',
  ])('knows https://%s', (host) => {
    expect(isPrivateLiteral(new URL(`https://${host}/`).hostname)).toBe(true)
  })

  it('takes public addresses, and leaves names to the lookup', () => {
    expect(isPrivateLiteral('8.8.8.8')).toBe(false)
    expect(isPrivateLiteral('[2606:4700::1111]')).toBe(false)
    expect(isPrivateLiteral('localhost')).toBe(false)
  })
})

describe('checkedLookup', () => {
  it('gives the addresses that it has checked, in the form that is asked for', async () => {
    const lookup = answering('8.8.8.8', '2606:4700::1111')
    await expect(lookUp(lookup, false)).resolves.toEqual(['8.8.8.8', 4])
    await expect(lookUp(lookup, true)).resolves.toEqual([
      { address: '8.8.8.8', family: 4 },
      { address: '2606:4700::1111', family: 6 },
    ])
  })

  it.each([
    [['127.0.0.1']],
    [['8.8.8.8', '10.0.0.1']],
    [['8.8.8.8', '::1']],
    [['8.8.8.8', 'fe80::1%eth0']],
  ])('refuses a name with the addresses %j', async (addresses) => {
    await expect(lookUp(answering(...addresses), false)).rejects.toThrow(PrivateAddressError)
    await expect(lookUp(answering(...addresses), true)).rejects.toThrow(PrivateAddressError)
  })

  it('fails where the name has no address', async () => {
    await expect(lookUp(answering(), true)).rejects.toThrow('without an address')
  })
})

describe('hostnameOf', () => {
  it.each([
    ['LOCALHOST', 'localhost'],
    ['::1', '[::1]'],
    ['[::1]', '[::1]'],
    ['10.0.0.1', '10.0.0.1'],
    ['bücher.example', 'xn--bcher-kva.example'],
  ])('writes %s as %s', (name, hostname) => {
    expect(hostnameOf(name)).toBe(hostname)
  })
})
