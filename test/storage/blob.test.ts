/** A container over a network that fails, against the real SDK and Azurite. */

import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { startAzurite, type Azurite } from '../azurite.ts'
import type { Fault, FaultProxy } from '../fault-proxy.ts'
import { failureOf, openFaultyBlobs, pathsIn, textOf } from './stores.ts'

let azurite: Azurite
beforeAll(async () => {
  azurite = await startAzurite()
}, 60_000)
afterAll(() => azurite[Symbol.asyncDispose]())

/** Does this to the first requests of a method, and to no more. */
function first(proxy: FaultProxy, times: number, method: string, fault: Fault) {
  let left = times
  proxy.fault = (request) => {
    if (request.method !== method || left === 0) return undefined
    left -= 1
    return fault
  }
}

/** Short where the fault is silence; the answer that follows must still be in time. */
function silenceFor({ kind }: Fault) {
  return kind === 'silent' ? { silenceMs: 700 } : {}
}

const busy: Fault = { kind: 'status', status: 503, code: 'ServerBusy' }

describe('creating a blob', () => {
  it('takes one request, with the MD5 of the content', async () => {
    await using blobs = await openFaultyBlobs(azurite)
    await blobs.store.create('v1/a.json', { text: 'a' })
    expect(blobs.proxy.requests.map(({ method }) => method)).toEqual(['PUT'])
    expect(blobs.proxy.requests[0]?.headers).toMatchObject({
      'if-none-match': '*',
      'content-md5': 'DMF1ucDxtqgxw5niaXcmYQ==',
      'x-ms-blob-content-md5': 'DMF1ucDxtqgxw5niaXcmYQ==',
    })
  })

  it.each<[string, Fault, number]>([
    ['the answer is lost', { kind: 'lost-answer' }, 2],
    ['the connection breaks', { kind: 'refused' }, 2],
    ['Azure is busy', busy, 2],
    ['there is no answer', { kind: 'silent' }, 1],
    ['the bytes are altered on their way', { kind: 'altered-request' }, 3],
  ])('goes on after %s', async (_what, fault, times) => {
    await using blobs = await openFaultyBlobs(azurite, silenceFor(fault))
    first(blobs.proxy, times, 'PUT', fault)
    const file = join(blobs.root, 'file')
    await writeFile(file, Buffer.alloc(200_000, 'x'))
    expect(await blobs.store.create('v1/a.bin', { file })).toBe('created')
    expect((await blobs.direct.read('v1/a.bin'))?.length).toBe(200_000)
  })

  it('knows another blob from its own after the answer was lost', async () => {
    await using blobs = await openFaultyBlobs(azurite)
    await blobs.direct.create('v1/a.json', { text: 'another' })
    first(blobs.proxy, 1, 'PUT', { kind: 'lost-answer' })
    expect(await blobs.store.create('v1/a.json', { text: 'mine' })).toBe('exists')
  })

  it.each([
    [403, 'UnauthorizedBlobOverwrite'],
    [409, 'BlobImmutableDueToPolicy'],
    [412, 'LeaseIdMissing'],
  ])('takes the refusal %i %s for what it says where there is a blob', async (status, code) => {
    await using blobs = await openFaultyBlobs(azurite)
    await blobs.direct.create('v1/a.json', { text: 'a' })
    blobs.proxy.fault = ({ method }) =>
      method === 'PUT' ? { kind: 'status', status, code } : undefined
    expect(await blobs.store.create('v1/a.json', { text: 'a' })).toBe('created')
    expect(await blobs.store.create('v1/a.json', { text: 'b' })).toBe('exists')
    await expect(blobs.store.create('v1/b.json', { text: 'b' })).rejects.toMatchObject({
      code: 'storage',
      message: expect.stringContaining(code),
    })
  })

  it('stores nothing when it is aborted on its way', async () => {
    await using blobs = await openFaultyBlobs(azurite)
    const stop = new AbortController()
    const reason = new Error('stop')
    blobs.proxy.fault = ({ method }) => {
      if (method === 'PUT') setTimeout(() => stop.abort(reason), 20)
      return { kind: 'silent' }
    }
    const file = join(blobs.root, 'file')
    await writeFile(file, Buffer.alloc(20_000_000))
    const creating = blobs.store.create('v1/a.bin', { file }, { signal: stop.signal })
    await expect(creating).rejects.toBe(reason)
    expect(await blobs.direct.read('v1/a.bin')).toBeNull()
  })
})

describe('reading a blob', () => {
  it.each<[string, Fault, number]>([
    ['the body is cut', { kind: 'cut', bytes: 1000 }, 3],
    ['the connection breaks', { kind: 'refused' }, 2],
    ['Azure is busy', busy, 2],
    ['there is no answer', { kind: 'silent' }, 1],
    ['the bytes are altered on their way', { kind: 'altered' }, 3],
  ])('goes on after %s', async (_what, fault, times) => {
    await using blobs = await openFaultyBlobs(azurite, silenceFor(fault))
    const text = 'some text\n'.repeat(20_000)
    await blobs.direct.create('v1/a.txt', { text })
    first(blobs.proxy, times, 'GET', fault)
    expect(await textOf(blobs.store, 'v1/a.txt')).toBe(text)
    first(blobs.proxy, times, 'GET', fault)
    const [file] = await blobs.store.local(['v1/a.txt'], join(blobs.root, 'question'))
    expect(await readFile(file ?? '', 'utf8')).toBe(text)
  })

  it('never gives out bytes that were not stored', async () => {
    await using blobs = await openFaultyBlobs(azurite)
    await blobs.direct.create('v1/a.txt', { text: 'some text' })
    blobs.proxy.fault = () => ({ kind: 'altered' })
    expect(await failureOf(blobs.store.read('v1/a.txt'))).toMatchObject({
      code: 'damaged',
      message: expect.stringMatching(/^Cannot read ".*v1\/a\.txt": its bytes are not those/),
    })
    const folder = join(blobs.root, 'question')
    const [file] = await blobs.store.local(['v1/a.txt'], folder)
    expect(await readFile(file ?? '', 'utf8')).toBe('')
    blobs.proxy.fault = () => undefined
    expect(await readFile((await blobs.store.local(['v1/a.txt'], folder))[0] ?? '', 'utf8')).toBe(
      'some text',
    )
  })

  it('leaves nothing half read when it is aborted', async () => {
    await using blobs = await openFaultyBlobs(azurite)
    const paths = Array.from({ length: 6 }, (_, index) => `v1/${index}.txt`)
    for (const path of paths) await blobs.direct.create(path, { text: 'text'.repeat(50_000) })
    const stop = new AbortController()
    const reason = new Error('stop')
    blobs.proxy.fault = ({ path }) => {
      if (!path.endsWith('5.txt')) return undefined
      setTimeout(() => stop.abort(reason), 20)
      return { kind: 'silent' }
    }
    const folder = join(blobs.root, 'question')
    await expect(blobs.store.local(paths, folder, { signal: stop.signal })).rejects.toBe(reason)
    expect((await readdir(join(folder, 'v1'))).filter((name) => name.endsWith('.part'))).toEqual([])
    await expect(blobs.store.read('v1/5.txt', { signal: stop.signal })).rejects.toBe(reason)
  })

  it('fetches so many files at the same time, and no more', async () => {
    await using blobs = await openFaultyBlobs(azurite, { concurrency: 3, silenceMs: 300 })
    const paths = Array.from({ length: 12 }, (_, index) => `v1/${index}.txt`)
    for (const path of paths) await blobs.direct.create(path, { text: path })
    // Silent requests stay under way: three are seen, and no fourth before their time is over.
    const seen: string[] = []
    blobs.proxy.fault = ({ path }) => {
      seen.push(path)
      return { kind: 'silent' }
    }
    await failureOf(blobs.store.local(paths, join(blobs.root, 'question')))
    expect(new Set(seen).size).toBe(3)
  })
})

/** A blob in a list, as Azure writes it. */
function blob(name: string, bytes: number, md5: string): string {
  return (
    `<Blob><Name>${name}</Name><Properties><Content-Length>${bytes}</Content-Length>${md5}` +
    '<BlobType>BlockBlob</BlobType></Properties></Blob>'
  )
}

describe('listing blobs', () => {
  it('goes through all pages', async () => {
    await using blobs = await openFaultyBlobs(azurite, { pageFiles: 4 })
    const paths = Array.from(
      { length: 13 },
      (_, index) => `v1/${String(index).padStart(2, '0')}.txt`,
    )
    await Promise.all(paths.map((path) => blobs.direct.create(path, { text: path })))
    expect(await pathsIn(blobs.store, 'v1/')).toEqual(paths)
    expect(blobs.proxy.requests).toHaveLength(4)
  })

  it('begins again when a page does not come whole', async () => {
    await using blobs = await openFaultyBlobs(azurite, { pageFiles: 4 })
    const paths = Array.from({ length: 9 }, (_, index) => `v1/${index}.txt`)
    await Promise.all(paths.map((path) => blobs.direct.create(path, { text: path })))
    let asked = 0
    blobs.proxy.fault = () => {
      asked += 1
      return asked === 2 ? { kind: 'cut', bytes: 200 } : undefined
    }
    expect(await pathsIn(blobs.store, 'v1/')).toEqual(paths)
  })

  it('leaves out folders, and sorts, where the account has a hierarchical namespace', async () => {
    await using blobs = await openFaultyBlobs(azurite)
    const md5 = '<Content-MD5>DMF1ucDxtqgxw5niaXcmYQ==</Content-MD5>'
    const entries = [
      blob('v1', 0, '<Content-MD5/>'),
      blob('v1/a', 0, ''),
      blob('v1/a/b.txt', 1, md5),
      blob('v1/a-b.txt', 0, md5),
    ]
    blobs.proxy.fault = () => ({
      kind: 'body',
      body:
        '<?xml version="1.0" encoding="utf-8"?><EnumerationResults ContainerName="x">' +
        `<Blobs>${entries.join('')}</Blobs><NextMarker/></EnumerationResults>`,
    })
    expect(await pathsIn(blobs.store, 'v1')).toEqual(['v1/a-b.txt', 'v1/a/b.txt'])
  })
})
