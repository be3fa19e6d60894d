/** A container reached as in Azure: over HTTPS, with a token. */

import { getCACertificates, setDefaultCACertificates } from 'node:tls'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import type { BlobStore } from '../../src/storage/blob.ts'
import { openBlobs } from '../../src/storage/blob.ts'
import { createCertificate } from '../../src/simulator/certificate.ts'
import { startAzurite, type Azurite } from '../azurite.ts'
import { cacheIn, failureOf, pathsIn, QUICK, textOf } from './stores.ts'

let azurite: Azurite
beforeAll(async () => {
  const tls = await createCertificate()
  setDefaultCACertificates([...getCACertificates('default'), tls.cert])
  azurite = await startAzurite({ tls })
}, 60_000)
afterAll(() => azurite[Symbol.asyncDispose]())

/** A token as Entra ID makes it; Azurite reads all of it but the signature. */
function tokenFor(audience: string): string {
  const now = Math.floor(Date.now() / 1000)
  const claims = {
    aud: audience,
    iss: 'https://sts.windows.net/00000000-0000-0000-0000-000000000000/',
    iat: now,
    nbf: now - 60,
    exp: now + 3600,
  }
  const parts = [{ alg: 'RS256', typ: 'JWT' }, claims].map((part) =>
    Buffer.from(JSON.stringify(part)).toString('base64url'),
  )
  return `${parts.join('.')}.CANARY`
}

function open(containerUrl: string, audience: string): BlobStore {
  const getToken = async () => ({
    token: tokenFor(audience),
    expiresOnTimestamp: Date.now() + 3_600_000,
  })
  // An address for people is never this: Azurite is theirs by a key.
  const address = { containerUrl, account: 'a', container: 'c', prefix: 'ledger/', loopback: false }
  return openBlobs(address, { credential: { getToken } }, { ...QUICK, cache: cacheIn('/nowhere') })
}

describe('a container reached with a token', () => {
  it('is written, listed and read', async () => {
    const store = open(await azurite.createContainer(), 'https://storage.azure.com')
    await store.check()
    expect(await store.create('v1/a.txt', { text: 'a' })).toBe('created')
    expect(await store.create('v1/a.txt', { text: 'b' })).toBe('exists')
    expect(await pathsIn(store, '')).toEqual(['v1/a.txt'])
    expect(await textOf(store, 'v1/a.txt')).toBe('a')
  })

  it('refuses a token that is for another service', async () => {
    const store = open(await azurite.createContainer(), 'https://management.azure.com')
    const failure = await failureOf(store.read('v1/a.txt'))
    expect(failure).toMatchObject({
      code: 'storage',
      message: expect.stringContaining('did not accept the sign-in (AuthenticationFailed)'),
      hint: expect.stringContaining('LEDGER_CLOUD'),
    })
    expect(`${failure.stack} ${String(failure.cause)}`).not.toContain('CANARY')
  })
})
