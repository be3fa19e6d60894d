/**
 * Azurite: Microsoft's emulator of Azure Storage, in a process of its own on free ports. What it
 * keeps is in its memory, and gone with it.
 */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { BlobServiceClient } from '@azure/storage-blob'

// Published by Microsoft, and the same in every Azurite: no secret.
// @see https://learn.microsoft.com/azure/storage/common/storage-use-azurite#well-known-storage-account-and-key
const ACCOUNT = 'devstoreaccount1'
const KEY =
  'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=='

export interface Azurite extends AsyncDisposable {
  connectionString: string
  /** `http://127.0.0.1:PORT` of the blobs. */
  blobOrigin: string
  /** The URL of the account's queues. */
  queueUrl: string
  /** The URL of a container, whether or not it is there. */
  blobUrl(container: string): string
  /** Makes a container of a name that was not used yet, and answers its URL. */
  createContainer(): Promise<string>
}

export interface AzuriteOptions {
  /** PEM: it is served over HTTPS, and takes tokens, too (default: neither). */
  tls?: { key: string; cert: string }
}

/** Starts Azurite; ready when it answers. */
export async function startAzurite({ tls }: AzuriteOptions = {}): Promise<Azurite> {
  // Some of its versions write a file where they are started.
  const folder = await mkdtemp(join(tmpdir(), 'azurite-'))
  const require = createRequire(import.meta.url)
  const main = require.resolve('azurite/dist/src/azurite.js')
  const ports = ['blob', 'queue', 'table'].flatMap((service) => [`--${service}Port`, '0'])
  const flags = ['--silent', '--inMemoryPersistence', '--disableTelemetry', '--skipApiVersionCheck']
  if (tls) {
    await writeFile(join(folder, 'key.pem'), tls.key, { mode: 0o600 })
    await writeFile(join(folder, 'cert.pem'), tls.cert)
    flags.push('--oauth', 'basic', '--key', 'key.pem', '--cert', 'cert.pem')
  }
  const child = spawn(process.execPath, [main, ...flags, ...ports], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)
  const closed = once(child, 'close')
  const [blobOrigin, queueOrigin] = await origins(child)

  const connectionString = [
    `DefaultEndpointsProtocol=${tls ? 'https' : 'http'}`,
    `AccountName=${ACCOUNT}`,
    `AccountKey=${KEY}`,
    `BlobEndpoint=${blobOrigin}/${ACCOUNT}`,
    `QueueEndpoint=${queueOrigin}/${ACCOUNT}`,
  ].join(';')
  let containers = 0
  const blobUrl = (container: string) => `${blobOrigin}/${ACCOUNT}/${container}`
  return {
    connectionString,
    blobOrigin,
    queueUrl: `${queueOrigin}/${ACCOUNT}`,
    blobUrl,
    async createContainer() {
      containers += 1
      const name = `ledger-${containers}`
      await BlobServiceClient.fromConnectionString(connectionString).createContainer(name)
      return blobUrl(name)
    },
    async [Symbol.asyncDispose]() {
      process.off('exit', kill)
      child.kill('SIGKILL')
      await closed
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Where blobs and queues are served, as Azurite says it on its standard output. */
async function origins({ stdout, stderr }: Words): Promise<[blob: string, queue: string]> {
  let words = ''
  const { promise, resolve, reject } = Promise.withResolvers<[string, string]>()
  const hear = (chunk: unknown) => {
    words += String(chunk)
    const originOf = (service: string) =>
      new RegExp(`${service} service is successfully listening at (https?://[\\d.:]+)`).exec(
        words,
      )?.[1]
    const [blob, queue, table] = ['Blob', 'Queue', 'Table'].map(originOf)
    // The last to start.
    if (blob && queue && table) resolve([blob, queue])
  }
  stdout.on('data', hear)
  stderr.on('data', hear)
  stdout.on('end', () => reject(new Error(`Azurite did not start:\n${words}`)))
  return promise
}

interface Words {
  stdout: NodeJS.ReadableStream
  stderr: NodeJS.ReadableStream
}
