/** What a person is told of a container that cannot be used, and what is told to nobody. */

import { join } from 'node:path'
import { inspect } from 'node:util'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { LedgerError } from '../../src/domain/errors.ts'
import { openBlobs } from '../../src/storage/blob.ts'
import { startAzurite, type Azurite } from '../azurite.ts'
import { startFaultProxy } from '../fault-proxy.ts'
import { tempFolder } from '../warehouse/temp-warehouse.ts'
import {
  addressOf,
  blobsAt,
  cacheIn,
  failureOf,
  openFaultyBlobs,
  pathsIn,
  QUICK,
} from './stores.ts'

let azurite: Azurite
beforeAll(async () => {
  azurite = await startAzurite()
}, 60_000)
afterAll(() => azurite[Symbol.asyncDispose]())

describe('a container that cannot be used', () => {
  it.each([
    [403, 'AuthorizationPermissionMismatch'],
    [403, 'AuthorizationFailure'],
    [401, 'InvalidAuthenticationInfo'],
    [503, 'ServerBusy'],
    [500, 'InternalError'],
    [404, 'ResourceNotFound'],
    [418, 'Teapot'],
  ])('is named, with %i %s', async (status, code) => {
    await using blobs = await openFaultyBlobs(azurite)
    blobs.proxy.fault = () => ({ kind: 'status', status, code })
    for (const act of [
      () => blobs.store.create('v1/a.txt', { text: 'a' }),
      () => blobs.store.read('v1/a.txt'),
      () => pathsIn(blobs.store, ''),
      () => blobs.store.local(['v1/a.txt'], join(blobs.root, 'question')),
    ]) {
      const failure = await failureOf(act())
      const { code: kind, message } = failure
      // What signed the request is nowhere in the error.
      expect(inspect(failure, { depth: 20, showHidden: true })).not.toMatch(
        /SharedKey|authoriz.*:/i,
      )
      expect(kind).toBe('storage')
      expect(message).toMatch(/^Cannot (write|read|list) "http:[^"]+": .*[^.]$/)
      expect(message).toContain(blobs.url)
      expect(message).toContain(code)
    }
  })

  it('is not there', async () => {
    await using folder = await tempFolder()
    const store = blobsAt(azurite, azurite.blobUrl('none-there'), { cache: cacheIn(folder.root) })
    for (const act of [
      () => store.create('v1/a.txt', { text: 'a' }),
      () => store.read('v1/a.txt'),
      () => pathsIn(store, ''),
      () => store.local(['v1/a.txt'], join(folder.root, 'question')),
      () => store.check(),
    ]) {
      expect(await failureOf(act())).toMatchObject({
        code: 'storage',
        message: expect.stringContaining('there is no container "none-there"'),
        hint: expect.stringContaining('az storage container create --name none-there'),
      })
    }
  })

  it('is not looked for where a redirect points', async () => {
    await using blobs = await openFaultyBlobs(azurite)
    await using elsewhere = await startFaultProxy(azurite.blobOrigin)
    blobs.proxy.fault = () => ({ kind: 'redirect', to: `${elsewhere.origin}/devstoreaccount1/c/x` })
    for (const act of [() => blobs.store.read('v1/a.txt'), () => pathsIn(blobs.store, '')]) {
      expect((await failureOf(act())).message).toContain('Azure Storage answered 307')
    }
    expect(elsewhere.requests).toEqual([])
  })

  it('does not answer', async () => {
    await using blobs = await openFaultyBlobs(azurite, { silenceMs: 300 })
    blobs.proxy.fault = () => ({ kind: 'silent' })
    const { message } = await failureOf(blobs.store.read('v1/a.txt'))
    expect(message).toBe(`Cannot read "${blobs.url}": no answer within 0.3 s`)
  })

  it('is behind a port that nothing listens on', async () => {
    await using folder = await tempFolder()
    const url = 'http://127.0.0.1:1/devstoreaccount1/ledger'
    const store = blobsAt(azurite, url, { cache: cacheIn(folder.root) })
    const failure = await failureOf(store.read('v1/a.txt'))
    expect(failure.message).toBe(
      `Cannot read "${url}": nothing listens on 127.0.0.1:1 (ECONNREFUSED)`,
    )
  })

  it('does not take the key', async () => {
    await using folder = await tempFolder()
    const connectionString = azurite.connectionString.replace(
      /AccountKey=[^;]+/,
      'AccountKey=CANARY==',
    )
    const url = await azurite.createContainer()
    const store = blobsAt({ connectionString }, url, { cache: cacheIn(folder.root) })
    const failure = await failureOf(store.read('v1/a.txt'))
    expect(failure.hint).toContain('LEDGER_STORAGE_CONNECTION_STRING')
    expect(inspect(failure, { depth: 20, showHidden: true })).not.toContain('CANARY')
  })
})

describe('a container in Azure', () => {
  const address = addressOf('https://contoso.blob.core.windows.net/ledger/of-many')

  /** Azure as far as the credential and the name server: nothing on this machine leads to it. */
  function azure(getToken: () => Promise<{ token: string; expiresOnTimestamp: number }>) {
    return openBlobs(
      address,
      { credential: { getToken } },
      { ...QUICK, cache: cacheIn('/nowhere') },
    )
  }

  it('asks for a token of Azure Storage, and passes on why there is none', async () => {
    const why = new LedgerError(
      'not_signed_in',
      'Cannot get a token for Azure: nobody is signed in',
    )
    const scopes: unknown[] = []
    const store = openBlobs(
      address,
      {
        credential: {
          async getToken(scope) {
            scopes.push(scope)
            throw why
          },
        },
      },
      { ...QUICK, cache: cacheIn('/nowhere') },
    )
    await expect(store.read('v1/a.txt')).rejects.toBe(why)
    expect(scopes.flat()).toEqual(['https://storage.azure.com/.default'])
  })

  it('cannot be found where there is no network', async () => {
    const store = azure(async () => ({
      token: 'CANARY',
      expiresOnTimestamp: Date.now() + 3_600_000,
    }))
    const failure = await failureOf(store.read('v1/a.txt'))
    expect(failure).toMatchObject({ code: 'storage' })
    expect(failure.message).toContain('"https://contoso.blob.core.windows.net/ledger/of-many"')
    expect(inspect(failure, { depth: 20, showHidden: true })).not.toContain('CANARY')
  })
})

describe('checking a container', () => {
  it('leaves nothing in it', async () => {
    await using blobs = await openFaultyBlobs(azurite)
    await blobs.store.check()
    expect(await pathsIn(blobs.direct, '')).toEqual([])
  })

  it.each(['GET', 'PUT'])('tells that %s is not permitted', async (method) => {
    await using blobs = await openFaultyBlobs(azurite)
    blobs.proxy.fault = (request) =>
      request.method === method
        ? { kind: 'status', status: 403, code: 'AuthorizationPermissionMismatch' }
        : undefined
    await expect(blobs.store.check()).rejects.toMatchObject({ code: 'storage' })
  })
})
